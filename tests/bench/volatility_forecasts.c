/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One-step forecasts of 5-minute variances, out of sample, on recorded bars:
 *
 *   volatility_forecasts [--days N] FILE...
 *
 * Each file holds bars of 1 minute (realised variance from them) or of 5 (the
 * squared return stands for it). The first N days (14) are burn-in. Prints
 * Markdown tables: mean losses less those of the plain EGARCH, with Diebold and
 * Mariano's t; number of bars in the head. Every forecast of bar i is made at
 * the close of bar i - 1, with fits on what was before.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/realized.h>
#include <crucible/season.h>
#include <crucible/series.h>
#include <crucible/volatility.h>

enum { BAR = 300000, DAY = 288, MODELS = 10 };

typedef struct market {
  crucible_series *fine, *coarse;
  int has_minutes;
  crucible_bars bars;
  double *returns;   /* [n] to the close of bar i; 0 for the first */
  double *realized;  /* [n] NaN where minutes lack */
  double *factor[2]; /* [n] of bar i by either method, known before; NaN */
  double *forecast[MODELS]; /* [n] of bar i, known before; NaN */
} market;

static const char *const names[MODELS] = {"EGARCH",
                                          "EGARCH, Fourier season",
                                          "EGARCH, robust season",
                                          "EWMA 0.94",
                                          "EWMA 0.98",
                                          "EWMA 0.98, Fourier season",
                                          "EWMA 0.98, robust season",
                                          "HAR",
                                          "HAR, Fourier season",
                                          "HAR, robust season"};

static void must(crucible_status status) {
  if (status == CRUCIBLE_OK)
    return;
  fprintf(stderr, "volatility_forecasts: %s\n", crucible_last_error());
  exit(1);
}

static double *column(size_t n) {
  double *values = malloc(n * sizeof *values);
  if (values == NULL)
    abort();
  for (size_t i = 0; i < n; ++i)
    values[i] = (double)NAN;
  return values;
}

static void read_market(market *m, const char *path) {
  m->bars.struct_size = sizeof m->bars;
  must(crucible_series_read_csv(path, NULL, &m->fine));
  must(crucible_series_resample(m->fine, BAR, &m->coarse));
  must(crucible_series_view(m->coarse, &m->bars));
  crucible_bars fine = {.struct_size = sizeof fine};
  must(crucible_series_view(m->fine, &fine));
  const size_t n = m->bars.n;
  m->returns = column(n);
  m->realized = column(n);
  for (size_t i = 0; i < n; ++i)
    m->returns[i] = i == 0 ? 0 : log(m->bars.close[i] / m->bars.close[i - 1]);
  m->has_minutes = fine.timeframe_ms < BAR;
  if (m->has_minutes)
    must(crucible_realized_variance(&fine, m->bars.open_time_ms, n, BAR, 0,
                                    m->realized, NULL));
  else
    for (size_t i = 0; i < n; ++i)
      m->realized[i] = m->returns[i] * m->returns[i];
  for (int k = 0; k < 2; ++k)
    m->factor[k] = column(n);
  for (int k = 0; k < MODELS; ++k)
    m->forecast[k] = column(n);
}

static void free_market(market *m) {
  crucible_series_destroy(m->fine);
  crucible_series_destroy(m->coarse);
  free(m->returns);
  free(m->realized);
  for (int k = 0; k < 2; ++k)
    free(m->factor[k]);
  for (int k = 0; k < MODELS; ++k)
    free(m->forecast[k]);
}

/* ---- the forecasters ---- */

static void run_egarch(market *m) {
  crucible_season_egarch_options options;
  double *sigma = column(m->bars.n);
  crucible_season_egarch_options_init(&options, sizeof options);
  for (int k = 0; k < 3; ++k) {
    options.season.season.method =
        k == 2 ? CRUCIBLE_SEASON_ROBUST : CRUCIBLE_SEASON_FOURIER;
    must(k == 0 ? crucible_egarch_rolling_forecasts(
                      &options.volatility, m->bars.close, m->bars.n, sigma)
                : crucible_season_egarch_forecasts(
                      &options, m->bars.open_time_ms, m->bars.close, m->bars.n,
                      sigma));
    for (size_t i = 1; i < m->bars.n; ++i)
      m->forecast[k][i] = sigma[i - 1] * sigma[i - 1];
  }
  free(sigma);
}

static void run_seasons(market *m) {
  double *next = column(m->bars.n);
  for (int k = 0; k < 2; ++k) {
    crucible_season_rolling_options options;
    crucible_season_rolling_options_init(&options, sizeof options);
    options.season.method =
        k == 1 ? CRUCIBLE_SEASON_ROBUST : CRUCIBLE_SEASON_FOURIER;
    must(crucible_season_rolling_factors(&options, m->bars.open_time_ms,
                                         m->returns, m->bars.n, next));
    for (size_t i = 1; i < m->bars.n; ++i)
      m->factor[k][i] = next[i - 1];
  }
  free(next);
}

/* Of bars without their season where there is a factor. */
static void run_ewma(market *m, double lambda, const double *factor,
                     double *forecast) {
  crucible_ewma ewma;
  double variance = (double)NAN;
  must(crucible_ewma_init(&ewma, lambda));
  for (size_t i = 1; i < m->bars.n; ++i) {
    const double f = factor == NULL ? 1 : factor[i];
    if (variance > 0)
      forecast[i] = variance * f * f;
    must(crucible_ewma_push(&ewma, m->returns[i] / (isnan(f) ? 1 : f),
                            &variance));
  }
}

