/* SPDX-License-Identifier: Apache-2.0 */
/* What the rooms below take from a configuration. */
#include "tournament/config.h"

#include <string.h>

#include "base/base_status.h"

void crucible__config_backtest(const crucible__config *config,
                               crucible_backtest_options *options) {
  crucible_backtest_options_init(options, sizeof *options);
  options->initial_cash = config->account.cash;
  options->leverage = config->account.leverage;
  options->path = (int32_t)config->account.path + CRUCIBLE_PATH_PESSIMISTIC;
  options->funding = (int32_t)config->account.funding;
  options->borrow_rate = config->account.borrow_rate;
  options->costs.spread_bps = config->costs.spread_bps;
  options->costs.impact_y = config->costs.impact_y;
  options->costs.impact_exponent = config->costs.impact_exponent;
  options->costs.impact_law = (int32_t)config->costs.impact_law;
  options->costs.fixed_slippage = config->costs.fixed_slippage;
  options->costs.almgren_gamma = config->costs.almgren_gamma;
  options->costs.almgren_eta = config->costs.almgren_eta;
  options->costs.bars_per_day = config->costs.bars_per_day;
}

/* So many that one who trades at that rate neither ends as inactive nor expires
   before a statistical rule may speak of it. */
static uint32_t fewest_trades(const crucible__config *config) {
  if (config->forge.min_trades > 0)
    return (uint32_t)config->forge.min_trades;
  double tested =
      (double)(crucible__config_window(config) - config->forge.holdout) *
      config->forge.test_share;
  double rate = (double)config->watchtower.min_trades /
                (double)config->watchtower.expired;
  if (rate < 1.0 / (double)config->watchtower.inactive)
    rate = 1.0 / (double)config->watchtower.inactive;
  double possible = 0.25 / (double)config->genome.min_horizon_bars;
  if (rate > possible) /* no genome could trade so often */
    rate = possible;
  return tested * rate > 1 ? (uint32_t)(tested * rate) : 1;
}

int64_t crucible__config_window(const crucible__config *config) {
  return config->forge.window > 0 ? config->forge.window
                                  : config->tournament.train_bars;
}

void crucible__config_forge(const crucible__config *config,
                            crucible_forge_options *options) {
  crucible_forge_options_init(options, sizeof *options);
  options->n_folds = (uint32_t)config->forge.folds;
  options->max_rounds = (uint32_t)config->forge.max_rounds;
  options->patience = (uint32_t)config->forge.patience;
  options->min_trades = fewest_trades(config);
  options->test_share = config->forge.test_share;
  options->inner_tail = config->forge.inner_tail;
}

void crucible__config_elites(const crucible__config *config,
                             crucible_elite_options *options) {
  crucible_elite_options_init(options, sizeof *options);
  options->capacity = (uint32_t)config->elites.capacity;
  options->max_terminated = (uint32_t)config->elites.terminated;
  options->max_provisional = (uint32_t)config->elites.provisional;
  options->recent_bars = (uint64_t)config->elites.recent;
  options->half_life_bars = config->elites.half_life;
  options->shrink_bars = config->elites.shrink;
  options->min_distance = config->elites.min_distance;
}

void crucible__config_study(const crucible__config *config,
                            crucible_genetic_options *genetic,
                            crucible_percentile_options *median) {
  crucible_genetic_options_init(genetic, sizeof *genetic);
  genetic->population = (uint32_t)config->study.population;
  genetic->fresh = config->study.fresh;
  genetic->crossover = config->study.crossover;
  crucible_percentile_options_init(median, sizeof *median);
  median->n_startup_trials = (uint32_t)config->study.startup_trials;
  median->n_warmup_steps = (uint32_t)config->study.warmup_folds;
}

/* The names in CRUCIBLE__RULES_NAMES stand for these. */
static uint32_t rules_of(int64_t set) {
  uint32_t rules = (uint32_t)(set >> 2) << CRUCIBLE_RULE_DEATH;
  if ((set & 1) != 0)
    rules |= CRUCIBLE_RULES_BLUEPRINT;
  if ((set & 2) != 0)
    rules |= CRUCIBLE_RULES_ANYTIME;
  return rules;
}

void crucible__config_watchtower(const crucible__config *config,
                                 crucible_watchtower_options *options) {
  crucible_watchtower_options_init(options, sizeof *options);
  options->rules = rules_of(config->watchtower.rules);
  if (config->watchtower.decay == 2) /* off */
    options->rules &=
        ~(1u << CRUCIBLE_RULE_DECAY_PSR | 1u << CRUCIBLE_RULE_DECAY_DSR);
  else
    options->decay =
        (int32_t)config->watchtower.decay + CRUCIBLE_DECAY_CROSSING;
  options->death_equity = config->watchtower.death_equity;
  options->decay_psr = config->watchtower.decay_psr;
  options->decay_dsr = config->watchtower.decay_dsr;
  options->promote_dsr = config->watchtower.promote_dsr;
  options->alpha = config->watchtower.alpha;
  options->promote_sharpe = config->watchtower.promote_sharpe;
  options->bad_sharpe = config->watchtower.bad_sharpe;
  options->bound_bars = (uint32_t)config->watchtower.bound_bars;
  options->lags = (uint32_t)config->watchtower.lags;
  options->edge_sharpe = config->watchtower.edge_sharpe;
  options->edge_run = config->watchtower.edge_run;
  options->discovery_alpha = config->watchtower.discovery_alpha;
  options->window = (uint32_t)config->watchtower.window;
  options->min_bars = (uint32_t)config->watchtower.min_bars;
  options->min_trades = (uint32_t)config->watchtower.min_trades;
  options->inactive_bars = (uint32_t)config->watchtower.inactive;
  options->expired_bars = (uint32_t)config->watchtower.expired;
}

crucible_status crucible_config_watchtower(const char *text, const char *name,
                                           crucible_watchtower_options *rules) {
  crucible__config config;
  crucible_watchtower_options read;
  if (rules == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "rules is NULL");
  CRUCIBLE__TRY(crucible__config_read(text, text != NULL ? strlen(text) : 0,
                                      name != NULL ? name : "configuration",
                                      &config));
  crucible__config_watchtower(&config, &read);
  return crucible__result_write(rules, &read, sizeof read,
                                "crucible_watchtower_options");
}
