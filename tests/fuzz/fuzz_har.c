/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a saved HAR. What is taken can be saved to the same bytes and
 * goes on with any doubles, refused or not; a forecast is a number > 0 once
 * there is a fit.
 */
#include <crucible/realized.h>

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MOST = 1 << 16, VALUES = 64 };

static void expect(int promise) {
  if (!promise)
    abort();
}

static void go_on(crucible_har *har, const uint8_t *data, size_t n) {
  double values[VALUES];
  n = n < sizeof values ? n / sizeof *values : VALUES;
  memcpy(values, data, n * sizeof *values);
  for (int round = 0; round < 4; ++round)
    for (size_t i = 0; i < n; ++i) {
      crucible_har_info info = {.struct_size = sizeof info};
      double forecast = -1;
      const crucible_status status =
          crucible_har_push(har, fabs(values[i]), &forecast);
      expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_INVALID);
      expect(crucible_har_get_info(har, &info) == CRUCIBLE_OK);
      if (status == CRUCIBLE_OK)
        expect(info.n > 0 ? forecast > 0 && isfinite(forecast)
                          : isnan(forecast));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static uint8_t again[MOST];
  crucible_har *har;
  size_t needed;
  if (n > MOST)
    return 0;
  const crucible_status status = crucible_har_load(data, n, &har);
  expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_STORE);
  expect((har != NULL) == (status == CRUCIBLE_OK));
  if (har == NULL)
    return 0;
  expect(crucible_har_save(har, again, MOST, &needed) == CRUCIBLE_OK);
  expect(needed == n && memcmp(data, again, n) == 0);
  go_on(har, data, n);
  crucible_har_destroy(har);
  return 0;
}
