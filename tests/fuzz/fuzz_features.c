/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any doubles as bars, for all features at once with small periods: a bar is
 * refused with a text, or every feature is NaN in its warm-up and a number
 * after. The first byte chooses the parameters; each bar takes a byte for its
 * time and eight doubles, of which the first four are sorted half of the time.
 */
#include <crucible/features.h>

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { BAR = 1 + 8 * sizeof(double), SMALL = 9 };

static void expect(int promise) {
  if (!promise)
    abort();
}

static crucible_feature_spec *choose(uint8_t choice, size_t *lookbacks) {
  size_t n = crucible_feature_count();
  crucible_feature_spec *specs = calloc(n, sizeof *specs);
  expect(specs != NULL);
  for (size_t i = 0; i < n; ++i) {
    crucible_feature_info info = {.struct_size = sizeof info};
    expect(crucible_feature_at(i, &info) == CRUCIBLE_OK);
    specs[i].name = info.name;
    for (uint32_t p = 0; p < info.n_params; ++p) {
      const crucible_feature_param *param = &info.params[p];
      double share = (double)((choice >> p) % 16) / 15;
      double high = fmin(param->high, param->low + SMALL);
      double value = param->low + share * (high - param->low);
      specs[i].params[p] = param->is_integer ? floor(value) : value;
    }
    expect(crucible_feature_lookback(&specs[i], &lookbacks[i]) == CRUCIBLE_OK);
  }
  return specs;
}

static void order(double *x, size_t i, size_t j) {
  if (!(x[i] <= x[j])) {
    double swapped = x[i];
    x[i] = x[j];
    x[j] = swapped;
  }
}

static crucible_bar read_bar(const uint8_t *data, int64_t *time_ms) {
  double x[8];
  memcpy(x, data + 1, sizeof x);
  if (data[0] & 1) {
    for (size_t i = 0; i < 4; ++i)
      x[i] = fabs(x[i]);
    for (size_t round = 0; round < 3; ++round)
      for (size_t i = 0; i + 1 < 4; ++i)
        order(x, i, i + 1);
  }
  *time_ms += 60000 * (1 + (data[0] >> 5));
  return (crucible_bar){.open_time_ms = *time_ms,
                        .low = x[0],
                        .open = data[0] & 2 ? x[1] : x[2],
                        .close = data[0] & 2 ? x[2] : x[1],
                        .high = x[3],
                        .volume = x[4],
                        .quote_volume = x[5],
                        .trades = x[6],
                        .taker_buy_base = x[7]};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  size_t count = crucible_feature_count(), pushed = 0;
  size_t *lookbacks = calloc(count, sizeof *lookbacks);
  double *values = calloc(count, sizeof *values);
  int64_t time_ms = 0;
  crucible_feature_set *set;
  expect(lookbacks != NULL && values != NULL);
  crucible_feature_spec *specs = choose(n > 0 ? data[0] : 0, lookbacks);
  expect(crucible_feature_set_create(specs, count, 7, 60000, &set) ==
         CRUCIBLE_OK);
  for (size_t at = 1; at + BAR <= n; at += BAR) {
    crucible_bar bar = read_bar(data + at, &time_ms);
    if (crucible_feature_set_push(set, &bar, values) != CRUCIBLE_OK) {
      expect(strlen(crucible_last_error()) > 0);
      continue;
    }
    for (size_t i = 0; i < count; ++i)
      expect(pushed < lookbacks[i] ? isnan(values[i]) : isfinite(values[i]));
    pushed += 1;
  }
  crucible_feature_set_destroy(set);
  free(specs);
  free(values);
  free(lookbacks);
  return 0;
}
