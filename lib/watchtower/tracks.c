/* SPDX-License-Identifier: Apache-2.0 */
#include "watchtower/tracks.h"

#include <math.h>

#include "base/normal.h"
#include "stats/moments.h"

/* A return needs a capital to be taken from: the record's returns end with the
   bar that takes the equity to zero or below. Pushing cannot fail: the value
   was found to be finite. */
static void observe_return(crucible__record *record, double equity) {
  if (record->is_ruined)
    return;
  const double value = equity / record->equity - 1;
  (void)!crucible_running_moments_push(&record->returns, value);
  (void)!crucible_rolling_moments_push(record->window, value);
  record->recent = crucible__rolling_moments_sums(record->window);
  record->is_ruined = !(equity > 0);
}

void crucible__record_observe(crucible__record *record,
                              const crucible_observation *observation) {
  observe_return(record, observation->equity);
  ++record->n_bars;
  record->equity = observation->equity;
  record->peak = fmax(record->peak, observation->equity);
  record->n_trades += observation->n_trades;
  if (observation->n_trades > 0) {
    /* Several in one bar count with their mean: their sum is what is known. */
    const double each =
        observation->trade_result / (double)observation->n_trades;
    for (uint32_t i = 0; i < observation->n_trades; ++i)
      (void)!crucible_running_moments_push(&record->results, each);
  }
  if (observation->n_trades > 0 || observation->n_fills > 0)
    record->bars_since_trade = 0;
  else
    ++record->bars_since_trade;
  crucible__record_refresh(record);
}

void crucible__record_refresh(crucible__record *record) {
  const crucible__moment_sums sums =
      crucible__running_moments_sums(&record->returns);
  record->whole = crucible__sharpe_law_of(&sums);
  record->rolling = crucible__sharpe_law_of(&record->recent);
}

double crucible__record_ratio(const crucible__record *record,
                              uint32_t min_bars) {
  return record->returns.n >= min_bars ? record->whole.sharpe : (double)NAN;
}

void crucible__tower_variance(crucible_watchtower *tower) {
  uint64_t n = 0;
  double sum = 0, squares = 0;
  for (size_t i = 0; i < tower->n; ++i) {
    if (isnan(tower->ratios[i]))
      continue;
    sum += tower->ratios[i];
    ++n;
  }
  tower->variance_agents = 0;
  tower->variance = 0;
  if (n < 2)
    return;
  const double mean = sum / (double)n;
  for (size_t i = 0; i < tower->n; ++i) {
    const double d = tower->ratios[i] - mean;
    if (!isnan(d))
      squares += d * d;
  }
  tower->variance_agents = n;
  tower->variance = squares / (double)(n - 1);
}

void crucible__tower_best_of_n(crucible_watchtower *tower) {
  tower->best_of_n = 0;
  if (tower->n > 0)
    (void)!crucible_expected_max_sharpe(tower->n, 1, &tower->best_of_n);
}

/* V for a record of n returns. */
static double variance_for(const crucible_watchtower *tower, double n) {
  return tower->variance_agents > 0 ? tower->variance : 1 / n;
}

/* The Sharpe ratio that a record of n returns has to beat: that of
   crucible_expected_max_sharpe() to the bit. */
static double luck_for(const crucible_watchtower *tower, double n) {
  return sqrt(variance_for(tower, n)) * tower->best_of_n;
}

static double probability(const crucible__sharpe_law *law, double benchmark) {
  return crucible__normal_cdf(crucible__sharpe_z(law, benchmark));
}

crucible__standing crucible__tower_standing(const crucible_watchtower *tower,
                                            const crucible__record *record) {
  crucible__standing standing = {
      .has_minimum = record->returns.n >= tower->options.min_bars &&
                     record->n_trades >= tower->options.min_trades,
      .dsr = (double)NAN,
      .rolling_psr = (double)NAN,
      .rolling_dsr = (double)NAN};
  if (!standing.has_minimum)
    return standing;
  standing.dsr =
      probability(&record->whole, luck_for(tower, (double)record->returns.n));
  standing.rolling_psr = probability(&record->rolling, 0);
  standing.rolling_dsr =
      probability(&record->rolling, luck_for(tower, record->recent.n));
  return standing;
}

static void fill_trades(const crucible__record *record, crucible_track *track) {
  const crucible__moment_sums sums =
      crucible__running_moments_sums(&record->results);
  const crucible__sharpe_law law = crucible__sharpe_law_of(&sums);
  track->mean_trade = sums.n > 0 ? sums.mean : (double)NAN;
  track->trade_sharpe = law.sharpe;
  track->trade_psr = probability(&law, 0);
}

static void fill_whole(const crucible_watchtower *tower,
                       const crucible__record *record, crucible_track *track) {
  const crucible__sharpe_law *law = &record->whole;
  const double n = (double)record->returns.n;
  track->n_agents = tower->n;
  track->variance_agents = tower->variance_agents;
  track->sharpe_variance = track->expected_max_sharpe = (double)NAN;
  if (tower->variance_agents > 0 || n > 0) {
    track->sharpe_variance = variance_for(tower, n);
    track->expected_max_sharpe = luck_for(tower, n);
  }
  track->sharpe = law->sharpe;
  track->skewness = law->skewness;
  track->kurtosis = law->kurtosis;
  track->psr = probability(law, 0);
  track->z = crucible__sharpe_z(law, track->expected_max_sharpe);
  track->dsr_live = crucible__normal_cdf(track->z);
  track->min_track_bars = (double)NAN;
  if (isnan(law->sharpe))
    return;
  track->min_track_bars = (double)INFINITY;
  if (law->sharpe > track->expected_max_sharpe)
    (void)!crucible_min_trl(law->sharpe, track->expected_max_sharpe,
                            tower->options.promote_dsr, law->skewness,
                            law->kurtosis, &track->min_track_bars);
}

void crucible__tower_track(const crucible_watchtower *tower,
                           const crucible__record *record,
                           crucible_track *track) {
  *track = (crucible_track){.struct_size = sizeof *track,
                            .agent = record->agent,
                            .is_champion = record->is_champion,
                            .is_sentenced = record->is_sentenced,
                            .is_closed = record->is_closed,
                            .n_bars = record->n_bars,
                            .n_returns = record->returns.n,
                            .n_trades = record->n_trades,
                            .bars_since_trade = record->bars_since_trade,
                            .initial = record->initial,
                            .equity = record->equity,
                            .peak = record->peak,
                            .drawdown = 1 - record->equity / record->peak,
                            .rolling_sharpe = record->rolling.sharpe,
                            .rolling_psr = probability(&record->rolling, 0),
                            .rolling_dsr = (double)NAN,
                            .rolling_n = (uint64_t)record->recent.n,
                            .psr_armed = record->psr_armed,
                            .dsr_armed = record->dsr_armed};
  if (record->recent.n > 0)
    track->rolling_dsr =
        probability(&record->rolling, luck_for(tower, record->recent.n));
  fill_whole(tower, record, track);
  fill_trades(record, track);
}
