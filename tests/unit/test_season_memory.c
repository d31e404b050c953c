/* SPDX-License-Identifier: Apache-2.0 */
/* Seasons where memory is wanting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/season.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/season_fits.h"
#include "support/season_series.h"
#include "support/statuses.h"

static int64_t times[HOURS];
static double returns[HOURS], closes[HOURS], factors[HOURS], others[HOURS];
static unsigned char bytes[1 << 17];

static crucible_status fit_path(void *data) {
  crucible_season *season = NULL, *loaded = NULL;
  const crucible_season_options options = hourly(*(int32_t *)data);
  size_t n;
  crucible_status status =
      crucible_season_fit(&options, times, returns, 14 * DAY, &season);
  if (status == CRUCIBLE_OK)
    status = crucible_season_save(season, bytes, sizeof bytes, &n);
  if (status == CRUCIBLE_OK)
    status = crucible_season_load(bytes, n, &loaded);
  crucible_season_destroy(season);
  crucible_season_destroy(loaded);
  return status;
}

static crucible_status rolling_path(void *data) {
  const crucible_season_rolling_options options = rolled(*(int32_t *)data);
  crucible_season_rolling *rolling = NULL, *loaded = NULL;
  size_t n;
  crucible_status status = crucible_season_rolling_factors(
      &options, times, returns, 10 * DAY, factors);
  if (status == CRUCIBLE_OK)
    status = crucible_season_rolling_create(&options, &rolling);
  for (size_t i = 0; i < 8 * DAY && status == CRUCIBLE_OK; ++i)
    status =
        crucible_season_rolling_push(rolling, times[i], returns[i], factors);
  if (status == CRUCIBLE_OK)
    status = crucible_season_rolling_save(rolling, bytes, sizeof bytes, &n);
  if (status == CRUCIBLE_OK)
    status = crucible_season_rolling_load(bytes, n, &loaded);
  crucible_season_rolling_destroy(rolling);
  crucible_season_rolling_destroy(loaded);
  return status;
}

static crucible_status egarch_path(void *data) {
  const crucible_season_egarch_options options = both();
  (void)data;
  return crucible_season_egarch_forecasts(&options, times, closes, 9 * DAY,
                                          factors);
}

static void objects_survive_want_of_memory(void **state) {
  (void)state;
  make_closes(17, times, returns, closes);
  for (int32_t method = 1; method <= 2; ++method) {
    assert_true(failing_alloc_run(fit_path, &method) >= 10);
    assert_true(failing_alloc_run(rolling_path, &method) >= 20);
  }
  assert_true(failing_alloc_run(egarch_path, NULL) >= 15);
}

static void a_push_that_had_no_memory_can_be_repeated(void **state) {
  (void)state;
  const crucible_season_egarch_options options = both();
  crucible_season_egarch *forecast;
  make_closes(18, times, returns, closes);
  for (int fail = 0; fail < 2; ++fail) {
    double *out = fail ? factors : others;
    assert_int_equal(crucible_season_egarch_create(&options, &forecast),
                     CRUCIBLE_OK);
    for (size_t i = 0; i < 12 * DAY; ++i) {
      for (size_t k = 1; fail && k < 30; ++k) {
        if (i % DAY != DAY - 1)
          break;
        failing_alloc_at(k, 0);
        const crucible_status status = crucible_season_egarch_push(
            forecast, times[i], returns[i], &out[i]);
        const int met = failing_alloc_failed() > 0;
        failing_alloc_at(0, 0);
        if (!met) { /* so many are not needed: it went through */
          assert_int_equal(status, CRUCIBLE_OK);
          goto pushed;
        }
        assert_int_equal(status, CRUCIBLE_E_NOMEM);
      }
      assert_int_equal(
          crucible_season_egarch_push(forecast, times[i], returns[i], &out[i]),
          CRUCIBLE_OK);
    pushed:;
    }
    crucible_season_egarch_destroy(forecast);
  }
  assert_same_bits_n(factors + 7 * DAY, others + 7 * DAY, 5 * DAY);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(objects_survive_want_of_memory),
      cmocka_unit_test(a_push_that_had_no_memory_can_be_repeated),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
