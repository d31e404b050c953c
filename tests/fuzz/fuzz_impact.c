/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any quotes, prints, books and orders. The first byte chooses what is measured
 * and how; then each record has a byte for its kind, one for the time since the
 * last, and numbers: a byte each (near 1) or, as the kind says, eight (any
 * double). A stream refuses a record or takes it; its estimate is finite.
 */
#include <crucible/impact.h>

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

typedef struct input {
  const uint8_t *data;
  size_t n;
} input;

static void expect(int promise) {
  if (!promise)
    abort();
}

static uint8_t byte(input *in) {
  if (in->n == 0)
    return 0;
  --in->n;
  return *in->data++;
}

static double number(input *in, int any) {
  double x;
  if (!any)
    return 1 + byte(in) / 256.0;
  if (in->n < sizeof x)
    return 0;
  memcpy(&x, in->data, sizeof x);
  in->data += sizeof x;
  in->n -= sizeof x;
  return x;
}

static crucible_status push_book(crucible_impact_stream *stream, int64_t time,
                                 input *in, int any) {
  double bid[2], ask[2], bids[2], asks[2];
  for (int i = 0; i < 2; ++i) {
    bid[i] = number(in, any) - (any ? 0 : 1 + i);
    bids[i] = number(in, any);
    ask[i] = number(in, any) + (any ? 0 : i);
    asks[i] = number(in, any);
  }
  const crucible_book book = {.struct_size = sizeof book,
                              .time_ms = time,
                              .n_bids = 1 + byte(in) % 2,
                              .n_asks = 1 + byte(in) % 2,
                              .bid_price = bid,
                              .bid_quantity = bids,
                              .ask_price = ask,
                              .ask_quantity = asks};
  return crucible_impact_stream_push_book(stream, &book);
}

static crucible_status push(crucible_impact_stream *stream, int64_t time,
                            uint8_t kind, input *in) {
  const int any = kind / 4 % 2;
  const double a = number(in, any), b = number(in, any);
  if (kind % 4 == 0) {
    const crucible_quote quote = {
        .time_ms = time, .bid = any ? a : a - 0.5, .ask = any ? b : b + 0.5};
    return crucible_impact_stream_push_quote(stream, &quote);
  }
  if (kind % 4 == 1) {
    const crucible_print print = {.time_ms = time,
                                  .price = a,
                                  .quantity = b,
                                  .side = kind / 8 % 2 ? 1 : -1};
    return crucible_impact_stream_push_print(stream, &print);
  }
  if (kind % 4 == 2)
    return push_book(stream, time, in, any);
  const double cost = number(in, any);
  return crucible_impact_stream_push_order(stream, time, a / 64, b / 64,
                                           any ? a : 1, cost);
}

static void check(const crucible_impact_stream *stream) {
  crucible_impact_fit fit = {.struct_size = sizeof fit};
  crucible_impact_point points[192];
  crucible_cost_options costs;
  size_t n;
  double cost, se;
  expect(crucible_impact_stream_fit(stream, &fit) == CRUCIBLE_OK);
  expect(fit.y > 0 && isfinite(fit.y) && isfinite(fit.exponent));
  expect(fit.y_se >= 0 && isfinite(fit.y_se));
  expect(fit.exponent_se >= 0 && isfinite(fit.exponent_se));
  expect(isfinite(fit.covariance) && isfinite(fit.r2));
  expect(isfinite(fit.mean_cost) && fit.share_low <= fit.share_high);
  expect(crucible_impact_stream_curve(stream, points, 192, &n) == CRUCIBLE_OK);
  expect(n <= 192);
  for (size_t i = 0; i < n; ++i)
    expect(points[i].share > 0 && isfinite(points[i].cost_sigma) &&
           points[i].n_orders > 0);
  crucible_status status = crucible_impact_cost(&fit, 0.01, &cost, &se);
  expect(status == CRUCIBLE_E_INVALID ||
         (status == CRUCIBLE_OK && cost >= 0 && se >= 0));
  crucible_cost_options_init(&costs, sizeof costs);
  status = crucible_impact_apply(&fit, 60000, &costs);
  expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_INVALID);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  input in = {data, n};
  crucible_impact_options options;
  crucible_impact_stream *stream;
  int64_t time = 0;
  crucible_impact_options_init(&options, sizeof options);
  const uint8_t how = byte(&in);
  options.measure = how % 4 % 3;
  options.reference = how / 4 % 2;
  options.errors = how / 8 % 2;
  options.exponent = how / 16 % 2 * 0.5;
  options.window = 1 + how / 32;
  options.horizon_ms = 1000;
  options.min_orders = options.min_blocks = 3;
  options.max_exponent_se = 100;
  expect(crucible_impact_stream_create(&options, &stream) == CRUCIBLE_OK);
  while (in.n > 0) {
    const uint8_t kind = byte(&in);
    time += 16 * (int64_t)byte(&in);
    const crucible_status status = push(stream, time, kind, &in);
    expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_DATA ||
           status == CRUCIBLE_E_INVALID);
  }
  check(stream);
  crucible_impact_stream_destroy(stream);
  return 0;
}
