/* SPDX-License-Identifier: Apache-2.0 */
/* EDGE abreast: the bits of a stream, at each level of vector instructions; and
   what it is made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/spread.h>

#include "base/simd.h"
#include "costs/spread_stream.h"
#include "support/edge_ohlc.h"
#include "support/near.h"

enum { BARS = 1500, FRAME = 60000 };

typedef struct market {
  crucible_bars bars;
  int64_t time[BARS];
  double price[4][BARS], volume[BARS];
  uint64_t state;
} market;

static double uniform(market *m) {
  m->state = m->state * 6364136223846793005 + 1442695040888963407;
  return (double)(m->state >> 11) * 0x1p-53;
}

/* A walk on a coarse grid, so that prices are often equal; some bars stand
   still, some prices are far from the ones before, and every so often, where
   holes > 0, bars are missing. */
static market *make_market(uint64_t seed, double holes) {
  market *m = calloc(1, sizeof *m);
  assert_non_null(m);
  m->state = seed;
  double at = 1000;
  int64_t slot = -700; /* before 1970 as well */
  for (size_t i = 0; i < BARS; ++i) {
    double price[4];
    const int still = uniform(m) < 0.1;
    for (int k = 0; k < 4; ++k) {
      at += still && i > 0 ? 0 : floor(7 * uniform(m)) - 3;
      at = fmax(10, at);
      price[k] = at;
    }
    if (uniform(m) < 0.03)
      at *= uniform(m) < 0.5 ? 3 : 1. / 3;
    m->price[0][i] = price[0];
    m->price[3][i] = price[3];
    m->price[1][i] = fmax(fmax(price[0], price[1]), fmax(price[2], price[3]));
    m->price[2][i] = fmin(fmin(price[0], price[1]), fmin(price[2], price[3]));
    m->volume[i] = 1;
    m->time[i] = slot * FRAME;
    slot += 1 + (uniform(m) < holes ? (int64_t)(60 * uniform(m)) : 0);
  }
  m->bars = (crucible_bars){.struct_size = sizeof m->bars,
                            .n = BARS,
                            .open_time_ms = m->time,
                            .open = m->price[0],
                            .high = m->price[1],
                            .low = m->price[2],
                            .close = m->price[3],
                            .volume = m->volume,
                            .timeframe_ms = FRAME};
  return m;
}

static void stream_of(const market *m, const crucible_spread_options *options,
                      size_t window, double *told) {
  crucible_spread_stream *stream;
  assert_int_equal(
      crucible_spread_stream_create(options, window, FRAME, &stream),
      CRUCIBLE_OK);
  for (size_t i = 0; i < BARS; ++i) {
    const crucible_bar bar = {.open_time_ms = m->time[i],
                              .open = m->price[0][i],
                              .high = m->price[1][i],
                              .low = m->price[2][i],
                              .close = m->price[3][i]};
    assert_int_equal(crucible_spread_stream_push(stream, &bar, &told[i]),
                     CRUCIBLE_OK);
  }
  crucible_spread_stream_destroy(stream);
}

static void windows_abreast_are_those_of_a_stream(void **state) {
  (void)state;
  static double told[BARS], abreast[BARS];
  const double holes[] = {0, 0.002, 0.05};
  const size_t windows[] = {3, 10, 17, 18, 25, 26, 31, 65, 288, 1400};
  for (uint64_t seed = 1; seed <= 3; ++seed)
    for (size_t w = 0; w < sizeof windows / sizeof *windows; ++w) {
      market *m = make_market(seed, holes[seed - 1]);
      crucible_spread_options options;
      crucible_spread_options_init(&options, sizeof options);
      options.gaps = (int32_t)(w % 2);
      options.negative = (int32_t)(w % 3);
      stream_of(m, &options, windows[w], told);
      for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level) {
        (void)crucible__simd_force(level);
        memset(abreast, 0, sizeof abreast);
        assert_int_equal(
            crucible_spread_rolling(&m->bars, &options, windows[w], abreast),
            CRUCIBLE_OK);
        for (size_t i = 0; i < BARS; ++i)
          if (!(isnan(told[i]) && isnan(abreast[i])))
            assert_same_bits(abreast[i], told[i]);
      }
      free(m);
    }
  (void)crucible__simd_force(-1);
}

/* A wrong number is found at any place, at each level. */
static void a_wrong_bar_is_found_wherever_it_is(void **state) {
  (void)state;
  static double told[BARS];
  const double wrong[] = {(double)NAN, (double)INFINITY, -1};
  market *m = make_market(1, 0);
  for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level) {
    (void)crucible__simd_force(level);
    for (size_t n = 20; n < 30; ++n)
      for (size_t i = 0; i < n; ++i)
        for (int column = 0; column < 5; ++column) {
          double *at = column < 4 ? &m->price[column][i] : &m->volume[i];
          const double right = *at;
          *at = wrong[(i + n) % 3];
          m->bars.n = n;
          assert_int_equal(crucible_spread_rolling(&m->bars, NULL, 4, told),
                           CRUCIBLE_E_DATA);
          *at = right;
          assert_int_equal(crucible_spread_rolling(&m->bars, NULL, 4, told),
                           CRUCIBLE_OK);
        }
  }
  (void)crucible__simd_force(-1);
  const int64_t right = m->time[11], times[] = {right - FRAME, right + 1};
  for (int k = 0; k < 2; ++k) {
    m->time[11] = times[k];
    assert_int_equal(crucible_spread_rolling(&m->bars, NULL, 4, told),
                     CRUCIBLE_E_DATA);
  }
  free(m);
}

static void its_parts_are_those_of_the_pseudocode(void **state) {
  (void)state;
  if (CRUCIBLE_SHARED_DIR[0] == 0)
    skip();
  edge_ohlc *paper = edge_ohlc_read();
  crucible_spread_options options;
  double sums[CRUCIBLE__SPREAD_TERMS], spread;
  crucible_spread_options_init(&options, sizeof options);
  crucible__spread_sum_up(&paper->bars, &options, sums);
  const crucible__edge_parts parts =
      crucible__spread_edge_parts(EDGE_OHLC_BARS - 1, sums);
  /* golden.json: EDGE intermediate values (ohlc.csv) */
  assert_near(parts.pt, 0.9820982098209821, 0, 1e-12);
  assert_near(parts.po, 1.227922792279228, 0, 1e-12);
  assert_near(parts.pc, 1.2052205220522052, 0, 1e-12);
  assert_near(parts.e1, 0.00010702425689560482, 1e-12, 0);
  assert_near(parts.e2, 0.000101595812797079, 1e-12, 0);
  assert_near(parts.v1, 2.074215642985551e-06, 1e-12, 0);
  assert_near(parts.v2, 1.3461279919743572e-06, 1e-12, 0);
  assert_int_equal(crucible_spread_estimate(&paper->bars, &options, &spread),
                   CRUCIBLE_OK);
  assert_near(spread * spread, 0.00010373225911177194, 1e-12, 0);
  edge_ohlc_free(paper);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(windows_abreast_are_those_of_a_stream),
      cmocka_unit_test(a_wrong_bar_is_found_wherever_it_is),
      cmocka_unit_test(its_parts_are_those_of_the_pseudocode),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
