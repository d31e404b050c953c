/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include <crucible/backtest.h>

#include "backtest/fill.h"
#include "base/base_status.h"
#include "costs/cost_model.h"
#include "series/bar_rules.h"

static const crucible_plan PLAN = {
    .struct_size = sizeof PLAN,
    .side = CRUCIBLE_SIDE_LONG,
    .entry = CRUCIBLE_ENTRY_MARKET,
    .limit_ttl_bars = 1,
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
           plan->entry <= CRUCIBLE_ENTRY_POST_ONLY,
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
       plan->sizing != CRUCIBLE_SIZE_RISK || plan->stop_sigma > 0,
       "sizing by risk needs a stop"},
  };
  return check_rules("plan", rules, sizeof rules / sizeof rules[0]);
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
           options->path <= CRUCIBLE_PATH_OLHC,
       "give a CRUCIBLE_PATH_ constant"},
      {"funding", options->funding,
       options->funding == CRUCIBLE_FUNDING_REFUSE ||
           options->funding == CRUCIBLE_FUNDING_UNAVAILABLE,
       "give a CRUCIBLE_FUNDING_ constant"},
      {"keep_equity", options->keep_equity,
       options->keep_equity == 0 || options->keep_equity == 1, "give 0 or 1"},
      {"keep_records", options->keep_records,
       options->keep_records == 0 || options->keep_records == 1, "give 0 or 1"},
      {"periods_per_year", options->periods_per_year,
       is_finite_from_zero(options->periods_per_year),
       "it must be finite and >= 0 (0: from the timeframe)"},
      {"costs.struct_size", (double)options->costs.struct_size,
       options->costs.struct_size == sizeof options->costs,
       "call crucible_backtest_options_init first"},
  };
  CRUCIBLE__TRY(check_rules("options", rules, sizeof rules / sizeof rules[0]));
  return crucible__cost_options_check(&options->costs, "options.costs");
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
  if (instrument->market_type == CRUCIBLE_MARKET_LINEAR_PERPETUAL &&
      terms->options.funding != CRUCIBLE_FUNDING_UNAVAILABLE)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "%s on %s is a perpetual and there is no funding "
                          "history: set options.funding to "
                          "CRUCIBLE_FUNDING_UNAVAILABLE to trade it without",
                          instrument->symbol, instrument->venue);
  return CRUCIBLE_OK;
}

crucible_status crucible__terms_init(crucible__terms *terms,
                                     const crucible_plan *plan,
                                     const crucible_instrument *instrument,
                                     int64_t timeframe_ms,
                                     const crucible_backtest_options *options) {
  if (plan == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "plan is NULL: start from crucible_plan_init");
  if (timeframe_ms <= 0 || timeframe_ms > CRUCIBLE__TIMEFRAME_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "timeframe_ms is %lld: give the length of a bar, "
                          "such as 300000",
                          (long long)timeframe_ms);
  crucible__terms made = {
      .plan = PLAN, .options = default_options(), .timeframe_ms = timeframe_ms};
  CRUCIBLE__TRY(
      crucible__options_read(&made.plan, sizeof made.plan, plan, "plan"));
  CRUCIBLE__TRY(crucible__options_read(&made.options, sizeof made.options,
                                       options, "backtest_options"));
  CRUCIBLE__TRY(crucible__instrument_take(instrument, &made.instrument));
  CRUCIBLE__TRY(check_plan(&made.plan));
  CRUCIBLE__TRY(check_options(&made.options, &made.instrument));
  CRUCIBLE__TRY(check_together(&made));
  CRUCIBLE__TRY(crucible__step_init(&made.tick, made.instrument.price_tick));
  CRUCIBLE__TRY(crucible__step_init(&made.lot, made.instrument.lot_step));
  crucible__cost_options_settle(&made.options.costs, timeframe_ms);
  made.half_tick = made.instrument.price_tick * 0.5;
  made.usual_spread = made.options.costs.spread_bps * 1e-4;
  made.margin = 1 / made.options.leverage;
  made.is_fee_in_base = made.instrument.fee_asset == CRUCIBLE_FEE_IN_BASE;
  *terms = made;
  return CRUCIBLE_OK;
}

crucible_status crucible_plan_check(const crucible_plan *plan,
                                    const crucible_instrument *instrument,
                                    const crucible_backtest_options *options) {
  crucible__terms terms;
  return crucible__terms_init(&terms, plan, instrument, 1, options);
}
