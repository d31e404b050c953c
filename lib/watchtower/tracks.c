/* SPDX-License-Identifier: Apache-2.0 */
#include "watchtower/tracks.h"

#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/normal.h"
#include "stats/moments.h"

crucible_status crucible__record_make_room(const crucible_watchtower *tower,
                                           crucible__record *record) {
  const uint32_t lags = tower->options.lags;
  if (lags > 0) {
    record->ring = crucible__alloc_zero(lags, sizeof *record->ring);
    if (record->ring == NULL)
      return CRUCIBLE_E_NOMEM;
  }
  const crucible_status status =
      crucible_rolling_moments_create(tower->options.window, &record->window);
  if (status != CRUCIBLE_OK)
    crucible__record_clear(record);
  return status;
}

void crucible__record_clear(crucible__record *record) {
  crucible_rolling_moments_destroy(record->window);
  crucible__free(record->ring);
  record->window = NULL;
  record->ring = NULL;
}

/* A return needs a capital to be taken from: the record's returns end with the
   bar that takes the equity to zero or below. Pushing cannot fail: the value
   was found to be finite. */
static void observe_return(const crucible_watchtower *tower,
                           crucible__record *record, double equity) {
  if (record->is_ruined)
    return;
  const double value = equity / record->equity - 1;
  const double before = record->returns.mean;
  crucible__running_moments_take(&record->returns, value);
  (void)!crucible_rolling_moments_push(record->window, value);
  record->recent = crucible__rolling_moments_sums(record->window);
  record->is_ruined = !(equity > 0);
  if (record->ring != NULL)
    crucible__lag_sums_push(&tower->bounds, &record->lags, record->ring, before,
                            record->returns.mean, value);
  crucible__edge_push(&tower->edge, &record->edge, value);
}

void crucible__record_observe(const crucible_watchtower *tower,
                              crucible__record *record,
                              const crucible_observation *observation) {
  const uint64_t n = record->returns.n;
  observe_return(tower, record, observation->equity);
  ++record->n_bars;
  record->equity = observation->equity;
  record->peak = fmax(record->peak, observation->equity);
  record->n_trades += observation->n_trades;
  if (observation->n_trades > 0) {
    /* Several in one bar count with their mean: their sum is what is known. */
    const double each =
        observation->trade_result / (double)observation->n_trades;
    for (uint32_t i = 0; i < observation->n_trades; ++i)
      crucible__running_moments_take(&record->results, each);
  }
  if (observation->n_trades > 0 || observation->n_fills > 0)
    record->bars_since_trade = 0;
  else
    ++record->bars_since_trade;
  crucible__record_refresh(tower, record);
  if (record->returns.n > n) {
    crucible__evidence_push(&tower->bounds, (double)record->returns.n,
                            record->whole.sharpe, record->variance,
                            &record->evidence);
    record->is_discovery |= record->evidence.log_max >= record->discovery_log;
  }
}

