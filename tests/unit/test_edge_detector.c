/* SPDX-License-Identifier: Apache-2.0 */
/* The e-detector for a lost edge: its recursion, streams, refusals. How long it
   runs and how fast it sees: test_sequential_rates.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <crucible/sequential.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/null_tracks.h"

enum { N = 4000, ROOM = 1000 };

static crucible_edge_detector_options options_of(void) {
  crucible_edge_detector_options options;
  crucible_edge_detector_options_init(&options, sizeof options);
  options.edge_per_observation = 0.05;
  options.burn_in = 50;
  options.half_life = 300;
  options.run_length = 5000;
  return options;
}

static crucible_edge_detector *
create(const crucible_edge_detector_options *options) {
  crucible_edge_detector *made;
  assert_int_equal(crucible_edge_detector_create(options, &made), CRUCIBLE_OK);
  return made;
}

static crucible_edge_detector_state get(const crucible_edge_detector *d) {
  crucible_edge_detector_state found = {.struct_size = sizeof found};
  assert_int_equal(crucible_edge_detector_get(d, &found), CRUCIBLE_OK);
  return found;
}

/* The scale before bar i from all returns before it, weight by weight. */
static double scale_before(const double *x, size_t i, double share) {
  double mean = 0, sum = 0, weights = 0, weight[N];
  for (size_t k = 0; k < i; ++k) {
    const double w = fmax(share, 1 / ((double)k + 1));
    for (size_t j = 0; j < k; ++j)
      weight[j] *= 1 - w;
    weight[k] = w;
  }
  for (size_t k = 0; k < i; ++k) {
    weights += weight[k];
    mean += weight[k] * x[k];
  }
  assert_near(weights, 1, 1e-9, 0);
  for (size_t k = 0; k < i; ++k)
    sum += weight[k] * (x[k] - mean) * (x[k] - mean);
  return sqrt(sum);
}

static double largest_before(const double *x, size_t i, double share) {
  double largest = 0;
  for (size_t k = 0; k < i; ++k)
    largest = fmax(largest, x[k] * pow(1 - share, (double)(i - 1 - k)));
  return largest;
}

static void evidence_is_that_of_the_definition(void **state) {
  (void)state;
  static double x[N], evidence[N];
  const crucible_edge_detector_options options = options_of();
  const double share = 1 - pow(0.5, 1.0 / 300);
  const int kinds[] = {TRACK_NORMAL, TRACK_WINS, TRACK_LOSSES};
  for (size_t k = 0; k < 3; ++k) {
    double m[5] = {0};
    uint64_t is_tested = 0;
    track_make(kinds[k], 0, 1, NULL, x, 400);
    crucible_edge_detector *d = create(&options);
    assert_int_equal(crucible_edge_detector_run(d, x, 400, evidence, NULL), 0);
    for (size_t i = 0; i < 400; ++i) {
      if (i < 50) {
        assert_true(evidence[i] == 0);
        continue;
      }
      const double s = scale_before(x, i, share);
      const double room = 2 * (largest_before(x, i, share) / s - 0.05);
      double mean = 0, bet = 0.16;
      for (int b = 0; b < 5; ++b, bet /= 2) {
        if (s == 0) /* nothing yet to measure with */
          continue;
        const double bounded = room > 0 ? fmin(bet, 1 / room) : bet;
        m[b] = (1 + m[b]) * fmax(0, 1 - bounded * (x[i] / s - 0.05));
        mean += m[b] / 5;
      }
      assert_near(evidence[i], mean, 1e-8, 0);
      is_tested += s > 0;
    }
    const crucible_edge_detector_state now = get(d);
    assert_int_equal(now.n, 400);
    assert_int_equal(now.n_tested, is_tested);
    assert_near(now.scale, scale_before(x, 400, share), 1e-9, 0);
    crucible_edge_detector_destroy(d);
  }
}

static size_t save(const crucible_edge_detector *d, unsigned char *bytes) {
  size_t n, asked;
  assert_int_equal(crucible_edge_detector_save(d, NULL, 0, &asked), 0);
  assert_true(asked <= ROOM);
  assert_int_equal(crucible_edge_detector_save(d, bytes, ROOM, &n), 0);
  assert_int_equal(n, asked);
  return n;
}

