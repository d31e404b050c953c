/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the saved windows of three streams: as they are, and with the
 * digest that makes them whole. What is taken can be saved to the same bytes
 * and goes on with any doubles; the regime's begin never goes back.
 */
#include <crucible/drift.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/seal_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MOST = 1 << 16, STREAMS = 3, BARS = 24 };

static void expect(int promise) {
  if (!promise)
    abort();
}

static void go_on(crucible_drift *drift, const uint8_t *data, size_t n) {
  double values[BARS * STREAMS];
  uint64_t start, later;
  n = n < sizeof values ? n / sizeof *values : BARS * STREAMS;
  memcpy(values, data, n * sizeof *values);
  expect(crucible_drift_start(drift, &start) == CRUCIBLE_OK);
  for (int round = 0; round < 40; ++round)
    for (size_t i = 0; i + STREAMS <= n; i += STREAMS) {
      int32_t is_drift = -1;
      const crucible_status status =
          crucible_drift_push(drift, values + i, &is_drift);
      expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_INVALID);
      expect(crucible_drift_start(drift, &later) == CRUCIBLE_OK);
      expect(later >= start);
      if (status == CRUCIBLE_OK)
        expect(is_drift == (later > start));
      start = later;
    }
}

static void load(const uint8_t *bytes, size_t n, const uint8_t *data,
                 size_t n_data) {
  static uint8_t again[MOST];
  crucible_drift_options options;
  crucible_drift *drift;
  size_t needed;
  crucible_drift_options_init(&options, sizeof options);
  options.n_streams = STREAMS;
  options.at_least = 2;
  options.adwin.clock = 3;
  expect(crucible_drift_create(&options, &drift) == CRUCIBLE_OK);
  const crucible_status status = crucible_drift_load(drift, bytes, n);
  expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_STORE);
  if (status == CRUCIBLE_OK) {
    expect(crucible_drift_save(drift, again, MOST, &needed) == CRUCIBLE_OK);
    expect(needed == n && memcmp(bytes, again, n) == 0);
  }
  go_on(drift, data, n_data);
  crucible_drift_destroy(drift);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static uint8_t whole[MOST];
  if (n > MOST - SEAL)
    return 0;
  load(data, n, data, n);
  load(whole, seal_bytes(data, n, whole), data, n);
  return 0;
}
