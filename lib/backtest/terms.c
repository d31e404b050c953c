/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include <crucible/backtest.h>

#include "backtest/market_view.h"
#include "base/base_status.h"
#include "costs/cost_model.h"
#include "series/bar_rules.h"

static const double MS_PER_YEAR = 365.0 * 24 * 3600 * 1000;

static const crucible_plan PLAN = {
    .struct_size = sizeof PLAN,
    .side = CRUCIBLE_SIDE_LONG,
    .entry = CRUCIBLE_ENTRY_MARKET,
    .limit_ttl_bars = 1,
    .decides = CRUCIBLE_DECIDE_SCORES,
    .on_opposite = CRUCIBLE_OPPOSITE_REVERSE,
    .target_unit = CRUCIBLE_TARGET_FRACTION,
    .sizing = CRUCIBLE_SIZE_FRACTION,
    .sizing_value = 0.95,
};

static crucible_backtest_options default_options(void) {
  crucible_backtest_options options = {
      .struct_size = sizeof options,
      .initial_cash = 200,
      .leverage = 1,
      .path = CRUCIBLE_PATH_PESSIMISTIC,
      .funding = CRUCIBLE_FUNDING_REFUSE,
      .keep_records = 1,
      .fill_at = CRUCIBLE_FILL_NEXT_OPEN,
      .remainder = CRUCIBLE_REMAINDER_CARRY,
      .borrow_interval_ms = 3600000,
      .metrics = 1,
  };
  crucible_cost_options_init(&options.costs, sizeof options.costs);
  return options;
}

void crucible_plan_init(crucible_plan *plan, size_t struct_size) {
  crucible__options_init(plan, struct_size, &PLAN, sizeof PLAN);
}