static void batch_is_stream_and_a_restored_detector_goes_on(void **state) {
  (void)state;
  static double x[N], evidence[N];
  static int32_t alarms[N];
  unsigned char bytes[ROOM], one[ROOM], other[ROOM];
  const crucible_edge_detector_options options = options_of();
  track_make(TRACK_T3, -0.1, 3, NULL, x, N);
  for (size_t stop = 0; stop < N; stop += 1 + stop / 3) {
    crucible_edge_detector *a = create(&options), *b = create(&options);
    assert_int_equal(crucible_edge_detector_run(a, x, N, evidence, alarms), 0);
    assert_int_equal(crucible_edge_detector_run(b, x, stop, NULL, NULL), 0);
    const size_t n = save(b, bytes);
    crucible_edge_detector_destroy(b);
    b = create(&options);
    assert_int_equal(crucible_edge_detector_run(b, x + 5, 99, NULL, NULL), 0);
    assert_int_equal(crucible_edge_detector_load(b, bytes, n), 0);
    assert_int_equal(save(b, other), n);
    assert_memory_equal(bytes, other, n);
    for (size_t i = stop; i < N; ++i) {
      int32_t is_alarm;
      assert_int_equal(crucible_edge_detector_push(b, x[i], &is_alarm), 0);
      assert_int_equal(is_alarm, alarms[i]);
      if (i % 100 == 0)
        assert_same_bits(get(b).evidence, evidence[i]);
    }
    const size_t m = save(a, one);
    assert_int_equal(save(b, other), m);
    assert_memory_equal(one, other, m);
    crucible_edge_detector_destroy(a);
    crucible_edge_detector_destroy(b);
  }
}

static void a_restart_forgets_the_evidence_and_keeps_the_scale(void **state) {
  (void)state;
  static double x[N];
  const crucible_edge_detector_options options = options_of();
  crucible_edge_detector *d = create(&options);
  track_make(TRACK_NORMAL, -0.3, 3, NULL, x, N);
  assert_int_equal(crucible_edge_detector_run(d, x, N, NULL, NULL), 0);
  const crucible_edge_detector_state before = get(d);
  assert_true(before.is_alarm && before.alarm_at > 50 && before.alarm_at < N);
  assert_true(before.evidence >= 5000);
  assert_int_equal(crucible_edge_detector_restart(d), CRUCIBLE_OK);
  const crucible_edge_detector_state after = get(d);
  assert_true(!after.is_alarm && after.alarm_at == 0 && after.evidence == 0);
  assert_same_bits(after.scale, before.scale);
  assert_int_equal(after.n, N);
  assert_int_equal(crucible_edge_detector_push(d, -1e-3, NULL), 0);
  assert_true(get(d).evidence > 0); /* no second burn-in */
  crucible_edge_detector_destroy(d);
}

/* Losses of 1e60 scales, thousands of them, then equal returns. */
static void nothing_overflows(void **state) {
  (void)state;
  crucible_edge_detector_options options = options_of();
  options.half_life = 0;
  crucible_edge_detector *d = create(&options);
  int32_t is_alarm = 0;
  for (int i = 0; i < 100; ++i)
    assert_int_equal(
        crucible_edge_detector_push(d, i % 2 ? 1e-60 : 1e-3, &is_alarm), 0);
  for (int i = 0; i < 3000; ++i) {
    assert_int_equal(crucible_edge_detector_push(d, -1e60, &is_alarm), 0);
    assert_true(isfinite(get(d).evidence) && get(d).evidence <= 1e300);
  }
  assert_int_equal(is_alarm, 1);
  for (int i = 0; i < 100; ++i)
    assert_int_equal(crucible_edge_detector_push(d, 1e60, &is_alarm), 0);
  /* from the border down again, by 100 factors of 0.99 and less */
  assert_true(get(d).evidence < 0.5e300 && is_alarm == 1);
  crucible_edge_detector_destroy(d);
  d = create(&options);
  for (int i = 0; i < 1000; ++i)
    assert_int_equal(crucible_edge_detector_push(d, 0, &is_alarm), 0);
  assert_true(get(d).evidence == 0 && get(d).n_tested == 0 && !is_alarm);
  crucible_edge_detector_destroy(d);
}