/* A bar with minutes lacking is left out. */
static void run_har(market *m, const double *factor, double *forecast) {
  crucible_har_options options;
  crucible_har *har;
  double variance = (double)NAN;
  crucible_har_options_init(&options, sizeof options);
  options.first = 4 * DAY; /* the burn-in has two weeks, one is the last mean */
  must(crucible_har_create(&options, &har));
  for (size_t i = 0; i < m->bars.n; ++i) {
    const double f = factor == NULL ? 1 : factor[i];
    forecast[i] = variance * f * f;
    if (!isnan(m->realized[i]))
      must(crucible_har_push(har, m->realized[i] / (isnan(f) ? 1 : f * f),
                             &variance));
  }
  crucible_har_destroy(har);
}

static void run_all(market *m) {
  run_egarch(m);
  run_seasons(m);
  run_ewma(m, 0.94, NULL, m->forecast[3]);
  run_ewma(m, 0.98, NULL, m->forecast[4]);
  run_ewma(m, 0.98, m->factor[0], m->forecast[5]);
  run_ewma(m, 0.98, m->factor[1], m->forecast[6]);
  run_har(m, NULL, m->forecast[7]);
  run_har(m, m->factor[0], m->forecast[8]);
  run_har(m, m->factor[1], m->forecast[9]);
}

/* ---- the tables ---- */

enum { KINDS = 3, FILES = 16 };

static const char *const kinds[KINDS] = {
    "QLIKE", "MSE, in parts of the plain EGARCH's",
    "QLIKE by squared returns of 5 minutes"};

typedef struct figures {
  char name[64];
  size_t n;
  int has_minutes;
  double difference[MODELS][KINDS], t[MODELS][KINDS];
} figures;

/* Bars that are judged: after the burn-in, with all forecasts and minutes. */
static size_t gather(const market *m, size_t burn_in, const double *values,
                     double *out) {
  size_t n = 0;
  for (size_t i = burn_in; i < m->bars.n; ++i) {
    int known = !isnan(m->realized[i]);
    for (int k = 0; k < MODELS; ++k)
      known = known && m->forecast[k][i] > 0;
    if (known)
      out[n++] = values[i];
  }
  return n;
}

static void judge(const market *m, size_t burn_in, figures *out) {
  const size_t most = m->bars.n;
  double *proxy[KINDS], *h = column(most), *loss = column(most);
  double *plain = column(most), base = 0;
  for (int j = 0; j < KINDS; ++j) {
    proxy[j] = column(most);
    for (size_t i = 0; i < most; ++i)
      h[i] = j == 2 ? m->returns[i] * m->returns[i] : m->realized[i];
    out->n = gather(m, burn_in, h, proxy[j]);
  }
  for (int j = 0; j < KINDS && out->n >= 100; ++j)
    for (int k = 0; k < MODELS; ++k) {
      crucible_loss_comparison result = {.struct_size = sizeof result};
      (void)gather(m, burn_in, m->forecast[k], h);
      must(crucible_forecast_losses(
          j == 1 ? CRUCIBLE_LOSS_MSE : CRUCIBLE_LOSS_QLIKE, h, proxy[j], out->n,
          k == 0 ? plain : loss, k == 0 ? &base : NULL));
      if (k == 0)
        continue;
      must(crucible_loss_compare(loss, plain, out->n, -1, &result));
      out->difference[k][j] = result.mean_difference / (j == 1 ? base : 1);
      out->t[k][j] = result.statistic;
    }
  for (int j = 0; j < KINDS; ++j)
    free(proxy[j]);
  free(h);
  free(loss);
  free(plain);
}

static void print_table(const figures *all, size_t n, int kind) {
  printf("\n| %s |", kinds[kind]);
  for (size_t i = 0; i < n; ++i)
    printf(" %s, %zu |", all[i].name, all[i].n);
  printf("\n|---|");
  for (size_t i = 0; i < n; ++i)
    printf("---|");
  for (int k = 0; k < MODELS; ++k) {
    printf("\n| %s |", names[k]);
    for (size_t i = 0; i < n; ++i)
      if (k == 0)
        printf(" 0 |");
      else
        printf(" %+.4f (%+.1f) |", all[i].difference[k][kind],
               all[i].t[k][kind]);
  }
  printf("\n");
}

static void name_of(const char *path, char name[64]) {
  const char *slash = strrchr(path, '/');
  snprintf(name, 64, "%s", slash == NULL ? path : slash + 1);
  char *end = strstr(name, ".csv");
  if (end != NULL)
    *end = 0;
}

int main(int argc, char **argv) {
  static figures all[FILES];
  int first = 1;
  size_t days = 14, n = 0;
  if (argc > 2 && strcmp(argv[1], "--days") == 0) {
    days = (size_t)strtoul(argv[2], NULL, 10);
    first = 3;
  }
  if (first >= argc || argc - first > FILES) {
    fprintf(stderr, "usage: volatility_forecasts [--days N] FILE...\n");
    return 2;
  }
  for (int i = first; i < argc; ++i, ++n) {
    market m = {.fine = NULL};
    read_market(&m, argv[i]);
    run_all(&m);
    judge(&m, days * DAY, &all[n]);
    name_of(argv[i], all[n].name);
    all[n].has_minutes = m.has_minutes;
    free_market(&m);
    if (all[n].n < 100) {
      fprintf(stderr, "%s: %zu bars to judge: at least 100 are needed\n",
              argv[i], all[n].n);
      return 1;
    }
  }
  for (int kind = 0; kind < (all[0].has_minutes ? KINDS : KINDS - 1); ++kind)
    print_table(all, n, kind);
  return 0;
}
