/* SPDX-License-Identifier: Apache-2.0 */
/* The watchtower: bad input, saved state, want of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/watchtower.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/watch_stage.h"
#include "watchtower/watchtower_state.h"

/* ---- bad input ---- */

#define REFUSED(change, status, text)                                          \
  do {                                                                         \
    stage s_ = a_stage();                                                      \
    s_.options.change;                                                         \
    assert_int_equal(crucible_watchtower_create(&s_.options, &s_.tower),       \
                     (status));                                                \
    assert_null(s_.tower);                                                     \
    assert_non_null(strstr(crucible_last_error(), (text)));                    \
  } while (0)

static void options_out_of_range_are_refused(void **state) {
  (void)state;
  const int32_t wrong = CRUCIBLE_E_INVALID;
  REFUSED(rules |= 1u << 12, CRUCIBLE_E_UNSUPPORTED, "rules is 0x17fe");
  REFUSED(decay = 3, wrong, "decay is 3");
  REFUSED(death_equity = 1, wrong, "death_equity is 1");
  REFUSED(death_equity = -0.1, wrong, "death_equity is -0.1");
  REFUSED(decay_psr = 0, wrong, "decay_psr is 0");
  REFUSED(decay_dsr = 1, wrong, "decay_dsr is 1");
  REFUSED(promote_dsr = (double)NAN, wrong, "promote_dsr is");
  REFUSED(promote_dsr = 0.89, wrong, "below decay_dsr");
  REFUSED(window = 1, wrong, "window is 1");
  REFUSED(window = 1u << 31, wrong, "window is 2147483648");
  REFUSED(min_bars = 1, wrong, "min_bars is 1");
  REFUSED(inactive_bars = 0, wrong, "inactive_bars is 0");
  REFUSED(expired_bars = 0, wrong, "expired_bars is 0");
  REFUSED(reserved = 1, wrong, "reserved is 1");
  REFUSED(alpha = 0.5, wrong, "alpha is 0.5");
  REFUSED(alpha = 0, wrong, "alpha is 0");
  REFUSED(promote_sharpe = (double)NAN, wrong, "promote_sharpe is");
  REFUSED(promote_sharpe = -0.1, wrong, "above promote_sharpe -0.1");
  REFUSED(bad_sharpe = 0.1, wrong, "bad_sharpe is 0.1");
  REFUSED(edge_sharpe = -0.1, wrong, "edge_sharpe is -0.1");
  REFUSED(edge_run = 9, wrong, "edge_run is 9");
  REFUSED(discovery_alpha = 1, wrong, "discovery_alpha is 1");
  REFUSED(bound_bars = 0, wrong, "bound_bars is 0");
  REFUSED(lags = 65, wrong, "lags is 65");
  REFUSED(struct_size = 3, wrong, "struct_size is 3");
  assert_int_equal(crucible_watchtower_create(NULL, NULL), wrong);
  crucible_watchtower *tower;
  assert_int_equal(crucible_watchtower_create(NULL, &tower), CRUCIBLE_OK);
  crucible_watchtower_destroy(tower);
}

static void agents_are_added_once_in_ascending_order(void **state) {
  (void)state;
  stage s = a_stage();
  begin(&s);
  const double wrong[] = {0, -1, (double)NAN, (double)INFINITY};
  for (size_t i = 0; i < 4; ++i)
    assert_int_equal(crucible_watchtower_add(s.tower, 4, wrong[i]),
                     CRUCIBLE_E_INVALID);
  add(&s, 4);
  assert_int_equal(crucible_watchtower_add(s.tower, 4, 200),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_add(s.tower, 3, 200),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_add(NULL, 5, 200), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_count(s.tower), 1);
  assert_int_equal(crucible_watchtower_count(NULL), 0);
  end(&s);
}

static void calls_for_nobody_are_refused(void **state) {
  (void)state;
  stage s = a_stage();
  crucible_track track = {.struct_size = sizeof track};
  begin(&s);
  add(&s, 4);
  assert_int_equal(crucible_watchtower_promote(s.tower, 5), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_close(s.tower, 3), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_track(s.tower, 9, &track),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_track(s.tower, 4, NULL),
                   CRUCIBLE_E_INVALID);
  track.struct_size = 0;
  assert_int_equal(crucible_watchtower_track(s.tower, 4, &track),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(see(&s, at(4, 1)), CRUCIBLE_RULE_DEATH);
  assert_int_equal(crucible_watchtower_promote(s.tower, 4), CRUCIBLE_E_STATE);
  assert_int_equal(crucible_watchtower_close(s.tower, 4), CRUCIBLE_OK);
  assert_int_equal(crucible_watchtower_close(s.tower, 4), CRUCIBLE_E_STATE);
  assert_int_equal(crucible_watchtower_promote(s.tower, 4), CRUCIBLE_E_STATE);
  assert_string_equal(crucible_rule_name(CRUCIBLE_RULE_DECAY_DSR), "decay_dsr");
  assert_string_equal(crucible_rule_name(CRUCIBLE_RULE_PROMOTION), "promotion");
  assert_string_equal(crucible_rule_name(0), "?");
  assert_string_equal(crucible_rule_name(CRUCIBLE_RULE_DISCOVERY), "discovery");
  assert_string_equal(crucible_rule_name(12), "?");
  assert_string_equal(crucible_rule_name(-1), "?");
  end(&s);
}

static void assert_refused(stage *s, const crucible_observation *seen, size_t n,
                           const char *text) {
  crucible__pack before = {0}, after = {0};
  crucible__watchtower_save(s->tower, &before);
  s->n = 77;
  assert_int_equal(try_push(s, seen, n), CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), text));
  crucible__watchtower_save(s->tower, &after);
  assert_int_equal(before.length, after.length);
  assert_memory_equal(before.data, after.data, after.length);
  assert_int_equal(s->n, 77);
  crucible__pack_free(&before);
  crucible__pack_free(&after);
}

