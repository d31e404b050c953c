/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a saved window: as they are, and with the digest that makes them
 * whole. What is taken can be saved to the same bytes and goes on with any
 * doubles, refused or not, within its own memory.
 */
#include <crucible/drift.h>

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/seal_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MOST = 1 << 16 };

static void expect(int promise) {
  if (!promise)
    abort();
}

static void go_on(crucible_adwin *adwin, const uint8_t *data, size_t n) {
  double values[64];
  n = n < sizeof values ? n / sizeof *values : 64;
  memcpy(values, data, n * sizeof *values);
  for (int round = 0; round < 40; ++round)
    for (size_t i = 0; i < n; ++i) {
      crucible_adwin_window window = {.struct_size = sizeof window};
      const crucible_status status =
          crucible_adwin_push(adwin, values[i], NULL);
      expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_INVALID);
      expect(crucible_adwin_get(adwin, &window) == CRUCIBLE_OK);
      expect(window.width <= window.n_values && window.variance >= 0);
      expect(isfinite(window.mean) && isfinite(window.variance));
    }
}

static void load(const uint8_t *bytes, size_t n, const uint8_t *data,
                 size_t n_data) {
  static uint8_t again[MOST];
  crucible_adwin_options options;
  crucible_adwin *adwin;
  size_t needed;
  crucible_adwin_options_init(&options, sizeof options);
  options.clock = 3;
  options.after_cut = CRUCIBLE_ADWIN_RESET;
  expect(crucible_adwin_create(&options, &adwin) == CRUCIBLE_OK);
  const crucible_status status = crucible_adwin_load(adwin, bytes, n);
  expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_STORE);
  if (status == CRUCIBLE_OK) {
    expect(crucible_adwin_save(adwin, again, MOST, &needed) == CRUCIBLE_OK);
    expect(needed == n && memcmp(bytes, again, n) == 0);
  }
  go_on(adwin, data, n_data);
  crucible_adwin_destroy(adwin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static uint8_t whole[MOST];
  if (n > MOST - SEAL)
    return 0;
  load(data, n, data, n);
  load(whole, seal_bytes(data, n, whole), data, n);
  return 0;
}
