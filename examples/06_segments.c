/* SPDX-License-Identifier: Apache-2.0 */
/* Segments of a market, each bar labelled from the past alone: by terciles of
   an EGARCH forecast, and by regime. Prints how many bars each segment has, how
   long it lasts, and how far the next bar's close is, which no label has seen.
   Run it from the root of the source tree, or give a CSV file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <crucible/crucible.h>

enum { LOOK = 48, COLUMNS = 4, MONTH = 8640 };

static void must(crucible_status status) {
  if (status == CRUCIBLE_OK)
    return;
  fprintf(stderr, "%s\n", crucible_last_error());
  exit(1);
}

static void *take(size_t n, size_t size) {
  void *block = calloc(n, size);
  if (block == NULL)
    exit(1);
  return block;
}

/* Columns volatility, trend, volume and spread, known at each close; NaN before
   all are there. sigma: EGARCH's forecasts. */
static void describe(const crucible_bars *bars, const double *sigma,
                     double *columns) {
  const size_t n = bars->n;
  double *volatility = columns, *trend = columns + n, *volume = columns + 2 * n;
  double *spread = columns + 3 * n;
  must(crucible_spread_rolling(bars, NULL, LOOK, spread));
  for (size_t i = 0; i < n; ++i) {
    volatility[i] = log(sigma[i]); /* NaN stays NaN */
    trend[i] = volume[i] = (double)NAN;
    if (i < LOOK)
      continue;
    double squares = 1e-18, sum = 1e-9;
    for (size_t k = i + 1 - LOOK; k <= i; ++k) {
      const double r = log(bars->close[k] / bars->close[k - 1]);
      squares += r * r;
      sum += bars->volume[k];
    }
    trend[i] = log(bars->close[i] / bars->close[i - LOOK]) / sqrt(squares);
    volume[i] = log(sum);
  }
}

/* One line for each segment. */
static void report(const char *title, const crucible_bars *bars,
                   const int32_t *labels, size_t n_names) {
  const size_t k = n_names + 1;
  uint64_t *count = take(k, sizeof *count), *moves = take(k * k, sizeof *moves);
  double *moved = take(k, sizeof *moved);
  size_t first = 0, n = bars->n - 1; /* the last bar has none after it */
  while (first < n && labels[first] < 0)
    ++first;
  must(crucible_segment_transitions(labels + first, n - first, n_names, count,
                                    moves));
  for (size_t i = first; i < n; ++i)
    moved[labels[i] + 1] += fabs(log(bars->close[i + 1] / bars->close[i]));
  printf("%s\nsegment    bars   share   bars a run   mean move (bp)\n", title);
  uint64_t rest = 0; /* bars of segments with less than a hundredth */
  for (size_t s = 0; s < k; ++s) {
    uint64_t left = 0; /* times that it was left */
    for (size_t to = 0; to < k; ++to)
      left += to != s ? moves[s * k + to] : 0;
    if (count[s] * 100 < n - first)
      rest += count[s];
    else
      printf("%7d %7llu %6.1f%% %12.1f %16.2f\n", (int)s - 1,
             (unsigned long long)count[s],
             100 * (double)count[s] / (double)(n - first),
             (double)count[s] / (double)(left > 0 ? left : 1),
             1e4 * moved[s] / (double)count[s]);
  }
  if (rest > 0)
    printf(" others %7llu %6.1f%%\n", (unsigned long long)rest,
           100 * (double)rest / (double)(n - first));
  free(count);
  free(moves);
  free(moved);
}

static void label(const crucible_segment_options *options, const char *title,
                  const crucible_bars *bars, const double *columns) {
  int32_t *labels = take(bars->n, sizeof *labels);
  const crucible_matrix rows = {columns, bars->n, options->n_columns, 1,
                                (ptrdiff_t)bars->n};
  crucible_segmenter *segmenter;
  must(crucible_segmenter_create(options, &segmenter));
  must(crucible_segmenter_run(segmenter, &rows, NULL, NULL, labels));
  crucible_segmenter_info info = {.struct_size = sizeof info};
  must(crucible_segmenter_get(segmenter, &info));
  report(title, bars, labels, (size_t)info.n_names);
  printf("%llu fits of %llu bars, %llu names\n\n",
         (unsigned long long)info.n_fits, (unsigned long long)options->window,
         (unsigned long long)info.n_names);
  crucible_segmenter_destroy(segmenter);
  free(labels);
}

int main(int argc, char **argv) {
  const char *path =
      argc > 1 ? argv[1] : "examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv";
  crucible_series *series;
  crucible_bars bars = {.struct_size = sizeof bars};
  must(crucible_series_read_csv(path, NULL, &series));
  must(crucible_series_view(series, &bars));
  double *sigma = take(bars.n, sizeof *sigma);
  double *columns = take(COLUMNS * bars.n, sizeof *columns);
  must(crucible_egarch_rolling_forecasts(NULL, bars.close, bars.n, sigma));
  describe(&bars, sigma, columns);

  crucible_segment_options terciles;
  crucible_segment_options_init(&terciles, sizeof terciles);
  terciles.window = bars.n > 3 * MONTH ? MONTH : bars.n / 4;
  label(&terciles, "Terciles of EGARCH's forecast", &bars, sigma);

  crucible_segment_options regimes = terciles;
  regimes.kind = CRUCIBLE_SEGMENT_REGIMES;
  regimes.n_columns = COLUMNS;
  regimes.hdbscan.min_cluster_size = regimes.window / 50;
  label(&regimes, "Regimes", &bars, columns);

  crucible_series_destroy(series);
  free(sigma);
  free(columns);
  return 0;
}
