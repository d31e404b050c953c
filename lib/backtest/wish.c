/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/wish.h"

#include <math.h>

#include "base/base_status.h"

#define NONE ((double)NAN)

static const crucible_outlook OUTLOOK = {sizeof OUTLOOK, NONE, NONE, NONE, NONE,
                                         NONE,           NONE, NONE, NONE};

static const crucible_wish WISH = {
    .struct_size = sizeof WISH,
    .score = NONE,
    .target = NONE,
    .size = NONE,
    .stop = NONE,
    .take = NONE,
    .trail = NONE,
    .limit = NONE,
    .trigger = NONE,
};

static const crucible_request REQUEST = {
    .struct_size = sizeof REQUEST,
    .kind = CRUCIBLE_KIND_MARKET,
    .sizing = CRUCIBLE_SIZE_UNITS,
    .limit = NONE,
    .trigger = NONE,
    .trail = NONE,
    .stop = NONE,
    .target = NONE,
};

void crucible_request_init(crucible_request *request, size_t struct_size) {
  crucible__options_init(request, struct_size, &REQUEST, sizeof REQUEST);
}

void crucible_wish_init(crucible_wish *wish, size_t struct_size) {
  crucible__options_init(wish, struct_size, &WISH, sizeof WISH);
}

void crucible_outlook_init(crucible_outlook *outlook, size_t struct_size) {
  crucible__options_init(outlook, struct_size, &OUTLOOK, sizeof OUTLOOK);
}

crucible_status crucible__outlook_take(const crucible_outlook *outlook,
                                       crucible__outlook *taken) {
  crucible_outlook read = OUTLOOK;
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, outlook, "outlook"));
  if (read.funding != 0 && !isnan(read.funding))
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "outlook.funding is %g: this version charges none, "
                          "give 0",
                          read.funding);
  *taken = (crucible__outlook){
      .sigma = read.sigma,
      .volume_forecast = read.volume_forecast,
      .spread = read.spread,
      .taker_fee = read.taker_fee,
      .maker_fee = read.maker_fee,
      .slippage = read.slippage,
      .funding = read.funding,
      .price = read.price,
  };
  return CRUCIBLE_OK;
}

/* A field that a decision may set, in what range. */
typedef struct own_field {
  const char *name;
  double value, most;
  int may_be_zero;
} own_field;

static crucible_status check_own(const own_field *fields, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    double value = fields[i].value;
    int is_above = value > 0 || (fields[i].may_be_zero && value == 0);
    if (!isnan(value) && !(is_above && value <= fields[i].most))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "wish.%s is %g: it must be %s 0 and at most %g, or "
                            "NaN to leave it to the plan",
                            fields[i].name, value,
                            fields[i].may_be_zero ? ">=" : ">", fields[i].most);
  }
  return CRUCIBLE_OK;
}

/* What only plans that decide in another way listen to. */
static crucible_status check_fits(const crucible_wish *wish,
                                  const crucible_plan *plan) {
  const struct {
    const char *name;
    int is_given;
    int32_t decides;
  } fields[] = {
      {"score", !isnan(wish->score), CRUCIBLE_DECIDE_SCORES},
      {"signals", wish->signals != 0, CRUCIBLE_DECIDE_SIGNALS},
      {"target", !isnan(wish->target), CRUCIBLE_DECIDE_TARGETS},
      {"n_requests", wish->n_requests != 0, CRUCIBLE_DECIDE_ORDERS},
  };
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; ++i)
    if (fields[i].is_given && plan->decides != fields[i].decides)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "wish.%s is given: a plan whose decides is %d does "
                            "not listen to it",
                            fields[i].name, (int)plan->decides);
  return CRUCIBLE_OK;
}

crucible_status crucible__wish_take(const crucible_wish *wish,
                                    const crucible__terms *terms,
                                    crucible__wish *taken) {
  crucible_wish read = WISH;
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, wish, "wish"));
  const uint32_t known = CRUCIBLE_ENTER_LONG | CRUCIBLE_EXIT_LONG |
                         CRUCIBLE_ENTER_SHORT | CRUCIBLE_EXIT_SHORT;
  const double most = CRUCIBLE__NUMBER_MOST;
  const double largest = terms->plan.sizing == CRUCIBLE_SIZE_RISK ? 1 : most;
  const own_field own[] = {
      {"size", read.size, largest, 0}, {"stop", read.stop, 1, 1},
      {"take", read.take, most, 1},    {"trail", read.trail, 1, 1},
      {"limit", read.limit, most, 0},  {"trigger", read.trigger, most, 0},
  };
  if ((read.signals & ~known) != 0 || read.reserved != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "wish.signals is %#x, wish.reserved %#x: give "
                          "CRUCIBLE_ENTER_ and CRUCIBLE_EXIT_ flags, and 0",
                          (unsigned)read.signals, (unsigned)read.reserved);
  CRUCIBLE__TRY(check_fits(&read, &terms->plan));
  CRUCIBLE__TRY(check_own(own, sizeof own / sizeof own[0]));
  int32_t has_own = 0;
  for (size_t i = 0; i < sizeof own / sizeof own[0]; ++i)
    has_own |= !isnan(own[i].value);
  if (!isnan(read.trail) || !isnan(read.limit) || !isnan(read.trigger))
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "wish.trail, limit or trigger is given: this version "
                          "cannot trade it, give NaN");
  *taken = (crucible__wish){
      .score = read.score,
      .target = read.target,
      .size = read.size,
      .stop = read.stop,
      .take = read.take,
      .trail = read.trail,
      .limit = read.limit,
      .trigger = read.trigger,
      .requests = read.requests,
      .n_requests = (uint32_t)read.n_requests,
      .signals = read.signals,
      .has_own = has_own,
  };
  return CRUCIBLE_OK;
}
