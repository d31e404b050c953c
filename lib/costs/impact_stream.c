/* SPDX-License-Identifier: Apache-2.0 */
#include "costs/impact_stream.h"

#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "series/bar_rules.h"

#define LARGEST 1e150     /* of prices and quantities: products are finite */
#define SIGMA_LEAST 1e-50 /* likewise: its square and its sums are above 0 */

void crucible_impact_stream_destroy(crucible_impact_stream *stream) {
  if (stream == NULL)
    return;
  crucible__impact_scale_drop(&stream->scale);
  crucible__free(stream);
}

crucible_status
crucible_impact_stream_create(const crucible_impact_options *options,
                              crucible_impact_stream **stream) {
  crucible_impact_options read;
  if (stream == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "stream is NULL: give a place for the object");
  *stream = NULL;
  CRUCIBLE__TRY(crucible__impact_options_read(&read, options));
  crucible_impact_stream *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->options = read;
  crucible__impact_sums_begin(&made->sums, read.horizon_ms);
  crucible_status status =
      crucible__impact_scale_make(&made->scale, read.horizon_ms, read.window);
  if (status != CRUCIBLE_OK) {
    crucible_impact_stream_destroy(made);
    return status;
  }
  *stream = made;
  return CRUCIBLE_OK;
}

/* Counts an observation, or why it is none. */
static void observe(crucible_impact_stream *stream, int64_t time_ms,
                    double sigma, double quantity, double volume, double cost) {
  const double share = quantity / volume;
  if (!(share >= stream->options.share_min &&
        share <= stream->options.share_max && fabs(cost) <= 1e6 &&
        sigma >= SIGMA_LEAST && sigma <= 1e6))
    ++stream->n_outside;
  else
    crucible__impact_sums_add(&stream->sums, time_ms, sigma, share, cost);
}

/* Whether sigma and V are known and not 0; counts why not. */
static int is_scaled(crucible_impact_stream *stream) {
  const crucible__impact_scale *scale = &stream->scale;
  if (scale->n < scale->window) {
    ++stream->n_warmup;
    return 0;
  }
  if (!(scale->sigma > 0 && scale->mean_volume > 0)) {
    ++stream->n_still;
    return 0;
  }
  return 1;
}

/* The pending order is whole. */
static void finish_order(crucible_impact_stream *stream) {
  const crucible__impact_order *order = &stream->order;
  if (order->side != 0 && order->sigma > 0)
    observe(stream, order->time_ms, order->sigma, order->quantity,
            order->volume, order->excess / order->quantity / order->unit);
  stream->order.side = 0;
}

/* Time goes on: what is over by then is closed. */
static void advance(crucible_impact_stream *stream, int64_t time_ms) {
  crucible__impact_scale *scale = &stream->scale;
  if (stream->order.side != 0 && time_ms > stream->order.time_ms)
    finish_order(stream);
  if (crucible__impact_scale_is_over(scale, time_ms)) {
    const crucible__impact_flow closed = crucible__impact_scale_flow(scale);
    if (stream->options.measure == CRUCIBLE_IMPACT_OF_FLOW &&
        closed.flow != 0 && !isnan(closed.move) && is_scaled(stream))
      observe(stream, closed.begin_ms, scale->sigma, fabs(closed.flow),
              scale->mean_volume, closed.flow > 0 ? closed.move : -closed.move);
    crucible__impact_scale_turn(scale, time_ms);
  }
  stream->time_ms = time_ms;
  stream->has_event = 1;
}

static crucible_status check_time(const crucible_impact_stream *stream,
                                  int64_t time_ms, const char *name) {
  if (time_ms < CRUCIBLE__TIME_FIRST || time_ms > CRUCIBLE__TIME_LAST)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "%s.time_ms is %lld: give ms since 1970 of the years "
                          "1 to 9999",
                          name, (long long)time_ms);
  if (stream->has_event && time_ms < stream->time_ms)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "%s.time_ms is %lld, before %lld that was pushed: "
                          "push quotes and trades in order of time",
                          name, (long long)time_ms, (long long)stream->time_ms);
  return CRUCIBLE_OK;
}