void crucible_backtest_options_init(crucible_backtest_options *options,
                                    size_t struct_size) {
  crucible_backtest_options defaults = default_options();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

/* A field, whether it is as it must be, and what it must be. */
typedef struct rule {
  const char *field;
  double value;
  int is_kept;
  const char *text;
} rule;

static crucible_status check_rules(const char *name, const rule *rules,
                                   size_t n) {
  for (size_t i = 0; i < n; ++i)
    if (!rules[i].is_kept)
      return crucible__fail(CRUCIBLE_E_INVALID, "%s.%s is %g: %s", name,
                            rules[i].field, rules[i].value, rules[i].text);
  return CRUCIBLE_OK;
}

static int is_finite_from_zero(double x) { return x >= 0 && isfinite(x); }

static crucible_status check_plan(const crucible_plan *plan) {
  const rule rules[] = {
      {"side", plan->side,
       plan->side == CRUCIBLE_SIDE_LONG ||
           plan->side == CRUCIBLE_SIDE_LONG_SHORT,
       "give a CRUCIBLE_SIDE_ constant"},
      {"entry", plan->entry,
       plan->entry >= CRUCIBLE_ENTRY_MARKET &&
           plan->entry <= CRUCIBLE_ENTRY_STOP_LIMIT,
       "give a CRUCIBLE_ENTRY_ constant"},
      {"sizing", plan->sizing,
       plan->sizing >= CRUCIBLE_SIZE_FRACTION &&
           plan->sizing <= CRUCIBLE_SIZE_UNITS,
       "give a CRUCIBLE_SIZE_ constant"},
      {"reserved", plan->reserved, plan->reserved == 0, "give 0"},
      {"theta_in", plan->theta_in,
       isfinite(plan->theta_in) &&
           (plan->theta_in >= 0 || plan->side == CRUCIBLE_SIDE_LONG),
       "it must be finite, and >= 0 where both sides are traded"},
      {"theta_out", plan->theta_out, plan->theta_out <= plan->theta_in,
       "it must be <= theta_in (-inf: never leave by score)"},
      {"limit_ttl_bars", plan->limit_ttl_bars, plan->limit_ttl_bars >= 1,
       "a limit lives at least 1 bar"},
      {"limit_offset_sigma", plan->limit_offset_sigma,
       is_finite_from_zero(plan->limit_offset_sigma),
       "it must be finite and >= 0"},
      {"stop_sigma", plan->stop_sigma, is_finite_from_zero(plan->stop_sigma),
       "it must be finite and >= 0 (0: no stop)"},
      {"target_sigma", plan->target_sigma,
       is_finite_from_zero(plan->target_sigma),
       "it must be finite and >= 0 (0: no target)"},
      {"sizing_value", plan->sizing_value,
       plan->sizing_value > 0 && plan->sizing_value <= CRUCIBLE__NUMBER_MOST,
       "it must be > 0 and at most 1e100"},
      {"sizing_value", plan->sizing_value,
       plan->sizing != CRUCIBLE_SIZE_RISK || plan->sizing_value <= 1,
       "it is the part of the equity put at risk, at most 1"},
      {"stop_sigma", plan->stop_sigma,
       plan->sizing != CRUCIBLE_SIZE_RISK || plan->stop_sigma > 0 ||
           plan->stop_fraction > 0,
       "sizing by risk needs a stop, stop_sigma or stop_fraction"},
  };
  return check_rules("plan", rules, sizeof rules / sizeof rules[0]);
}

static int is_fraction(double x) { return x >= 0 && x < 1; }

/* What plans got after their first release. */
static crucible_status check_more(const crucible_plan *plan) {
  const rule rules[] = {
      {"decides", plan->decides,
       plan->decides >= CRUCIBLE_DECIDE_SCORES &&
           plan->decides <= CRUCIBLE_DECIDE_ORDERS,
       "give a CRUCIBLE_DECIDE_ constant"},
      {"on_opposite", plan->on_opposite,
       plan->on_opposite >= CRUCIBLE_OPPOSITE_REVERSE &&
           plan->on_opposite <= CRUCIBLE_OPPOSITE_IGNORE,
       "give a CRUCIBLE_OPPOSITE_ constant"},
      {"target_unit", plan->target_unit,
       plan->target_unit >= CRUCIBLE_TARGET_FRACTION &&
           plan->target_unit <= CRUCIBLE_TARGET_UNITS,
       "give a CRUCIBLE_TARGET_ constant"},
      {"entry", plan->entry,
       plan->decides != CRUCIBLE_DECIDE_TARGETS ||
           plan->entry == CRUCIBLE_ENTRY_MARKET,
       "a plan that decides by targets sends market orders"},
      {"offset_fraction", plan->offset_fraction,
       is_fraction(plan->offset_fraction), "it must be >= 0 and < 1"},
      {"stop_limit_fraction", plan->stop_limit_fraction,
       is_fraction(plan->stop_limit_fraction), "it must be >= 0 and < 1"},
      {"stop_fraction", plan->stop_fraction, is_fraction(plan->stop_fraction),
       "it must be >= 0 and < 1 (0: no stop)"},
      {"stop_fraction", plan->stop_fraction,
       plan->stop_fraction == 0 || plan->stop_sigma == 0,
       "a position has one stop: give it or stop_sigma"},
      {"target_fraction", plan->target_fraction,
       is_finite_from_zero(plan->target_fraction),
       "it must be finite and >= 0 (0: no target)"},
      {"target_fraction", plan->target_fraction,
       plan->target_fraction == 0 || plan->target_sigma == 0,
       "a position has one target: give it or target_sigma"},
      {"trail_sigma", plan->trail_sigma, is_finite_from_zero(plan->trail_sigma),
       "it must be finite and >= 0 (0: none)"},
      {"trail_fraction", plan->trail_fraction,
       is_fraction(plan->trail_fraction), "it must be >= 0 and < 1 (0: none)"},
      {"trail_fraction", plan->trail_fraction,
       plan->trail_fraction == 0 || plan->trail_sigma == 0,
       "a position has one trailing stop: give it or trail_sigma"},
      {"n_rungs", plan->n_rungs, plan->n_rungs <= CRUCIBLE_RUNGS_MOST,
       "a ladder has at most 4 rungs"},
      {"n_rungs", plan->n_rungs,
       plan->n_rungs == 0 || plan->target_sigma > 0 ||
           plan->target_fraction > 0,
       "rungs stand at multiples of the target's distance: give target_sigma "
       "or target_fraction"},
  };
  return check_rules("plan", rules, sizeof rules / sizeof rules[0]);
}

static crucible_status check_rungs(const crucible_plan *plan) {
  double last = 0, sum = 0;
  for (uint32_t i = 0; i < plan->n_rungs && i < CRUCIBLE_RUNGS_MOST; ++i) {
    double at = plan->rung_at[i], share = plan->rung_share[i];
    if (!(at > last && isfinite(at)))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "plan.rung_at[%u] is %g: rungs are finite, > 0 and "
                            "ascending",
                            (unsigned)i, at);
    sum += share;
    if (!(share > 0 && sum <= 1 + 1e-9))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "plan.rung_share[%u] is %g: shares are > 0 and sum "
                            "up to at most 1",
                            (unsigned)i, share);
    last = at;
  }
  return CRUCIBLE_OK;
}

