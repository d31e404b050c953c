/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include <crucible/costs.h>

#include "base/base_status.h"
#include "base/decimal.h"
#include "costs/cost_model.h"

static crucible_status check_name(const char *field, const char *text) {
  const char *end = memchr(text, 0, CRUCIBLE_NAME_SIZE);
  if (end == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "instrument.%s has no end: %d characters at most",
                          field, CRUCIBLE_NAME_SIZE - 1);
  if (end == text)
    return crucible__fail(CRUCIBLE_E_INVALID, "instrument.%s is empty: name it",
                          field);
  return CRUCIBLE_OK;
}

static crucible_status check_names(const crucible_instrument *instrument) {
  CRUCIBLE__TRY(check_name("venue", instrument->venue));
  CRUCIBLE__TRY(check_name("symbol", instrument->symbol));
  CRUCIBLE__TRY(check_name("base_currency", instrument->base_currency));
  return check_name("quote_currency", instrument->quote_currency);
}

static crucible_status wrong(const char *field, double value,
                             const char *rule) {
  return crucible__fail(CRUCIBLE_E_INVALID, "instrument.%s is %g: %s", field,
                        value, rule);
}

static crucible_status check_numbers(const crucible_instrument *instrument) {
  const struct {
    const char *field;
    double value;
    int is_right;
    const char *rule;
  } rules[] = {
      {"maker_fee", instrument->maker_fee,
       instrument->maker_fee > -0.01 && instrument->maker_fee < 0.1,
       "give a fraction of the notional, > -0.01 and < 0.1"},
      {"taker_fee", instrument->taker_fee,
       instrument->taker_fee >= 0 && instrument->taker_fee < 0.1,
       "give a fraction of the notional, >= 0 and < 0.1"},
      {"min_quantity", instrument->min_quantity,
       instrument->min_quantity >= 0 && isfinite(instrument->min_quantity),
       "it must be finite and >= 0"},
      {"min_notional", instrument->min_notional,
       instrument->min_notional >= 0 && isfinite(instrument->min_notional),
       "it must be finite and >= 0"},
      {"max_leverage", instrument->max_leverage,
       instrument->max_leverage >= 1 && instrument->max_leverage <= 1000,
       "give 1 (none) to 1000"},
      {"maintenance_margin", instrument->maintenance_margin,
       instrument->maintenance_margin >= 0 &&
           instrument->maintenance_margin <= 0.5,
       "give a fraction of the notional, 0 to 0.5"},
      {"funding_interval_ms", (double)instrument->funding_interval_ms,
       instrument->funding_interval_ms >= 0, "it must be >= 0"},
      {"is_shortable", instrument->is_shortable,
       instrument->is_shortable == 0 || instrument->is_shortable == 1,
       "give 0 or 1"},
      {"reserved", instrument->reserved, instrument->reserved == 0, "give 0"},
  };
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; ++i)
    if (!rules[i].is_right)
      return wrong(rules[i].field, rules[i].value, rules[i].rule);
  return CRUCIBLE_OK;
}

static crucible_status check_step(const char *field, double value) {
  crucible__step step;
  if (!(value > 0 && isfinite(value)))
    return wrong(field, value, "it must be > 0: there is no default");
  if (crucible__step_init(&step, value) != CRUCIBLE_OK)
    return crucible__fail_at(CRUCIBLE_E_INVALID, "instrument.%s", field);
  return CRUCIBLE_OK;
}

static crucible_status check_kind(const crucible_instrument *instrument) {
  int32_t market = instrument->market_type, fee = instrument->fee_asset;
  if (market != CRUCIBLE_MARKET_SPOT &&
      market != CRUCIBLE_MARKET_LINEAR_PERPETUAL &&
      market != CRUCIBLE_MARKET_FUTURE)
    return wrong("market_type", market, "give a CRUCIBLE_MARKET_ constant");
  if (fee != CRUCIBLE_FEE_IN_QUOTE && fee != CRUCIBLE_FEE_IN_BASE)
    return wrong("fee_asset", fee, "give a CRUCIBLE_FEE_IN_ constant");
  if (market != CRUCIBLE_MARKET_SPOT && fee != CRUCIBLE_FEE_IN_QUOTE)
    return wrong("fee_asset", fee,
                 "a contract margined in quote currency pays its fees in it");
  if (market != CRUCIBLE_MARKET_SPOT)
    return CRUCIBLE_OK;
  if (instrument->is_shortable != 0)
    return wrong("is_shortable", instrument->is_shortable,
                 "spot is long or flat, give 0");
  if (instrument->max_leverage != 1)
    return wrong("max_leverage", instrument->max_leverage,
                 "spot has none, give 1");
  if (instrument->funding_interval_ms != 0)
    return wrong("funding_interval_ms", (double)instrument->funding_interval_ms,
                 "spot has no funding, give 0");
  return CRUCIBLE_OK;
}

crucible_status crucible__instrument_take(const crucible_instrument *given,
                                          crucible_instrument *copy) {
  if (given == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "instrument is NULL: nothing trades without one");
  crucible_instrument read = {.struct_size = sizeof read};
  CRUCIBLE__TRY(
      crucible__options_read(&read, sizeof read, given, "instrument"));
  CRUCIBLE__TRY(check_names(&read));
  CRUCIBLE__TRY(check_numbers(&read));
  CRUCIBLE__TRY(check_step("price_tick", read.price_tick));
  CRUCIBLE__TRY(check_step("lot_step", read.lot_step));
  CRUCIBLE__TRY(check_kind(&read));
  *copy = read;
  return CRUCIBLE_OK;
}

crucible_status
crucible_instrument_check(const crucible_instrument *instrument) {
  crucible_instrument copy;
  return crucible__instrument_take(instrument, &copy);
}

static crucible_status round_to(const crucible_instrument *instrument,
                                size_t field, const char *name, double x,
                                int32_t direction, double *rounded) {
  if (rounded == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "rounded is NULL");
  if (!isfinite(x))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is %g: it must be finite",
                          name, x);
  if (direction != CRUCIBLE_ROUND_DOWN && direction != CRUCIBLE_ROUND_UP &&
      direction != CRUCIBLE_ROUND_NEAREST)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "direction is %d: give a CRUCIBLE_ROUND_ constant",
                          (int)direction);
  crucible_instrument copy;
  CRUCIBLE__TRY(crucible__instrument_take(instrument, &copy));
  double value;
  memcpy(&value, (const char *)&copy + field, sizeof value);
  crucible__step step;
  CRUCIBLE__TRY(crucible__step_init(&step, value));
  double result = crucible__step_round(&step, x, direction);
  if (!isfinite(result))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is %g: too large to round",
                          name, x);
  *rounded = result;
  return CRUCIBLE_OK;
}

crucible_status crucible_round_price(const crucible_instrument *instrument,
                                     double price, int32_t direction,
                                     double *rounded) {
  return round_to(instrument, offsetof(crucible_instrument, price_tick),
                  "price", price, direction, rounded);
}

crucible_status crucible_round_quantity(const crucible_instrument *instrument,
                                        double quantity, int32_t direction,
                                        double *rounded) {
  return round_to(instrument, offsetof(crucible_instrument, lot_step),
                  "quantity", quantity, direction, rounded);
}