static void take_quote(crucible_impact_stream *stream,
                       const crucible_quote *quote) {
  crucible_quote *last = &stream->quote[0];
  if (last->bid > 0 && last->time_ms < quote->time_ms)
    stream->quote[1] = *last;
  *last = *quote;
  stream->scale.is_quoted = 1;
  stream->scale.quoted = quote->bid + (quote->ask - quote->bid) / 2;
}

crucible_status
crucible_impact_stream_push_quote(crucible_impact_stream *stream,
                                  const crucible_quote *quote) {
  if (stream == NULL || quote == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          stream == NULL ? "stream" : "quote");
  if (!(quote->bid > 0 && quote->bid <= quote->ask && quote->ask <= LARGEST))
    return crucible__fail(CRUCIBLE_E_DATA,
                          "quote has bid %g and ask %g: give 0 < bid <= ask",
                          quote->bid, quote->ask);
  CRUCIBLE__TRY(check_time(stream, quote->time_ms, "quote"));
  advance(stream, quote->time_ms);
  take_quote(stream, quote);
  return CRUCIBLE_OK;
}

/* An order begins with a print: sigma and V are those of now. */
static void begin_order(crucible_impact_stream *stream,
                        const crucible_print *print) {
  crucible__impact_order order = {.time_ms = print->time_ms,
                                  .side = print->side,
                                  .reference = print->price,
                                  .unit = print->price};
  if (stream->options.reference == CRUCIBLE_IMPACT_FROM_QUOTE) {
    const crucible_quote *quote = &stream->quote[0];
    if (quote->time_ms >= print->time_ms)
      ++quote;
    order.reference = print->side > 0 ? quote->ask : quote->bid;
    order.unit = quote->bid + (quote->ask - quote->bid) / 2;
  }
  if (!(order.unit > 0)) {
    ++stream->n_unquoted;
  } else if (is_scaled(stream)) {
    order.sigma = stream->scale.sigma;
    order.volume = stream->scale.mean_volume;
  }
  stream->order = order;
}

static void add_to_order(crucible_impact_stream *stream,
                         const crucible_print *print) {
  crucible__impact_order *order = &stream->order;
  if (order->side != print->side ||
      (print->price - order->last) * print->side < 0) {
    finish_order(stream);
    begin_order(stream, print);
  }
  order->last = print->price;
  order->quantity += print->quantity;
  order->excess +=
      print->quantity * ((print->price - order->reference) * print->side);
}

crucible_status
crucible_impact_stream_push_print(crucible_impact_stream *stream,
                                  const crucible_print *print) {
  if (stream == NULL || print == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          stream == NULL ? "stream" : "print");
  if (!(print->price > 0 && print->price <= LARGEST && print->quantity > 0 &&
        print->quantity <= LARGEST))
    return crucible__fail(CRUCIBLE_E_DATA,
                          "print has price %g and quantity %g: give finite "
                          "numbers > 0",
                          print->price, print->quantity);
  if ((print->side != 1 && print->side != -1) || print->reserved != 0)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "print.side is %d: give 1 where the buyer took, -1 "
                          "where the seller did (reserved: %d, leave it 0)",
                          print->side, print->reserved);
  CRUCIBLE__TRY(check_time(stream, print->time_ms, "print"));
  advance(stream, print->time_ms);
  stream->scale.last[print->side > 0] = print->price;
  stream->scale.open_volume += print->quantity;
  stream->scale.open_flow += print->side * print->quantity;
  if (stream->options.measure == CRUCIBLE_IMPACT_OF_ORDERS)
    add_to_order(stream, print);
  return CRUCIBLE_OK;
}