static void a_bar_is_taken_whole_or_not_at_all(void **state) {
  (void)state;
  stage s = a_stage();
  begin(&s);
  add(&s, 1);
  add(&s, 2);
  crucible_observation seen[] = {at(1, 201), at(2, 202), at(3, 203)};
  assert_refused(&s, seen, 1, "agent 2 is missing");
  assert_refused(&s, seen + 1, 1, "agent 1 was due");
  assert_refused(&s, seen, 3, "only 2 records are open");
  assert_refused(&s, NULL, 2, "observations is NULL");
  seen[1].equity = (double)NAN;
  assert_refused(&s, seen, 2, "equity of agent 2");
  seen[1] = at(2, 1e308);
  assert_int_equal(try_push(&s, seen, 2), CRUCIBLE_OK);
  seen[1].cannot_trade = 2;
  assert_refused(&s, seen, 2, "cannot_trade of agent 2 is 2");
  seen[1] = at(2, 200);
  seen[1].trade_result = 1;
  assert_refused(&s, seen, 2, "trade_result of agent 2 is 1 of 0 trades");
  seen[1].n_trades = 1;
  seen[1].trade_result = (double)INFINITY;
  assert_refused(&s, seen, 2, "trade_result of agent 2");
  seen[1] = at(2, 200);
  seen[1].struct_size = 8;
  assert_refused(&s, seen, 2, "observations[1].struct_size is 8");
  seen[0].struct_size = 7;
  assert_refused(&s, seen, 2, "observations[0].struct_size is 7");
  seen[0].struct_size = seen[1].struct_size = sizeof seen[0];
  s.verdicts[0].struct_size = 0;
  assert_refused(&s, seen, 2, "verdicts[0].struct_size is 0");
  assert_int_equal(crucible_watchtower_push(s.tower, seen, 2, NULL, &s.n),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_push(s.tower, seen, 2, s.verdicts, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_push(NULL, seen, 2, s.verdicts, &s.n),
                   CRUCIBLE_E_INVALID);
  end(&s);
}

/* Structs of a caller that knows more fields, or fewer, than the library. */
static void structs_of_other_versions_are_read_by_their_size(void **state) {
  (void)state;
  struct longer {
    crucible_observation seen;
    uint64_t more;
  } seen[2] = {{at(1, 99), 0}, {at(2, 50), 0}};
  struct longer_verdict {
    crucible_verdict verdict;
    uint64_t more;
  } verdicts[2];
  stage s = a_stage();
  size_t n;
  begin(&s);
  add(&s, 1);
  add(&s, 2);
  memset(verdicts, 7, sizeof verdicts);
  seen[0].seen.struct_size = seen[1].seen.struct_size = sizeof seen[0];
  verdicts[0].verdict.struct_size = sizeof verdicts[0];
  seen[1].more = 1;
  assert_int_equal(crucible_watchtower_push(s.tower, &seen[0].seen, 2,
                                            &verdicts[0].verdict, &n),
                   CRUCIBLE_E_VERSION);
  seen[1].more = 0;
  assert_int_equal(crucible_watchtower_push(s.tower, &seen[0].seen, 2,
                                            &verdicts[0].verdict, &n),
                   CRUCIBLE_OK);
  assert_int_equal(n, 2);
  assert_int_equal(verdicts[1].verdict.agent, 2);
  assert_int_equal(verdicts[1].verdict.rule, CRUCIBLE_RULE_DEATH);
  assert_int_equal(verdicts[1].verdict.struct_size, sizeof verdicts[0]);
  assert_near(verdicts[1].verdict.track.equity, 50, 0, 0);
  assert_int_equal(verdicts[1].more, 0x0707070707070707u);
  end(&s);
}

/* ---- saved state ---- */

static void other_options_are_refused_at_loading(void **state) {
  (void)state;
  stage s = a_stage();
  crucible__pack pack = {0};
  crucible_watchtower *loaded = NULL;
  begin(&s);
  add(&s, 1);
  crucible__watchtower_save(s.tower, &pack);
  const crucible_watchtower_options saved = s.options;
  for (int field = 0; field < 11; ++field) {
    crucible_watchtower_options *o = &s.options;
    *o = saved;
    double *const reals[] = {&o->death_equity, &o->decay_psr, &o->decay_dsr,
                             &o->promote_dsr};
    uint32_t *const counts[] = {&o->window,       &o->min_bars,
                                &o->min_trades,   &o->inactive_bars,
                                &o->expired_bars, &o->rules};
    if (field < 4)
      *reals[field] += 0.001;
    else if (field < 10)
      *counts[field - 4] -= 2;
    else
      o->decay = CRUCIBLE_DECAY_LEVEL;
    crucible__unpack unpack = {.data = pack.data, .length = pack.length};
    assert_int_equal(crucible__watchtower_load(o, &unpack, &loaded),
                     CRUCIBLE_E_INVALID);
    assert_non_null(strstr(crucible_last_error(), "go on with the same rules"));
    assert_null(loaded);
  }
  crucible__pack_free(&pack);
  end(&s);
}

/* Whatever the bytes are: refused, or a watchtower that works. */
static void damaged_state_is_refused_or_harmless(void **state) {
  (void)state;
  stage s = a_stage();
  crucible__pack pack = {0};
  size_t refused = 0;
  s.options.window = 4;
  begin(&s);
  add(&s, 1);
  add(&s, 2);
  for (int t = 0; t < 7; ++t) {
    const crucible_observation seen[] = {at(1, 200 + t), at(2, 210 - t * t)};
    assert_int_equal(try_push(&s, seen, 2), CRUCIBLE_OK);
  }
  assert_int_equal(crucible_watchtower_close(s.tower, 2), CRUCIBLE_OK);
  crucible__watchtower_save(s.tower, &pack);
  for (size_t i = 0; i < pack.length; ++i) {
    crucible_watchtower *loaded = NULL;
    crucible__unpack unpack = {.data = pack.data, .length = i};
    assert_int_equal(crucible__watchtower_load(&s.options, &unpack, &loaded),
                     CRUCIBLE_E_STORE);
    for (int bit = 0; bit < 8; ++bit) {
      pack.data[i] ^= (unsigned char)(1 << bit);
      unpack = (crucible__unpack){.data = pack.data, .length = pack.length};
      const crucible_status status =
          crucible__watchtower_load(&s.options, &unpack, &loaded);
      pack.data[i] ^= (unsigned char)(1 << bit);
      if (status != CRUCIBLE_OK) {
        ++refused;
        assert_null(loaded);
        continue;
      }
      const crucible_observation seen = at(1, 205);
      for (int t = 0; t < 9; ++t)
        (void)!crucible_watchtower_push(loaded, &seen, 1, s.verdicts, &s.n);
      crucible_watchtower_destroy(loaded);
    }
  }
  assert_true(refused > 500);
  crucible__pack_free(&pack);
  end(&s);
}

/* ---- out of memory ---- */

static crucible_status a_life(void *data) {
  crucible_watchtower *tower = NULL, *loaded = NULL;
  crucible__pack pack = {0};
  stage s = a_stage();
  crucible_status status;
  (void)data;
  s.options.window = 3;
  status = crucible_watchtower_create(&s.options, &tower);
  for (uint32_t i = 0; status == CRUCIBLE_OK && i < 18; ++i) {
    const uint64_t n = crucible_watchtower_count(tower);
    status = crucible_watchtower_add(tower, i, 200);
    assert_int_equal(crucible_watchtower_count(tower),
                     n + (status == CRUCIBLE_OK));
    if (i >= 2 && status == CRUCIBLE_OK)
      status = crucible_watchtower_close(tower, i);
  }
  if (status == CRUCIBLE_OK) {
    const crucible_observation seen[] = {at(0, 201), at(1, 202)};
    status = crucible_watchtower_push(tower, seen, 2, s.verdicts, &s.n);
  }
  if (status == CRUCIBLE_OK) {
    crucible__watchtower_save(tower, &pack);
    status = crucible__pack_end(&pack);
  }
  if (status == CRUCIBLE_OK) {
    crucible__unpack unpack = {.data = pack.data, .length = pack.length};
    status = crucible__watchtower_load(&s.options, &unpack, &loaded);
  }
  crucible__pack_free(&pack);
  crucible_watchtower_destroy(loaded);
  crucible_watchtower_destroy(tower);
  return status;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  assert_true(failing_alloc_run(a_life, NULL) > 20);
  crucible_watchtower_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(options_out_of_range_are_refused),
      cmocka_unit_test(agents_are_added_once_in_ascending_order),
      cmocka_unit_test(calls_for_nobody_are_refused),
      cmocka_unit_test(a_bar_is_taken_whole_or_not_at_all),
      cmocka_unit_test(structs_of_other_versions_are_read_by_their_size),
      cmocka_unit_test(other_options_are_refused_at_loading),
      cmocka_unit_test(damaged_state_is_refused_or_harmless),
      cmocka_unit_test(every_allocation_may_fail),
  };
  failing_alloc_install();
  return cmocka_run_group_tests_name("watchtower", tests, NULL, NULL);
}