void crucible__record_refresh(const crucible_watchtower *tower,
                              crucible__record *record) {
  const crucible__moment_sums sums =
      crucible__running_moments_sums(&record->returns);
  record->whole = crucible__sharpe_law_of(&sums);
  record->rolling = crucible__sharpe_law_of(&record->recent);
  if (!record->is_closed) /* the lags are given back */
    record->variance = crucible__sequence_variance(
        &tower->bounds, &sums, &record->whole,
        record->ring == NULL ? NULL : &record->lags);
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

/* ---- thresholds ---- */

crucible__threshold crucible__threshold_of(double probability) {
  const double z = crucible__normal_quantile(probability);
  const double density = 0.3989422804014327 * exp(-0.5 * z * z);
  const double near = 1e-9 * (1 + fabs(z)) + 1e-14 / density;
  return (crucible__threshold){probability, z - near, z + near};
}

int crucible__is_above(const crucible__threshold *threshold, double z) {
  return z > threshold->above ||
         (!(z < threshold->below) &&
          crucible__normal_cdf(z) > threshold->probability);
}

int crucible__is_below(const crucible__threshold *threshold, double z) {
  return z < threshold->below ||
         (!(z > threshold->above) &&
          crucible__normal_cdf(z) < threshold->probability);
}

/* ---- bounds ---- */

enum { LENGTHS = 32 /* that share a least half width */ };

crucible_status crucible__tower_margins(crucible_watchtower *tower) {
  enum { STEP = 64, MOST = 1 << 20 };
  const size_t wanted = (size_t)(tower->longest + 1) / LENGTHS + STEP;
  if (wanted < tower->n_margins + STEP || wanted > MOST)
    return CRUCIBLE_OK;
  void *grown = tower->margins;
  CRUCIBLE__TRY(crucible__grow(&grown, &tower->margins_room, wanted,
                               sizeof *tower->margins));
  tower->margins = grown;
  for (; tower->n_margins < wanted; ++tower->n_margins) {
    const double n = (double)(LENGTHS * (tower->n_margins + 1));
    tower->margins[tower->n_margins] =
        crucible__sequence_margin_1(n, tower->bounds.rho2, tower->bounds.alpha);
  }
  return CRUCIBLE_OK;
}

void crucible__tower_bounds(const crucible_watchtower *tower,
                            const crucible__record *record, double *lower,
                            double *upper) {
  const double n = (double)record->returns.n;
  *lower = *upper = (double)NAN;
  if (!(n >= tower->bounds.burn_in))
    return;
  const double margin =
      sqrt(record->variance) *
      crucible__sequence_margin_1(n, tower->bounds.rho2, tower->bounds.alpha);
  *lower = record->whole.sharpe - margin;
  *upper = record->whole.sharpe + margin;
}

/* What the bounds say. Their half width falls with the length of the record:
   those of shorter and of longer ones mostly tell without a logarithm. */
static void ask_bounds(const crucible_watchtower *tower,
                       const crucible__record *record,
                       crucible__standing *standing) {
  const double near = 1e-12;
  const double sharpe = record->whole.sharpe, scale = sqrt(record->variance);
  const double good = sharpe - tower->options.promote_sharpe;
  const double bad = tower->options.bad_sharpe - sharpe;
  const size_t at = record->returns.n / LENGTHS;
  const int is_known = at > 0 && at < tower->n_margins &&
                       (double)(LENGTHS * at) >= tower->bounds.burn_in;
  if (is_known) {
    const double least = scale * tower->margins[at] * (1 - near);
    const double most = scale * tower->margins[at - 1] * (1 + near);
    standing->is_good = good > most;
    standing->is_bad = bad > most;
    if (fmax(good, bad) < least || fmax(good, bad) > most)
      return;
  }
  double lower, upper;
  crucible__tower_bounds(tower, record, &lower, &upper);
  standing->is_good = lower > tower->options.promote_sharpe;
  standing->is_bad = upper < tower->options.bad_sharpe;
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
  ask_bounds(tower, record, &standing);
  standing.dsr = crucible__sharpe_z(&record->whole,
                                    luck_for(tower, (double)record->returns.n));
  standing.rolling_psr = crucible__sharpe_z(&record->rolling, 0);
  standing.rolling_dsr =
      crucible__sharpe_z(&record->rolling, luck_for(tower, record->recent.n));
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
  const double bars = crucible__sharpe_min_trl(law, track->expected_max_sharpe,
                                               tower->options.promote_dsr);
  if (!isnan(bars))
    track->min_track_bars = bars;
}

/* Observations until the lower bound exceeds promote_sharpe, if ratio and
   variance stay as they are: by halving, since the margin falls. */
static double bars_to_bound(const crucible_watchtower *tower,
                            const crucible__record *record) {
  const double excess = record->whole.sharpe - tower->options.promote_sharpe;
  if (!(excess > 0) || !(record->variance > 0))
    return isnan(excess) ? (double)NAN : (double)INFINITY;
  const double wanted = excess / sqrt(record->variance);
  double low = tower->bounds.burn_in - 1, high = low + 1;
  while (crucible__sequence_margin_1(high, tower->bounds.rho2,
                                     tower->bounds.alpha) >= wanted) {
    low = high;
    high *= 2;
    if (!(high < 1e15))
      return (double)INFINITY;
  }
  while (high - low > 1) {
    const double middle = floor(low + (high - low) / 2);
    if (crucible__sequence_margin_1(middle, tower->bounds.rho2,
                                    tower->bounds.alpha) >= wanted)
      low = middle;
    else
      high = middle;
  }
  return high;
}

/* The evidence that the ratio exceeds promote_sharpe, as it is now. */
static double evidence_of(const crucible_watchtower *tower,
                          const crucible__record *record) {
  const double n = (double)record->returns.n;
  const double r = n * tower->bounds.rho2 + 1;
  if (!(n >= tower->bounds.burn_in) || !(record->variance > 0))
    return (double)NAN;
  return crucible__sequence_log_e(
      r, (record->whole.sharpe - tower->bounds.benchmark) *
             sqrt(crucible__sequence_square(n, r, tower->bounds.rho2,
                                            record->variance)));
}

static void fill_anytime(const crucible_watchtower *tower,
                         const crucible__record *record,
                         crucible_track *track) {
  crucible__tower_bounds(tower, record, &track->lower, &track->upper);
  track->log_e = evidence_of(tower, record);
  track->log_e_max = record->evidence.log_max;
  track->anytime_psr = crucible__anytime(record->evidence.log_max);
  track->edge_evidence = crucible__edge_evidence(&tower->edge, &record->edge);
  track->discovery_log = record->discovery_log;
  track->is_discovery = record->is_discovery;
  track->blueprint_rule = record->blueprint.rule;
  track->blueprint_promoted = record->blueprint.promoted;
  track->blueprint_ended = record->blueprint.ended;
  track->anytime_rule = record->anytime.rule;
  track->anytime_promoted = record->anytime.promoted;
  track->anytime_ended = record->anytime.ended;
  track->bound_bars = bars_to_bound(tower, record);
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
  fill_anytime(tower, record, track);
}