static crucible_status check_levels(const double *price, const double *quantity,
                                    size_t n, int direction, const char *side) {
  if (n == 0)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "book.n_%ss is 0: give at least the best one", side);
  if (price == NULL || quantity == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "book.%s_%s is NULL", side,
                          price == NULL ? "price" : "quantity");
  for (size_t i = 0; i < n; ++i)
    if (!(price[i] > 0 && price[i] <= LARGEST && quantity[i] > 0 &&
          quantity[i] <= LARGEST) ||
        (i > 0 && !((price[i] - price[i - 1]) * direction > 0)))
      return crucible__fail(CRUCIBLE_E_DATA,
                            "book.%s[%zu] has price %g and quantity %g: give "
                            "finite numbers > 0, the best price first",
                            side, i, price[i], quantity[i]);
  return CRUCIBLE_OK;
}

/* What orders of each size would pay on one side of a book, smallest first: one
   walk for all. */
static void walk(crucible_impact_stream *stream, const double *price,
                 const double *quantity, size_t n, double middle) {
  const double volume = stream->scale.mean_volume;
  const double share_max = stream->options.share_max;
  double share = exp2(ceil(log2(stream->options.share_min)));
  double taken = 0, excess = 0; /* by whole levels */
  size_t i = 0;
  for (; share <= share_max; share *= 2) {
    const double wanted = share * volume;
    while (i < n && taken + quantity[i] < wanted) {
      taken += quantity[i];
      excess += quantity[i] * fabs(price[i] - price[0]);
      ++i;
    }
    if (i == n) {
      ++stream->n_thin;
      continue;
    }
    const double all = excess + (wanted - taken) * fabs(price[i] - price[0]);
    observe(stream, stream->time_ms, stream->scale.sigma, wanted, volume,
            all / wanted / middle);
  }
}

crucible_status crucible_impact_stream_push_book(crucible_impact_stream *stream,
                                                 const crucible_book *book) {
  crucible_book read = {.struct_size = sizeof read};
  if (stream == NULL || book == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          stream == NULL ? "stream" : "book");
  CRUCIBLE__TRY(
      crucible__options_read(&read, sizeof read, book, "crucible_book"));
  CRUCIBLE__TRY(
      check_levels(read.bid_price, read.bid_quantity, read.n_bids, -1, "bid"));
  CRUCIBLE__TRY(
      check_levels(read.ask_price, read.ask_quantity, read.n_asks, 1, "ask"));
  const crucible_quote top = {.time_ms = read.time_ms,
                              .bid = read.bid_price[0],
                              .ask = read.ask_price[0]};
  if (!(top.bid < top.ask))
    return crucible__fail(
        CRUCIBLE_E_DATA,
        "book has best bid %g and best ask %g: a crossed book "
        "has lost an update",
        top.bid, top.ask);
  CRUCIBLE__TRY(check_time(stream, read.time_ms, "book"));
  advance(stream, read.time_ms);
  take_quote(stream, &top);
  if (stream->options.measure == CRUCIBLE_IMPACT_OF_BOOK && is_scaled(stream)) {
    const double middle = stream->scale.quoted;
    walk(stream, read.bid_price, read.bid_quantity, read.n_bids, middle);
    walk(stream, read.ask_price, read.ask_quantity, read.n_asks, middle);
  }
  return CRUCIBLE_OK;
}

crucible_status
crucible_impact_stream_push_order(crucible_impact_stream *stream,
                                  int64_t time_ms, double sigma,
                                  double quantity, double volume, double cost) {
  if (stream == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "stream is NULL");
  if (!(sigma > 0 && sigma <= 1e6))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "sigma is %g: give > 0 and <= 1e6", sigma);
  if (!(quantity > 0 && quantity <= LARGEST && volume > 0 &&
        volume <= LARGEST && quantity / volume > 0))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "quantity is %g and volume %g: give finite numbers "
                          "> 0",
                          quantity, volume);
  if (!(cost >= -1e6 && cost <= 1e6))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "cost is %g: give a fraction of the price, such as "
                          "1e-4",
                          cost);
  CRUCIBLE__TRY(check_time(stream, time_ms, "order"));
  advance(stream, time_ms);
  observe(stream, time_ms, sigma, quantity, volume, cost);
  return CRUCIBLE_OK;
}
