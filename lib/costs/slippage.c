/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/costs.h>

#include "base/base_status.h"
#include "costs/cost_model.h"

static const crucible_cost_options DEFAULTS = {
    .struct_size = sizeof DEFAULTS,
    .spread_bps = 1,
    .impact_y = 1,
    .impact_exponent = 0.5,
};

void crucible_cost_options_init(crucible_cost_options *options,
                                size_t struct_size) {
  crucible__options_init(options, struct_size, &DEFAULTS, sizeof DEFAULTS);
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
  return CRUCIBLE_OK;
}

crucible_status crucible_slippage(const crucible_cost_options *options,
                                  double sigma, double quantity, double volume,
                                  double *fraction) {
  const struct {
    double value;
    const char *name;
  } numbers[] = {{sigma, "sigma"}, {quantity, "quantity"}, {volume, "volume"}};
  if (fraction == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "fraction is NULL");
  crucible_cost_options read = DEFAULTS;
  CRUCIBLE__TRY(
      crucible__options_read(&read, sizeof read, options, "cost_options"));
  CRUCIBLE__TRY(crucible__cost_options_check(&read, "cost_options"));
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i)
    if (!(numbers[i].value >= 0 && isfinite(numbers[i].value)))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "%s is %g: it must be finite and >= 0",
                            numbers[i].name, numbers[i].value);
  if (quantity == 0) {
    *fraction = 0;
    return CRUCIBLE_OK;
  }
  if (volume == 0)
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "volume is 0: an order of %g has no price there",
                          quantity);
  double result = crucible__slippage_fraction(&read, sigma, quantity, volume);
  if (result >= CRUCIBLE__SLIPPAGE_MOST)
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "sigma %g, quantity %g and volume %g: the order moves "
        "the price %g times, a figure must be wrong",
        sigma, quantity, volume, result);
  *fraction = result;
  return CRUCIBLE_OK;
}
