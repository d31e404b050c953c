/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often the rules of crucible/sequential.h are wrong, and how fast they are
 * right: the tables of docs/modules/sequential.md.
 *
 *   crucible_sequential_table null [TRACKS]    share of tracks without skill that
 *                                              are ever promoted
 *   crucible_sequential_table skill [TRACKS]   the same with a ratio of 0.05
 *   crucible_sequential_table runs [TRACKS]    observations to a false alarm
 *   crucible_sequential_table delays [TRACKS]  and to a right one
 *   crucible_sequential_table discoveries [ROUNDS]  share of false ones among
 *                                              agents of one market
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/sequential.h>

#include "base/rng.h"
#include "support/null_tracks.h"

enum {
  BARS = 8640,
  DAY = 288,
  WEEK = 2016,
  LONG = 40000,
  CHANGE = 4320,
  CROWD = 50
};

static void *need(void *p) {
  if (p == NULL)
    abort();
  return p;
}

static void must(crucible_status status) {
  if (status == CRUCIBLE_OK)
    return;
  (void)fprintf(stderr, "%s\n", crucible_last_error());
  exit(1);
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void promotions(int kind, double sharpe,
                       const crucible_sharpe_sequence_options *options,
                       size_t tracks, const track_market *market) {
  static double x[BARS], psr[BARS];
  double *bars = need(malloc(tracks * sizeof *bars)), low, high;
  size_t week = 0, month = 0;
  for (size_t track = 0; track < tracks; ++track) {
    crucible_sharpe_sequence *sequence;
    track_make(kind, sharpe, track, market, x, BARS);
    must(crucible_sharpe_sequence_create(options, &sequence));
    must(crucible_sharpe_sequence_run(sequence, x, BARS, NULL, NULL, psr));
    crucible_sharpe_sequence_destroy(sequence);
    size_t at = 0;
    while (at < BARS && !(psr[at] >= 1 - options->alpha))
      ++at;
    week += at < WEEK;
    month += at < BARS;
    bars[track] = (double)(at + 1);
  }
  qsort(bars, tracks, sizeof *bars, compare);
  track_interval(month, tracks, &low, &high);
  printf("| %s | %g | %u | %u | %.1f | %.1f | %.1f-%.1f |", track_names[kind],
         options->caution, options->burn_in, options->lags,
         100 * (double)week / (double)tracks,
         100 * (double)month / (double)tracks, 100 * low, 100 * high);
  if (month * 2 > tracks)
    printf(" %.0f |\n", bars[tracks / 2]);
  else
    printf(" |\n");
  (void)fflush(stdout);
  free(bars);
}

static void promotion_table(double sharpe, size_t tracks,
                            const track_market *market) {
  static const struct {
    double caution;
    uint32_t burn_in, lags;
  } rules[] = {
      {0, 100, 0}, {0, 500, 0}, {1.5, 100, 0}, {1.5, 500, 0}, {1.5, 500, 12}};
  printf(
      "| track | caution | burn-in | lags | 2,016 bars, %% | 8,640 bars, %% "
      "| 95 %% interval | median bar |\n|---|---|---|---|---|---|---|---|\n");
  for (int kind = 0; kind < TRACK_KINDS; ++kind)
    for (size_t r = 0; r < sizeof rules / sizeof rules[0]; ++r) {
      crucible_sharpe_sequence_options options;
      if (track_needs_market(kind) && market->returns == NULL)
        continue;
      crucible_sharpe_sequence_options_init(&options, sizeof options);
      options.caution = rules[r].caution;
      options.burn_in = rules[r].burn_in;
      options.lags = rules[r].lags;
      promotions(kind, sharpe, &options, tracks, market);
    }
}

/* The first alarm; n + 1 if there is none. */
static double alarm_of(const crucible_edge_detector_options *options,
                       const double *x, size_t n) {
  crucible_edge_detector *detector;
  crucible_edge_detector_state state = {.struct_size = sizeof state};
  must(crucible_edge_detector_create(options, &detector));
  must(crucible_edge_detector_run(detector, x, n, NULL, NULL));
  must(crucible_edge_detector_get(detector, &state));
  crucible_edge_detector_destroy(detector);
  return state.is_alarm ? (double)state.alarm_at : (double)n + 1;
}

static void run_table(size_t tracks, const track_market *market) {
  static double x[LONG];
  printf("| track | edge kept | goal | mean run | standard error | alarms in a "
         "tenth of the goal, %% |\n|---|---|---|---|---|---|\n");
  for (int kind = 0; kind < TRACK_KINDS; ++kind)
    for (int k = 0; k < 2; ++k) {
      crucible_edge_detector_options options;
      double sum = 0, squares = 0, early = 0;
      const double n = (double)tracks;
      if (track_needs_market(kind) && market->returns == NULL)
        continue;
      crucible_edge_detector_options_init(&options, sizeof options);
      options.edge_per_observation = k == 0 ? 0 : 0.05;
      options.run_length = 4000;
      for (size_t track = 0; track < tracks; ++track) {
        track_make(kind, options.edge_per_observation, track, market, x, LONG);
        const double run = alarm_of(&options, x, LONG) - options.burn_in;
        sum += run;
        squares += run * run;
        early += run <= 0.1 * options.run_length;
      }
      const double mean = sum / n;
      printf("| %s | %g | %.0f | %.0f | %.0f | %.1f |\n", track_names[kind],
             options.edge_per_observation, options.run_length, mean,
             sqrt((squares / n - mean * mean) / n), 100 * early / n);
      (void)fflush(stdout);
    }
}

static void delay_table(size_t tracks, const track_market *market) {
  static const double cases[][2] = {
      {0.05, 0.05}, {0.05, 0.025}, {0.1, 0.1}, {0.1, 0.05}};
  static double x[LONG], after[LONG];
  double *delay = need(malloc(tracks * sizeof *delay));
  printf("| track | ratio before | edge kept | median delay | nine of ten | "
         "alarms before, %% |\n|---|---|---|---|---|---|\n");
  for (int kind = 0; kind < TRACK_KINDS; ++kind)
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
      crucible_edge_detector_options options;
      size_t n = 0;
      if (track_needs_market(kind) && market->returns == NULL)
        continue;
      crucible_edge_detector_options_init(&options, sizeof options);
      options.edge_per_observation = cases[k][1];
      for (size_t track = 0; track < tracks; ++track) {
        track_make(kind, 0, track, market, after, LONG);
        track_make(kind, cases[k][0], track, market, x, LONG);
        memcpy(x + CHANGE, after + CHANGE, sizeof x - CHANGE * sizeof x[0]);
        const double alarm = alarm_of(&options, x, LONG);
        if (alarm > CHANGE)
          delay[n++] = alarm - CHANGE;
      }
      qsort(delay, n, sizeof *delay, compare);
      printf("| %s | %g | %g | %.0f | %.0f | %.1f |\n", track_names[kind],
             cases[k][0], cases[k][1], delay[n / 2], delay[n * 9 / 10],
             100 * (double)(tracks - n) / (double)tracks);
      (void)fflush(stdout);
    }
  free(delay);
}

