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

/* A plan that is long or flat has no short to enter, leave or hold. */
static crucible_status check_side(const crucible_wish *wish,
                                  const crucible_plan *plan) {
  const uint32_t shorts = CRUCIBLE_ENTER_SHORT | CRUCIBLE_EXIT_SHORT;
  if (plan->side != CRUCIBLE_SIDE_LONG)
    return CRUCIBLE_OK;
  if ((wish->signals & shorts) != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "wish.signals has CRUCIBLE_%s_SHORT, but plan.side "
                          "is CRUCIBLE_SIDE_LONG: clear it, or set "
                          "CRUCIBLE_SIDE_LONG_SHORT",
                          (wish->signals & CRUCIBLE_ENTER_SHORT) != 0 ? "ENTER"
                                                                      : "EXIT");
  if (wish->target < 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "wish.target is %g, but plan.side is "
                          "CRUCIBLE_SIDE_LONG: give 0 or more, or set "
                          "CRUCIBLE_SIDE_LONG_SHORT",
                          wish->target);
  return CRUCIBLE_OK;
}

/* A price is of an order that has one. */
static crucible_status check_prices(const crucible_wish *wish,
                                    const crucible_plan *plan) {
  int has_trigger = plan->entry == CRUCIBLE_ENTRY_STOP ||
                    plan->entry == CRUCIBLE_ENTRY_STOP_LIMIT;
  int has_limit = plan->entry == CRUCIBLE_ENTRY_LIMIT ||
                  plan->entry == CRUCIBLE_ENTRY_POST_ONLY ||
                  plan->entry == CRUCIBLE_ENTRY_STOP_LIMIT;
  int is_limit_wrong = !isnan(wish->limit) && !has_limit;
  if (!is_limit_wrong && (isnan(wish->trigger) || has_trigger))
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "wish.%s is %g: an entry of the plan, whose entry is "
                        "%d, has none, give NaN",
                        is_limit_wrong ? "limit" : "trigger",
                        is_limit_wrong ? wish->limit : wish->trigger,
                        (int)plan->entry);
}

/* ---- requests ---- */

static int is_between(double x, double least, double most) {
  return x >= least && x <= most; /* not NaN */
}

static crucible_status refuse(const char *field, double value,
                              const char *text) {
  return crucible__fail(CRUCIBLE_E_INVALID, "request.%s is %g: %s", field,
                        value, text);
}

static crucible_status check_request_prices(const crucible_request *request) {
  const double least = 1 / CRUCIBLE__NUMBER_MOST, most = CRUCIBLE__NUMBER_MOST;
  int32_t kind = request->kind;
  int has_limit = kind == CRUCIBLE_KIND_LIMIT ||
                  kind == CRUCIBLE_KIND_POST_ONLY ||
                  kind == CRUCIBLE_KIND_STOP_LIMIT;
  int has_trigger =
      kind == CRUCIBLE_KIND_STOP || kind == CRUCIBLE_KIND_STOP_LIMIT;
  int may_trigger = has_trigger || kind == CRUCIBLE_KIND_TRAILING_STOP;
  const struct {
    const char *name;
    double value;
    int is_needed, is_allowed;
  } prices[] = {
      {"limit", request->limit, has_limit, has_limit},
      {"trigger", request->trigger, has_trigger, may_trigger},
      {"trail", request->trail, kind == CRUCIBLE_KIND_TRAILING_STOP,
       kind == CRUCIBLE_KIND_TRAILING_STOP},
      {"stop", request->stop, request->sizing == CRUCIBLE_SIZE_RISK, 1},
      {"target", request->target, 0, 1},
  };
  for (size_t i = 0; i < sizeof prices / sizeof prices[0]; ++i) {
    double value = prices[i].value;
    if (isnan(value) ? prices[i].is_needed
                     : !prices[i].is_allowed || !is_between(value, least, most))
      return refuse(prices[i].name, value,
                    prices[i].is_allowed
                        ? "it must be > 0 and at most 1e100"
                        : "an order of this kind has none, give NaN");
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__request_check(const crucible_request *request) {
  if (request->kind < CRUCIBLE_KIND_MARKET ||
      request->kind > CRUCIBLE_KIND_CANCEL)
    return refuse("kind", request->kind, "give a CRUCIBLE_KIND_ constant");
  if (request->kind == CRUCIBLE_KIND_CANCEL)
    return request->id != 0
               ? CRUCIBLE_OK
               : refuse("id", request->id,
                        "an order that is to be taken back needs an id > 0");
  if (request->side != 1 && request->side != -1)
    return refuse("side", request->side, "give 1 (buy) or -1 (sell)");
  if (request->sizing < CRUCIBLE_SIZE_FRACTION ||
      request->sizing > CRUCIBLE_SIZE_UNITS)
    return refuse("sizing", request->sizing, "give a CRUCIBLE_SIZE_ constant");
  if (request->reduce_only != 0 && request->reduce_only != 1)
    return refuse("reduce_only", request->reduce_only, "give 0 or 1");
  int is_all = isinf(request->size) && request->size > 0 &&
               request->reduce_only && request->sizing == CRUCIBLE_SIZE_UNITS;
  if (!(request->size > 0 && request->size <= CRUCIBLE__NUMBER_MOST) && !is_all)
    return refuse("size", request->size,
                  "it must be > 0 and at most 1e100, or +inf units of an order "
                  "that reduces only");
  if (request->sizing == CRUCIBLE_SIZE_RISK && request->size > 1)
    return refuse("size", request->size,
                  "it is the part of the equity put at risk, at most 1");
  return check_request_prices(request);
}

static crucible_status take_requests(const crucible_wish *wish,
                                     crucible_request *requests) {
  if (wish->n_requests > CRUCIBLE_REQUESTS_MOST)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "wish.n_requests is %zu: give at most %d at a close",
                          wish->n_requests, CRUCIBLE_REQUESTS_MOST);
  if (wish->n_requests > 0 && wish->requests == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "wish.requests is NULL with %zu requests",
                          wish->n_requests);
  for (size_t i = 0; i < wish->n_requests; ++i) {
    size_t stride = wish->requests->struct_size;
    const crucible_request *given =
        (const void *)((const unsigned char *)wish->requests + i * stride);
    crucible_status status = crucible__options_read(
        &requests[i], sizeof requests[i], given, "request");
    if (status == CRUCIBLE_OK && given->struct_size != stride)
      status = crucible__fail(CRUCIBLE_E_INVALID,
                              "struct_size is %zu, the first request's is %zu: "
                              "an array has one",
                              given->struct_size, stride);
    if (status == CRUCIBLE_OK)
      status = crucible__request_check(&requests[i]);
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "request %zu", i);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__wish_take(const crucible_wish *wish,
                                    const crucible__terms *terms,
                                    crucible_request *requests,
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
  CRUCIBLE__TRY(check_side(&read, &terms->plan));
  CRUCIBLE__TRY(check_prices(&read, &terms->plan));
  CRUCIBLE__TRY(take_requests(&read, requests));
  *taken = (crucible__wish){
      .score = read.score,
      .target = read.target,
      .size = read.size,
      .stop = read.stop,
      .take = read.take,
      .trail = read.trail,
      .limit = read.limit,
      .trigger = read.trigger,
      .requests = requests,
      .n_requests = (uint32_t)read.n_requests,
      .signals = read.signals,
      .has_own = has_own,
  };
  return CRUCIBLE_OK;
}
