/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keeping records costs: 100 columns of 1,900 orders and 950 trades each,
 * written down event by event (append), and gathered in one table that is made
 * anew (gather). Per row.
 */
#include <stdlib.h>

#include "backtest/record_gather.h"
#include "bench.h"

enum { COLUMNS = 100, BARS = 950 }; /* of a column, each with a round trip */

typedef struct input {
  crucible__log log;
  crucible__records all;
  size_t n_columns;
  double sum; /* of a pass */
} input;

static void *start(bench_context *context) {
  input *in = calloc(1, sizeof *in);
  if (in == NULL)
    abort();
  in->n_columns = context->is_quick ? 4 : COLUMNS;
  context->work = (double)in->n_columns * 3 * BARS;
  return in;
}

/* What a bar brings whose position is left and another one entered. */
static void add_bar(crucible__log *log, uint32_t bar) {
  bench_must(crucible__log_reserve(log, 2, 1));
  double price = 100.0 + bar;
  int64_t open_ms = 300000 * (int64_t)bar;
  for (int32_t k = 0; k < 2; ++k) {
    log->orders[log->n_orders++] = (crucible__order_event){
        .placed_ms = open_ms,
        .ended_ms = open_ms,
        .quantity = 0.5,
        .limit_price = price,
        .filled = 0.5,
        .fill_price = price,
        .fee = 0.001 * price,
        .spread = 0.01,
        .slippage = 0.02,
        .side = 1 - 2 * k,
        .purpose = 1 + k,
        .entry = 1,
        .status = 1,
        .liquidity = 2,
    };
  }
  log->trades[log->n_trades++] = (crucible__trade_event){
      .entry_ms = open_ms - 600000,
      .exit_ms = open_ms,
      .quantity = 0.5,
      .entry_price = price,
      .exit_price = price + 1,
      .result = 0.5,
      .gross = 0.6,
      .most = 0.5,
      .mae = 0.01,
      .mfe = 0.02,
      .costs = {.fee = 0.1, .spread = 0.02, .slippage = 0.04},
      .side = 1,
      .exit = 2,
      .is_last = 1,
      .bars = 2,
      .entry_bar = bar,
      .exit_bar = bar + 2,
  };
}

static void add_column(crucible__log *log) {
  for (uint32_t bar = 0; bar < BARS; ++bar)
    add_bar(log, bar);
}

static void append(void *data) {
  input *in = data;
  in->sum = 0;
  for (size_t c = 0; c < in->n_columns; ++c) {
    add_column(&in->log);
    in->sum += in->log.trades[BARS - 1].exit_price;
    crucible__log_clear(&in->log);
  }
}

static void gather(void *data) {
  input *in = data;
  crucible__gather gather;
  crucible__records_free(&in->all);
  bench_must(crucible__gather_init(&gather, &in->all, in->n_columns));
  for (size_t i = 0; i < in->n_columns; ++i) {
    add_column(&in->log);
    bench_must(crucible__gather_take(&gather, i, &in->log));
  }
  bench_must(crucible__gather_finish(&gather));
  crucible__gather_free(&gather);
  in->sum = 0;
  for (size_t c = 0; c < in->n_columns; ++c)
    in->sum += in->all.trades.exit_price[(c + 1) * BARS - 1];
}

static int check(void *data) {
  const input *in = data;
  return in->sum == (double)in->n_columns * (100 + BARS);
}

static void stop(void *data) {
  input *in = data;
  crucible__log_free(&in->log);
  crucible__records_free(&in->all);
  free(in);
}

const bench_case bench_records[] = {{.name = "append",
                                     .unit = "ns",
                                     .start = start,
                                     .pass = append,
                                     .check = check,
                                     .stop = stop},
                                    {.name = "gather",
                                     .unit = "ns",
                                     .start = start,
                                     .pass = gather,
                                     .check = check,
                                     .stop = stop},
                                    {0}};