/* One market for a crowd: recorded returns, each day upside down or not. */
static void make_day_signs(crucible__rng *rng, const track_market *market,
                           double *x) {
  const size_t from = (size_t)crucible__rng_below(rng, market->n - BARS);
  double side = 1;
  for (size_t i = 0; i < BARS; ++i) {
    if (i % DAY == 0)
      side = crucible__rng_u32(rng) & 1 ? 1 : -1;
    x[i] = side * market->returns[from + i];
  }
}

/* An agent's log e after each bar: long for an hour or so, out for two, at times
   of its own; a Sharpe ratio of 0.05 per bar if it has skill, else 0. */
static void trade_crowd(crucible__rng *rng, const double *market, int has_skill,
                        double *log_e) {
  static double x[BARS];
  double squares = 0;
  int is_in = 0;
  for (size_t i = 0; i < BARS; ++i) {
    if (crucible__rng_below(rng, is_in ? 12 : 24) == 0)
      is_in = !is_in;
    x[i] = is_in ? market[i] : 0;
    squares += x[i] * x[i];
  }
  for (size_t i = 0; i < BARS && has_skill; ++i)
    x[i] += 0.05 * sqrt(squares / BARS);
  crucible_sharpe_sequence *sequence;
  must(crucible_sharpe_sequence_create(NULL, &sequence));
  for (size_t i = 0; i < BARS; ++i) {
    crucible_sharpe_sequence_state at = {.struct_size = sizeof at};
    must(crucible_sharpe_sequence_push(sequence, x[i]));
    if (i % DAY == DAY - 1) {
      must(crucible_sharpe_sequence_get(sequence, &at));
      log_e[i / DAY] = isnan(at.log_e) ? 0 : at.log_e; /* burn-in */
    }
  }
  crucible_sharpe_sequence_destroy(sequence);
}