static crucible_status check_options(const crucible_backtest_options *options,
                                     const crucible_instrument *instrument) {
  const rule rules[] = {
      {"initial_cash", options->initial_cash,
       options->initial_cash > 0 &&
           options->initial_cash <= CRUCIBLE__NUMBER_MOST,
       "it must be > 0 and at most 1e100"},
      {"leverage", options->leverage,
       options->leverage >= 1 && options->leverage <= instrument->max_leverage,
       "give 1 up to the instrument's max_leverage"},
      {"path", options->path,
       options->path >= CRUCIBLE_PATH_PESSIMISTIC &&
           options->path <= CRUCIBLE_PATH_FINE,
       "give a CRUCIBLE_PATH_ constant"},
      {"funding", options->funding,
       options->funding == CRUCIBLE_FUNDING_REFUSE ||
           options->funding == CRUCIBLE_FUNDING_UNAVAILABLE ||
           options->funding == CRUCIBLE_FUNDING_GIVEN,
       "give a CRUCIBLE_FUNDING_ constant"},
      {"keep_equity", options->keep_equity,
       options->keep_equity == 0 || options->keep_equity == 1, "give 0 or 1"},
      {"keep_records", options->keep_records,
       options->keep_records == 0 || options->keep_records == 1, "give 0 or 1"},
      {"periods_per_year", options->periods_per_year,
       is_finite_from_zero(options->periods_per_year),
       "it must be finite and >= 0 (0: from the timeframe)"},
      {"fill_at", options->fill_at,
       options->fill_at == CRUCIBLE_FILL_NEXT_OPEN ||
           options->fill_at == CRUCIBLE_FILL_SAME_CLOSE,
       "give a CRUCIBLE_FILL_ constant"},
      {"remainder", options->remainder,
       options->remainder == CRUCIBLE_REMAINDER_CARRY ||
           options->remainder == CRUCIBLE_REMAINDER_CANCEL,
       "give a CRUCIBLE_REMAINDER_ constant"},
      {"participation", options->participation,
       options->participation >= 0 && options->participation <= 1,
       "it must be > 0 and at most 1 (0: no cap)"},
      {"borrow_rate", options->borrow_rate,
       options->borrow_rate >= 0 && options->borrow_rate <= 1000,
       "it must be >= 0 and at most 1000 a year"},
      {"borrow_interval_ms", (double)options->borrow_interval_ms,
       options->borrow_interval_ms > 0, "it must be > 0"},
      {"keep_positions", options->keep_positions,
       options->keep_positions == 0 || options->keep_positions == 1,
       "give 0 or 1"},
      {"keep_drawdowns", options->keep_drawdowns,
       options->keep_drawdowns == 0 || options->keep_drawdowns == 1,
       "give 0 or 1"},
      {"metrics", options->metrics,
       options->metrics == 0 || options->metrics == 1, "give 0 or 1"},
      {"reserved", options->reserved, options->reserved == 0, "give 0"},
      {"costs.struct_size", (double)options->costs.struct_size,
       options->costs.struct_size == sizeof options->costs,
       "call crucible_backtest_options_init first"},
  };
  CRUCIBLE__TRY(check_rules("options", rules, sizeof rules / sizeof rules[0]));
  return crucible__cost_options_check(&options->costs, "options.costs");
}

static crucible_status check_funding(const crucible__terms *terms,
                                     const crucible__market_view *market) {
  const crucible_instrument *instrument = &terms->instrument;
  int is_perpetual =
      instrument->market_type == CRUCIBLE_MARKET_LINEAR_PERPETUAL;
  int has_history = market != NULL && market->funding != NULL;
  if (has_history && !is_perpetual)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "market.funding is given: %s on %s is no perpetual, "
                          "leave it NULL",
                          instrument->symbol, instrument->venue);
  if (is_perpetual && !has_history &&
      terms->options.funding == CRUCIBLE_FUNDING_REFUSE)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "%s on %s is a perpetual and there is no funding "
                          "history: give market.funding, or set "
                          "options.funding to CRUCIBLE_FUNDING_UNAVAILABLE to "
                          "trade it without",
                          instrument->symbol, instrument->venue);
  return CRUCIBLE_OK;
}

static crucible_status check_together(const crucible__terms *terms) {
  const crucible_instrument *instrument = &terms->instrument;
  if (terms->plan.side == CRUCIBLE_SIDE_LONG_SHORT && !instrument->is_shortable)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "plan.side is long and short: %s on %s cannot be "
                          "sold short, give CRUCIBLE_SIDE_LONG",
                          instrument->symbol, instrument->venue);
  if (terms->options.leverage * instrument->maintenance_margin >= 1)
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "options.leverage is %g: with a maintenance margin of "
        "%g it would be liquidated on entry, give less",
        terms->options.leverage, instrument->maintenance_margin);
  return CRUCIBLE_OK;
}

