/* SPDX-License-Identifier: Apache-2.0 */
/* Regimes of a market: bars that are alike in volatility, trend and volume.
   Prints how many bars each has and what they are like. Run it from the root of
   the source tree, or give a CSV file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <crucible/crucible.h>

enum { WINDOW = 48, FEATURES = 3 };

static void must(crucible_status status) {
  if (status == CRUCIBLE_OK)
    return;
  fprintf(stderr, "%s\n", crucible_last_error());
  exit(1);
}

/* Of the window that ends with bar i: volatility, trend, volume, as logs. */
static void describe(const crucible_bars *bars, size_t i,
                     double row[FEATURES]) {
  double squares = 0, volume = 0;
  for (size_t k = i + 1 - WINDOW; k <= i; ++k) {
    double r = log(bars->close[k] / bars->close[k - 1]);
    squares += r * r;
    volume += bars->volume[k];
  }
  row[0] = log(sqrt(squares) + 1e-9);
  row[1] =
      log(bars->close[i] / bars->close[i - WINDOW]) / sqrt(squares + 1e-18);
  row[2] = log(volume + 1e-9);
}

/* Each column with mean 0 and standard deviation 1. */
static void standardise(double *points, size_t n) {
  for (size_t f = 0; f < FEATURES; ++f) {
    double *x = points + f * n, mean = 0, variance = 0;
    for (size_t i = 0; i < n; ++i)
      mean += x[i] / (double)n;
    for (size_t i = 0; i < n; ++i)
      variance += (x[i] - mean) * (x[i] - mean) / (double)n;
    for (size_t i = 0; i < n; ++i)
      x[i] = (x[i] - mean) / sqrt(variance);
  }
}

int main(int argc, char **argv) {
  const char *path =
      argc > 1 ? argv[1] : "examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv";
  crucible_series *series;
  crucible_bars bars = {.struct_size = sizeof bars};
  must(crucible_series_read_csv(path, NULL, &series));
  must(crucible_series_view(series, &bars));
  size_t n = bars.n - WINDOW;
  double *features = malloc(n * FEATURES * sizeof *features);
  int32_t *labels = malloc(n * sizeof *labels);
  if (features == NULL || labels == NULL) {
    free(features);
    free(labels);
    crucible_series_destroy(series);
    return 1;
  }
  for (size_t i = 0; i < n; ++i) {
    double row[FEATURES];
    describe(&bars, i + WINDOW, row);
    for (size_t f = 0; f < FEATURES; ++f)
      features[f * n + i] = row[f];
  }
  standardise(features, n);

  crucible_hdbscan_options options;
  crucible_hdbscan_options_init(&options, sizeof options);
  options.min_cluster_size = 50;
  const crucible_matrix points = {features, n, FEATURES, 1, (ptrdiff_t)n};
  crucible_hdbscan *regimes;
  must(crucible_hdbscan_fit(&points, &options, NULL, NULL, &regimes));
  must(crucible_hdbscan_labels(regimes, labels));

  crucible_hdbscan_result result = {.struct_size = sizeof result};
  must(crucible_hdbscan_result_of(regimes, &result));
  printf("regime   bars   volatility   trend   volume (standard scores)\n");
  for (int32_t regime = -1; regime < (int32_t)result.n_clusters; ++regime) {
    double sum[FEATURES] = {0};
    size_t count = 0;
    for (size_t i = 0; i < n; ++i)
      if (labels[i] == regime) {
        ++count;
        for (size_t f = 0; f < FEATURES; ++f)
          sum[f] += features[f * n + i];
      }
    if (count > 0)
      printf("%6d %6zu %+12.2f %+7.2f %+8.2f%s\n", (int)regime, count,
             sum[0] / (double)count, sum[1] / (double)count,
             sum[2] / (double)count, regime < 0 ? "  (none)" : "");
  }
  crucible_hdbscan_destroy(regimes);
  crucible_series_destroy(series);
  free(features);
  free(labels);
  return 0;
}