typedef struct rates {
  double false_share, squares, found;
} rates;

static void note(rates *r, size_t n_wrong, size_t n_found) {
  const double share = n_found > 0 ? (double)n_wrong / (double)n_found : 0;
  r->false_share += share;
  r->squares += share * share;
  r->found += (double)(n_found - n_wrong);
}

static void print_rates(const char *rule, size_t n_skilled, const rates *r,
                        size_t rounds) {
  const double n = (double)rounds, mean = r->false_share / n;
  printf("| %s | %zu | %.1f | %.1f |", rule, n_skilled, 100 * mean,
         100 * sqrt((r->squares / n - mean * mean) / n));
  if (n_skilled > 0)
    printf(" %.0f |\n", 100 * r->found / n / (double)n_skilled);
  else
    printf(" |\n");
}

/* e-BH over the crowd at the end; e-LOND with every day looked at. */
static void discovery_table(size_t rounds, const track_market *market) {
  static double x[BARS], log_e[CROWD][BARS / DAY];
  const double alpha = 0.1;
  printf(
      "| rule | with skill, of %d | false share, %% | standard error | skill "
      "found, %% |\n|---|---|---|---|---|\n",
      CROWD);
  for (size_t n_skilled = 0; n_skilled <= 10 && market->returns != NULL;
       n_skilled += 10) {
    rates all_at_once = {0}, online = {0};
    for (size_t round = 0; round < rounds; ++round) {
      double last[CROWD];
      int32_t is_found[CROWD];
      size_t n_found, n_wrong = 0;
      crucible_online_fdr *levels;
      crucible__rng rng;
      crucible__rng_init(&rng, 20240602 + n_skilled, CRUCIBLE__RNG_TEST, round);
      make_day_signs(&rng, market, x);
      must(crucible_online_fdr_create(alpha, &levels));
      for (size_t i = 0; i < CROWD; ++i) {
        trade_crowd(&rng, x, i < n_skilled, log_e[i]);
        last[i] = log_e[i][BARS / DAY - 1];
        must(crucible_online_fdr_birth(levels, NULL, NULL));
      }
      must(crucible_ebh(last, CROWD, alpha, is_found, &n_found));
      for (size_t i = n_skilled; i < CROWD; ++i)
        n_wrong += is_found[i] != 0;
      note(&all_at_once, n_wrong, n_found);
      for (size_t day = 0; day < BARS / DAY; ++day)
        for (size_t i = 0; i < CROWD; ++i)
          must(
              crucible_online_fdr_push(levels, i, log_e[i][day], &is_found[i]));
      n_found = n_wrong = 0;
      for (size_t i = 0; i < CROWD; ++i) {
        n_found += is_found[i] != 0;
        n_wrong += is_found[i] != 0 && i >= n_skilled;
      }
      note(&online, n_wrong, n_found);
      crucible_online_fdr_destroy(levels);
    }
    print_rates("e-BH", n_skilled, &all_at_once, rounds);
    print_rates("e-LOND", n_skilled, &online, rounds);
  }
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  const size_t tracks = argc > 2 ? (size_t)strtoull(argv[2], NULL, 10) : 1000;
  track_market market = track_market_read(CRUCIBLE_SHARED_DIR);
  if (tracks > 0 && strcmp(what, "null") == 0)
    promotion_table(0, tracks, &market);
  else if (tracks > 0 && strcmp(what, "skill") == 0)
    promotion_table(0.05, tracks, &market);
  else if (tracks > 0 && strcmp(what, "runs") == 0)
    run_table(tracks, &market);
  else if (tracks > 0 && strcmp(what, "delays") == 0)
    delay_table(tracks, &market);
  else if (tracks > 0 && strcmp(what, "discoveries") == 0)
    discovery_table(tracks, &market);
  else
    (void)fprintf(stderr,
                  "usage: %s null|skill|runs|delays|discoveries [TRACKS]\n",
                  argv[0]);
  track_market_free(&market);
  return 0;
}