/* What follows from the rest. */
static void derive(crucible__terms *terms) {
  const crucible_plan *plan = &terms->plan;
  const crucible_backtest_options *options = &terms->options;
  terms->half_tick = terms->instrument.price_tick * 0.5;
  terms->usual_spread = options->costs.spread_bps * 1e-4;
  terms->margin = 1 / options->leverage;
  terms->fixed_slippage = options->costs.impact_law == CRUCIBLE_IMPACT_FIXED
                              ? options->costs.fixed_slippage
                              : -1;
  terms->borrow_per_interval =
      options->borrow_rate * (double)options->borrow_interval_ms / MS_PER_YEAR;
  terms->has_bracket = plan->stop_sigma > 0 || plan->target_sigma > 0 ||
                       plan->stop_fraction > 0 || plan->target_fraction > 0 ||
                       plan->trail_sigma > 0 || plan->trail_fraction > 0;
  terms->needs_sigma = plan->stop_sigma > 0 || plan->target_sigma > 0 ||
                       plan->trail_sigma > 0 || plan->limit_offset_sigma > 0;
  terms->is_fee_in_base = terms->instrument.fee_asset == CRUCIBLE_FEE_IN_BASE;
}

static crucible_status make(crucible__terms *terms, const crucible_plan *plan,
                            const crucible_instrument *instrument,
                            int64_t timeframe_ms,
                            const crucible__market_view *market,
                            const crucible_backtest_options *options) {
  if (plan == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "plan is NULL: start from crucible_plan_init");
  if (timeframe_ms <= 0 || timeframe_ms > CRUCIBLE__TIMEFRAME_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "timeframe_ms is %lld: give the length of a bar, "
                          "such as 300000",
                          (long long)timeframe_ms);
  *terms = (crucible__terms){
      .plan = PLAN, .options = default_options(), .timeframe_ms = timeframe_ms};
  CRUCIBLE__TRY(
      crucible__options_read(&terms->plan, sizeof terms->plan, plan, "plan"));
  CRUCIBLE__TRY(crucible__options_read(&terms->options, sizeof terms->options,
                                       options, "backtest_options"));
  CRUCIBLE__TRY(crucible__instrument_take(instrument, &terms->instrument));
  CRUCIBLE__TRY(check_plan(&terms->plan));
  CRUCIBLE__TRY(check_more(&terms->plan));
  CRUCIBLE__TRY(check_rungs(&terms->plan));
  CRUCIBLE__TRY(check_options(&terms->options, &terms->instrument));
  CRUCIBLE__TRY(check_together(terms));
  CRUCIBLE__TRY(check_funding(terms, market));
  CRUCIBLE__TRY(
      crucible__step_init(&terms->tick, terms->instrument.price_tick));
  CRUCIBLE__TRY(crucible__step_init(&terms->lot, terms->instrument.lot_step));
  crucible__cost_options_settle(&terms->options.costs, timeframe_ms);
  derive(terms);
  return CRUCIBLE_OK;
}

static crucible_status check_fine(const crucible__terms *terms,
                                  const crucible__market_view *market) {
  if (terms->options.path == CRUCIBLE_PATH_FINE &&
      (market == NULL || market->fine.n == 0))
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "options.path is CRUCIBLE_PATH_FINE and there are no "
                          "finer bars: run over a market with market.fine");
  return CRUCIBLE_OK;
}

crucible_status crucible__terms_init(crucible__terms *terms,
                                     const crucible_plan *plan,
                                     const crucible_instrument *instrument,
                                     int64_t timeframe_ms,
                                     const crucible_backtest_options *options) {
  crucible__terms made;
  CRUCIBLE__TRY(make(&made, plan, instrument, timeframe_ms, NULL, options));
  CRUCIBLE__TRY(check_fine(&made, NULL));
  *terms = made;
  return CRUCIBLE_OK;
}

crucible_status
crucible__terms_of_market(crucible__terms *terms, const crucible_plan *plan,
                          const crucible_instrument *instrument,
                          const crucible__market_view *market,
                          const crucible_backtest_options *options) {
  crucible__terms made;
  CRUCIBLE__TRY(make(&made, plan, instrument, market->bars.timeframe_ms, market,
                     options));
  CRUCIBLE__TRY(check_fine(&made, market));
  if (made.options.path == CRUCIBLE_PATH_FINE)
    made.fine = &market->fine;
  *terms = made;
  return CRUCIBLE_OK;
}

crucible_status crucible_plan_check(const crucible_plan *plan,
                                    const crucible_instrument *instrument,
                                    const crucible_backtest_options *options) {
  crucible__terms terms;
  return make(&terms, plan, instrument, 1, NULL, options);
}
