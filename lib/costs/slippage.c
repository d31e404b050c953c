/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/costs.h>

#include "base/base_status.h"
#include "costs/cost_model.h"

static const crucible_cost_options DEFAULTS = {
    .struct_size = sizeof DEFAULTS,
    .spread_bps = 1,
    .impact_y = 1,
    .impact_exponent = 0.5,
    .almgren_gamma = 0.314,
    .almgren_eta = 0.142,
};

void crucible_cost_options_init(crucible_cost_options *options,
                                size_t struct_size) {
  crucible__options_init(options, struct_size, &DEFAULTS, sizeof DEFAULTS);
}

static crucible_status check_law(const crucible_cost_options *options,
                                 const char *name) {
  if (options->impact_law < CRUCIBLE_IMPACT_POWER ||
      options->impact_law > CRUCIBLE_IMPACT_FIXED)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.impact_law is %d: give a CRUCIBLE_IMPACT_ "
                          "constant",
                          name, options->impact_law);
  if (options->reserved != 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s.reserved is %d: give 0", name,
                          options->reserved);
  if (!(options->fixed_slippage >= 0 && options->fixed_slippage < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.fixed_slippage is %g: give a fraction of the "
                          "price, >= 0 and < 1",
                          name, options->fixed_slippage);
  if (options->fixed_slippage > 0 &&
      options->impact_law != CRUCIBLE_IMPACT_FIXED)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.fixed_slippage is %g, which has no effect: set "
                          "impact_law to fixed, or give 0",
                          name, options->fixed_slippage);
  if (!(options->almgren_gamma >= 0 && options->almgren_gamma <= 1e6))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.almgren_gamma is %g: give 0 to 1e6", name,
                          options->almgren_gamma);
  if (!(options->almgren_eta >= 0 && options->almgren_eta <= 1e6))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.almgren_eta is %g: give 0 to 1e6", name,
                          options->almgren_eta);
  if (options->bars_per_day != 0 &&
      !(options->bars_per_day >= 1e-6 && options->bars_per_day <= 1e9))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.bars_per_day is %g: give the bars of a trading "
                          "day, such as 288, or 0 for 24 hours by the "
                          "timeframe",
                          name, options->bars_per_day);
  return CRUCIBLE_OK;
}

crucible_status
crucible__cost_options_check(const crucible_cost_options *options,
                             const char *name) {
  if (!(options->spread_bps >= 0 && options->spread_bps < 10000))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.spread_bps is %g: give 1e-4 parts of the price, "
                          ">= 0 and < 10000",
                          name, options->spread_bps);
  if (!(options->impact_y >= 0 && options->impact_y <= 1e6))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.impact_y is %g: give 0 to 1e6", name,
                          options->impact_y);
  if (!(options->impact_exponent > 0 && options->impact_exponent <= 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.impact_exponent is %g: give > 0 and <= 1", name,
                          options->impact_exponent);
  return check_law(options, name);
}

crucible__move crucible__move_by_law(const crucible_cost_options *options,
                                     double sigma, double share) {
  crucible__move move = {.slippage = CRUCIBLE__SLIPPAGE_MOST};
  if (options->impact_law == CRUCIBLE_IMPACT_FIXED) {
    move.slippage = options->fixed_slippage;
  } else if (share <= DBL_MAX &&
             options->impact_law == CRUCIBLE_IMPACT_LINEAR) {
    move.slippage = crucible__below_most(options->impact_y * sigma * share);
  } else if (share <= DBL_MAX) {
    double root = sqrt(options->bars_per_day);
    double rate = crucible__power(share, 0.6);
    move.slippage =
        crucible__below_most(options->almgren_eta * (root * sigma) * rate);
    move.impact = crucible__below_most(0.5 * options->almgren_gamma *
                                       (sigma / root) * share);
  }
  return move;
}

static crucible_status check_order(double sigma, double quantity,
                                   double volume) {
  const struct {
    double value;
    const char *name;
  } numbers[] = {{sigma, "sigma"}, {quantity, "quantity"}, {volume, "volume"}};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i)
    if (!(numbers[i].value >= 0 && isfinite(numbers[i].value)))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "%s is %g: it must be finite and >= 0",
                            numbers[i].name, numbers[i].value);
  if (volume == 0 && quantity > 0)
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "volume is 0: an order of %g has no price there",
                          quantity);
  return CRUCIBLE_OK;
}

crucible_status crucible_price_impact(const crucible_cost_options *options,
                                      double sigma, double quantity,
                                      double volume, crucible_impact *impact) {
  if (impact == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "impact is NULL");
  crucible_cost_options read = DEFAULTS;
  crucible_impact made = {.struct_size = sizeof made};
  CRUCIBLE__TRY(
      crucible__options_read(&read, sizeof read, options, "cost_options"));
  CRUCIBLE__TRY(crucible__cost_options_check(&read, "cost_options"));
  if (read.impact_law == CRUCIBLE_IMPACT_ALMGREN && read.bars_per_day == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "cost_options.bars_per_day is 0: the law of Almgren "
                          "needs it, such as 288 where sigma and volume are "
                          "those of 5m bars, 1 where they are a day's");
  CRUCIBLE__TRY(check_order(sigma, quantity, volume));
  if (quantity > 0) {
    crucible__move move = crucible__price_move(&read, sigma, quantity, volume);
    if (move.slippage + move.impact >= CRUCIBLE__SLIPPAGE_MOST)
      return crucible__fail(
          CRUCIBLE_E_INVALID,
          "sigma %g, quantity %g and volume %g: the order moves "
          "the price %g times, a figure must be wrong",
          sigma, quantity, volume, move.slippage + move.impact);
    made.slippage = move.slippage;
    made.permanent = move.impact;
  }
  return crucible__result_write(impact, &made, sizeof made, "impact");
}

crucible_status crucible_slippage(const crucible_cost_options *options,
                                  double sigma, double quantity, double volume,
                                  double *fraction) {
  crucible_impact impact = {.struct_size = sizeof impact};
  if (fraction == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "fraction is NULL");
  CRUCIBLE__TRY(
      crucible_price_impact(options, sigma, quantity, volume, &impact));
  *fraction = impact.slippage;
  return CRUCIBLE_OK;
}
