/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a saved segmenter: as they are, and with the digest that makes
 * them whole. The first byte chooses among four segmenters. What is taken can
 * be saved to the same bytes and labels any doubles, refused or not, by a name
 * that it has given, or -1.
 */
#include <crucible/segment.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/seal_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MOST = 1 << 16, VALUES = 96 };

static void expect(int promise) {
  if (!promise)
    abort();
}

static crucible_segmenter *segmenter_of(uint8_t choice) {
  crucible_segment_options options;
  crucible_segmenter *made;
  crucible_segment_options_init(&options, sizeof options);
  options.window = 8;
  options.refit = 3;
  if (choice % 4 > 0) {
    options.kind = CRUCIBLE_SEGMENT_REGIMES;
    options.scaling = choice % 4; /* each of them */
    options.n_columns = 2;
    options.window = 24;
    options.first = 12;
    options.refit = 5;
    options.hdbscan.min_cluster_size = 3;
    options.hdbscan.min_samples = 2;
  }
  expect(crucible_segmenter_create(&options, &made) == CRUCIBLE_OK);
  return made;
}

static void go_on(crucible_segmenter *segmenter, size_t columns,
                  const uint8_t *data, size_t n) {
  double values[VALUES];
  n = n < sizeof values ? n / sizeof *values : VALUES;
  memcpy(values, data, n * sizeof *values);
  for (int round = 0; round < 2; ++round)
    for (size_t i = 0; i + columns <= n; i += columns) {
      crucible_segmenter_info info = {.struct_size = sizeof info};
      int32_t label = -2;
      const crucible_status status =
          crucible_segmenter_push(segmenter, values + i, NULL, NULL, &label);
      expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_INVALID);
      expect(crucible_segmenter_get(segmenter, &info) == CRUCIBLE_OK);
      if (status == CRUCIBLE_OK)
        expect(label >= -1 && label < (int64_t)info.n_names);
    }
}

static void load(uint8_t choice, const uint8_t *bytes, size_t n,
                 const uint8_t *data, size_t n_data) {
  static uint8_t again[MOST];
  crucible_segmenter *segmenter = segmenter_of(choice);
  size_t needed;
  const crucible_status status =
      crucible_segmenter_load(segmenter, bytes, n, NULL);
  expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_STORE);
  if (status == CRUCIBLE_OK) {
    expect(crucible_segmenter_save(segmenter, again, MOST, &needed) ==
           CRUCIBLE_OK);
    expect(needed == n && memcmp(bytes, again, n) == 0);
  }
  go_on(segmenter, choice % 4 > 0 ? 2 : 1, data, n_data);
  crucible_segmenter_destroy(segmenter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static uint8_t whole[MOST];
  if (n < 1 || n > MOST - SEAL)
    return 0;
  load(data[0], data + 1, n - 1, data, n);
  load(data[0], whole, seal_bytes(data + 1, n - 1, whole), data, n);
  return 0;
}