static void what_is_wrong_is_refused_and_changes_nothing(void **state) {
  (void)state;
  unsigned char bytes[ROOM], before[ROOM], after[ROOM];
  static double x[N];
  const crucible_edge_detector_options right = options_of();
  crucible_edge_detector *d = create(&right), *none;
  track_make(TRACK_NORMAL, 0, 3, NULL, x, 300);
  assert_int_equal(crucible_edge_detector_run(d, x, 300, NULL, NULL), 0);
  const size_t n = save(d, before);
  const double bad[] = {(double)NAN, (double)INFINITY, -2e60};
  for (size_t i = 0; i < 3; ++i) {
    const double row[] = {0, bad[i]};
    assert_int_equal(crucible_edge_detector_push(d, bad[i], NULL),
                     CRUCIBLE_E_INVALID);
    assert_int_equal(crucible_edge_detector_run(d, row, 2, NULL, NULL),
                     CRUCIBLE_E_INVALID);
    assert_non_null(strstr(crucible_last_error(), "values[1]"));
  }
  memcpy(bytes, before, n);
  for (size_t i = 0; i < n; ++i) {
    assert_int_equal(crucible_edge_detector_load(d, bytes, i),
                     CRUCIBLE_E_STORE);
    bytes[i] ^= (unsigned char)(1u << i % 8);
    assert_int_equal(crucible_edge_detector_load(d, bytes, n),
                     CRUCIBLE_E_STORE);
    bytes[i] ^= (unsigned char)(1u << i % 8);
  }
  assert_int_equal(save(d, after), n);
  assert_memory_equal(before, after, n);
  crucible_edge_detector_destroy(d);
  for (int i = 0; i < 13; ++i) {
    crucible_edge_detector_options o = right;
    o.edge_per_observation = i == 0 ? -0.01 : i == 1 ? (double)NAN : 0.05;
    o.run_length = i == 2 ? 0.5 : i == 3 ? (double)INFINITY : 5000;
    o.half_life = i == 4 ? 0.5 : i == 5 ? (double)NAN : 300;
    o.bet_max = i == 6 ? 0 : i == 7 ? 1.1 : i == 8 ? (double)NAN : 0.16;
    o.n_bets = i == 9 ? 0 : i == 10 ? 9 : 5;
    o.burn_in = i == 11 ? 1 : 50;
    assert_int_equal(crucible_edge_detector_create(&o, i == 12 ? NULL : &none),
                     CRUCIBLE_E_INVALID);
  }
  for (int i = 0; i < 6; ++i) { /* bytes of other options */
    crucible_edge_detector_options o = right;
    o.edge_per_observation += i == 0 ? 0.01 : 0;
    o.run_length += i == 1;
    o.half_life += i == 2;
    o.bet_max /= i == 3 ? 2 : 1;
    o.n_bets -= i == 4;
    o.burn_in += i == 5;
    d = create(&o);
    assert_int_equal(crucible_edge_detector_load(d, before, n),
                     CRUCIBLE_E_STORE);
    crucible_edge_detector_destroy(d);
  }
  assert_int_equal(crucible_edge_detector_restart(NULL), CRUCIBLE_E_INVALID);
}

static crucible_status make_and_use(void *data) {
  crucible_edge_detector *d;
  unsigned char bytes[ROOM];
  size_t n = 0;
  crucible_status status = crucible_edge_detector_create(NULL, &d);
  if (status == CRUCIBLE_OK)
    status = crucible_edge_detector_run(d, data, 100, NULL, NULL);
  if (status == CRUCIBLE_OK)
    status = crucible_edge_detector_save(d, bytes, sizeof bytes, &n);
  if (status == CRUCIBLE_OK)
    status = crucible_edge_detector_load(d, bytes, n);
  crucible_edge_detector_destroy(d);
  return status;
}

static void memory_may_run_out_anywhere(void **state) {
  (void)state;
  double x[100];
  track_make(TRACK_NORMAL, 0, 1, NULL, x, 100);
  assert_true(failing_alloc_run(make_and_use, x) >= 2);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(evidence_is_that_of_the_definition),
      cmocka_unit_test(batch_is_stream_and_a_restored_detector_goes_on),
      cmocka_unit_test(a_restart_forgets_the_evidence_and_keeps_the_scale),
      cmocka_unit_test(nothing_overflows),
      cmocka_unit_test(what_is_wrong_is_refused_and_changes_nothing),
      cmocka_unit_test(memory_may_run_out_anywhere)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
