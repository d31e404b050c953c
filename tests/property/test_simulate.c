/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel against the step: whatever is drawn - plan, market, inputs and how
 * they are shared - each column of crucible_simulate() leaves the records,
 * ledger and metrics of a trader that is pushed bar by bar, to the bit; on each
 * vector level, on any number of threads, in one run or in parts.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/simulate.h>

#include "base/simd.h"
#include "series/bars.h"
#include "stats/figures.h"
#include "support/made_bars.h"
#include "support/near.h"
#include "support/recorded.h"

#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"
#define FUTURE                                                                 \
  CRUCIBLE_SOURCE_DIR "/examples/data/IFL8-5m-2023-12-04_2024-09-27.csv"

enum { COLUMNS = 6, FIELDS = 10, PARTS = 3, REQUESTS = 60 };

static uint64_t drawn_state;

static double draw(void) { return made_uniform(&drawn_state); }

static size_t draw_below(size_t n) { return (size_t)(draw() * (double)n); }

static void *need(size_t n, size_t size) {
  void *p = calloc(n > 0 ? n : 1, size);
  if (p == NULL)
    abort();
  return p;
}

/* n bars from number at on. */
static crucible_bars slice_of(const crucible_bars *bars, size_t at, size_t n) {
  crucible_bars slice = *bars;
  slice.n = n;
  slice.open_time_ms += at;
  slice.open += at;
  slice.high += at;
  slice.low += at;
  slice.close += at;
  slice.volume += at;
  slice.quote_volume = slice.trades = slice.taker_buy_base = NULL;
  return slice;
}

/* ---- what is drawn ---- */

typedef struct setting {
  recorded *source[2];
  crucible_bars bars[2];
  crucible_market markets[2];
  crucible_instrument instruments[2];
  crucible_plan plans[COLUMNS];
  crucible_backtest_options options;
  crucible_simulation simulation;
  uint32_t market_of[COLUMNS];
  crucible_request *requests; /* [COLUMNS * REQUESTS] */
  double *field[FIELDS];
  unsigned char *flag[4];
  size_t first[COLUMNS], end[COLUMNS];
  size_t n;
} setting;

/* A matrix that is shared over bars, columns, both or neither. */
static crucible_matrix draw_matrix(setting *s, size_t slot, double low,
                                   double high, double given) {
  size_t kind = draw_below(4), rows = kind & 1 ? s->n : 1;
  size_t cols = kind & 2 ? COLUMNS : 1;
  int by_row = draw() < 0.5;
  double *data = need(rows * cols, sizeof *data);
  for (size_t i = 0; i < rows * cols; ++i)
    data[i] = draw() < given ? low + (high - low) * draw() : (double)NAN;
  s->field[slot] = data;
  return (crucible_matrix){.data = data,
                           .rows = rows,
                           .cols = cols,
                           .row_stride = by_row ? (ptrdiff_t)cols : 1,
                           .col_stride = by_row ? 1 : (ptrdiff_t)rows};
}

static crucible_flags draw_flags(setting *s, size_t slot, double share) {
  size_t cols = draw() < 0.8 ? COLUMNS : 1;
  unsigned char *data = need(s->n * cols + 64, 1);
  for (size_t i = 0; i < s->n * cols; ++i)
    data[i] = draw() < share ? (unsigned char)(1 + draw_below(255)) : 0;
  s->flag[slot] = data;
  crucible_flags flags = {.data = data, .rows = s->n, .cols = cols};
  if (draw() < 0.5) {
    flags.row_stride = (ptrdiff_t)cols;
    flags.col_stride = 1;
  } else {
    flags.row_stride = 1;
    flags.col_stride = (ptrdiff_t)s->n;
  }
  if (draw() < 0.6)
    return flags;
  /* the same as bits */
  size_t n_words = (s->n + 63) / 64;
  uint64_t *words = need(n_words * cols, sizeof *words);
  for (size_t c = 0; c < cols; ++c)
    for (size_t i = 0; i < s->n; ++i)
      words[c * n_words + i / 64] |=
          (uint64_t)(data[(ptrdiff_t)i * flags.row_stride +
                          (ptrdiff_t)c * flags.col_stride] != 0)
          << (i % 64);
  free(data);
  s->flag[slot] = (unsigned char *)words;
  flags.data = words;
  flags.layout = CRUCIBLE_FLAGS_BITS;
  flags.row_stride = 0;
  flags.col_stride = (ptrdiff_t)n_words;
  return flags;
}

static int flag_at(const crucible_flags *flags, size_t i, size_t c) {
  if (flags->data == NULL)
    return 0;
  ptrdiff_t col = flags->cols == 1 ? 0 : (ptrdiff_t)c;
  if (flags->layout == CRUCIBLE_FLAGS_BITS) {
    const uint64_t *words = flags->data;
    return (int)(words[col * flags->col_stride + (ptrdiff_t)(i / 64)] >>
                     (i % 64) &
                 1);
  }
  const unsigned char *bytes = flags->data;
  return bytes[(ptrdiff_t)i * flags->row_stride + col * flags->col_stride] != 0;
}

static double value_at(const crucible_matrix *m, size_t i, size_t c) {
  if (m->data == NULL)
    return (double)NAN;
  return m->data[(ptrdiff_t)(m->rows == 1 ? 0 : i) * m->row_stride +
                 (ptrdiff_t)(m->cols == 1 ? 0 : c) * m->col_stride];
}

static void draw_plans(setting *s, uint64_t seed) {
  double price = s->bars[0].open[0];
  for (size_t c = 0; c < COLUMNS; ++c) {
    drawn d = drawn_plan(seed * 64 + c, price);
    s->plans[c] = d.plan;
    if (c == 0) {
      s->instruments[0] = s->instruments[1] = d.instrument;
      s->options = d.options;
    }
    s->plans[c].side = s->plans[0].side;
  }
}

static void draw_signals(setting *s) {
  double share = draw() < 0.5 ? 0.02 : 0.2;
  crucible_simulation *sim = &s->simulation;
  for (size_t c = 0; c < COLUMNS; ++c) {
    s->plans[c].decides = CRUCIBLE_DECIDE_SIGNALS;
    s->plans[c].entry = CRUCIBLE_ENTRY_MARKET;
    s->plans[c].on_opposite = (int32_t)draw_below(3);
    s->plans[c].limit_offset_sigma = 0;
    s->plans[c].theta_in = s->plans[c].theta_out = 0;
  }
  sim->enter_long = draw_flags(s, 0, share);
  sim->exit_long = draw_flags(s, 1, share);
  if (s->plans[0].side != CRUCIBLE_SIDE_LONG_SHORT)
    return;
  sim->enter_short = draw_flags(s, 2, share);
  if (draw() < 0.8)
    sim->exit_short = draw_flags(s, 3, share);
}

static void draw_targets(setting *s) {
  double largest = s->options.leverage;
  for (size_t c = 0; c < COLUMNS; ++c) {
    s->plans[c].decides = CRUCIBLE_DECIDE_TARGETS;
    s->plans[c].entry = CRUCIBLE_ENTRY_MARKET;
    s->plans[c].target_unit = CRUCIBLE_TARGET_FRACTION;
    s->plans[c].limit_offset_sigma = 0;
    s->plans[c].theta_in = s->plans[c].theta_out = 0;
  }
  double least = s->plans[0].side == CRUCIBLE_SIDE_LONG ? 0 : -largest;
  s->simulation.targets =
      draw_matrix(s, 0, least, largest, draw() < 0.5 ? 0.05 : 0.5);
}

static crucible_request draw_request(const setting *s, size_t c, size_t bar,
                                     uint32_t id) {
  const crucible_bars *bars = &s->bars[0];
  double close = bars->close[bar], cash = s->options.initial_cash;
  crucible_request r;
  crucible_request_init(&r, sizeof r);
  r.column = (uint32_t)c;
  r.bar = bar;
  r.id = id;
  r.kind = 1 + (int32_t)draw_below(CRUCIBLE_KIND_CANCEL);
  r.side = draw() < 0.5 ? 1 : -1;
  r.size = cash / close * draw();
  r.reduce_only = draw() < 0.2;
  double away = close * 0.01 * (draw() - 0.5);
  if (r.kind == CRUCIBLE_KIND_CANCEL)
    r.id = 1 + (uint32_t)draw_below(id);
  if (r.kind == CRUCIBLE_KIND_LIMIT || r.kind == CRUCIBLE_KIND_POST_ONLY)
    r.limit = close + away;
  if (r.kind == CRUCIBLE_KIND_STOP || r.kind == CRUCIBLE_KIND_STOP_LIMIT)
    r.trigger = close + away;
  if (r.kind == CRUCIBLE_KIND_STOP_LIMIT)
    r.limit = r.trigger + close * 0.004 * (draw() - 0.3) * r.side;
  if (r.kind == CRUCIBLE_KIND_TRAILING_STOP)
    r.trail = close * 0.01 * (0.1 + draw());
  if (r.kind < CRUCIBLE_KIND_TRAILING_STOP && draw() < 0.3) {
    r.stop = close * (1 - 0.01 * r.side * draw());
    r.target = close * (1 + 0.01 * r.side * draw());
  }
  r.ttl_bars = draw() < 0.5 ? (uint32_t)draw_below(20) : 0;
  r.oco = draw() < 0.3 ? 1 + (uint32_t)draw_below(3) : 0;
  return r;
}

static void draw_orders(setting *s) {
  s->requests = need((size_t)COLUMNS * REQUESTS, sizeof *s->requests);
  size_t n = 0;
  for (size_t c = 0; c < COLUMNS; ++c) {
    crucible_plan *plan = &s->plans[c];
    plan->decides = CRUCIBLE_DECIDE_ORDERS;
    plan->entry = CRUCIBLE_ENTRY_MARKET;
    plan->limit_offset_sigma = plan->stop_sigma = plan->target_sigma = 0;
    plan->theta_in = plan->theta_out = 0;
    plan->horizon_bars = 0;
    plan->sizing = CRUCIBLE_SIZE_FRACTION;
    plan->sizing_value = 0.5;
    size_t bar = 0;
    for (uint32_t id = 1; id <= REQUESTS; ++id) {
      bar += draw_below(2 * s->n / REQUESTS);
      if (bar >= s->n)
        break;
      s->requests[n++] = draw_request(s, c, bar, id);
    }
  }
  s->simulation.requests = s->requests;
  s->simulation.n_requests = n;
}

/* What a plan and an account may have beside. */
static void draw_styles(setting *s) {
  crucible_backtest_options *o = &s->options;
  o->fill_at =
      draw() < 0.2 ? CRUCIBLE_FILL_SAME_CLOSE : CRUCIBLE_FILL_NEXT_OPEN;
  o->path = 1 + (int32_t)draw_below(CRUCIBLE_PATH_ADAPTIVE);
  if (draw() < 0.2) {
    o->participation = 0.001 + 0.1 * draw();
    o->remainder = (int32_t)draw_below(2);
  }
  if (s->instruments[0].is_shortable && draw() < 0.3) {
    s->instruments[0].market_type = CRUCIBLE_MARKET_FUTURE;
    s->instruments[1] = s->instruments[0];
    o->funding = CRUCIBLE_FUNDING_REFUSE;
    o->borrow_rate = 0.5 * draw();
  }
  for (size_t c = 0; c < COLUMNS; ++c) {
    crucible_plan *plan = &s->plans[c];
    if (plan->decides == CRUCIBLE_DECIDE_ORDERS)
      continue;
    if (draw() < 0.3)
      plan->trail_fraction = 0.001 + 0.02 * draw();
    if (plan->target_sigma > 0 && draw() < 0.4) {
      plan->n_rungs = 2;
      plan->rung_at[0] = 0.5;
      plan->rung_at[1] = 1;
      plan->rung_share[0] = 0.3;
      plan->rung_share[1] = 0.5;
    }
    if (plan->decides != CRUCIBLE_DECIDE_TARGETS && draw() < 0.2) {
      plan->entry = CRUCIBLE_ENTRY_STOP + (int32_t)draw_below(2);
      plan->offset_fraction = 0.003 * draw();
      plan->limit_offset_sigma = 0;
      if (plan->entry == CRUCIBLE_ENTRY_STOP_LIMIT)
        plan->stop_limit_fraction = 0.002 * draw();
    }
  }
}

static void draw_inputs(setting *s) {
  crucible_simulation *sim = &s->simulation;
  if (draw() < 0.3) {
    sim->taker_fee = draw_matrix(s, 1, 0, 0.002, 0.9);
    if (draw() < 0.5)
      sim->slippage = draw_matrix(s, 2, 0, 0.001, 0.5);
    if (draw() < 0.5)
      sim->maker_fee = draw_matrix(s, 3, -0.0001, 0.001, 0.9);
  }
  if (s->plans[0].decides != CRUCIBLE_DECIDE_SIGNALS || draw() < 0.6)
    return;
  if (s->plans[0].sizing == CRUCIBLE_SIZE_FRACTION)
    sim->size = draw_matrix(s, 4, 0.1, 1, 0.9);
  for (size_t c = 0; c < COLUMNS; ++c)
    s->plans[c].stop_sigma = s->plans[c].target_sigma = s->plans[c].n_rungs = 0;
  for (size_t c = 0; c < COLUMNS; ++c)
    if (s->plans[c].sizing == CRUCIBLE_SIZE_RISK) {
      s->plans[c].sizing = CRUCIBLE_SIZE_FRACTION;
      s->plans[c].sizing_value = 0.5;
    }
  sim->stop = draw_matrix(s, 5, 0.001, 0.02, 0.8);
  sim->take = draw_matrix(s, 6, 0.001, 0.03, 0.8);
}

static setting *draw_setting(recorded *bitcoin, recorded *future,
                             uint64_t seed) {
  setting *s = need(1, sizeof *s);
  drawn_state = seed;
  recorded *r = seed % 3 == 0 ? future : bitcoin;
  s->n = 200 + draw_below(1200);
  size_t at = draw_below(r->bars.n - s->n);
  for (size_t m = 0; m < 2; ++m) {
    s->bars[m] = slice_of(&r->bars, at, s->n);
    s->markets[m] = r->market;
    s->markets[m].bars = &s->bars[m];
    s->markets[m].sigma += at;
    s->markets[m].volume_forecast += at;
    s->markets[m].spread = m == 0 || r->spread == NULL ? NULL : r->spread + at;
  }
  crucible_simulation_init(&s->simulation, sizeof s->simulation);
  draw_plans(s, seed);
  crucible_simulation *sim = &s->simulation;
  double kind = draw();
  if (kind < 0.4)
    draw_signals(s);
  else if (kind < 0.6)
    draw_targets(s);
  else if (kind < 0.8)
    draw_orders(s);
  else
    sim->scores = draw_matrix(s, 0, -0.02, 0.02, 0.9);
  if (draw() < 0.6)
    draw_styles(s);
  draw_inputs(s);
  sim->markets = s->markets;
  sim->instruments = s->instruments;
  sim->n_markets = 1 + draw_below(2);
  sim->n_columns = COLUMNS;
  sim->plans = s->plans;
  sim->n_plans = draw() < 0.3 ? 1 : COLUMNS;
  sim->options = &s->options;
  for (size_t c = 0; c < COLUMNS; ++c) {
    s->market_of[c] = (uint32_t)draw_below(sim->n_markets);
    s->first[c] = draw() < 0.5 ? 0 : draw_below(s->n);
    s->end[c] = s->first[c] + draw_below(s->n - s->first[c] + 1);
  }
  if (draw() < 0.5)
    sim->market_of = s->market_of;
  if (draw() < 0.3) {
    sim->first_bar = s->first;
    sim->end_bar = s->end;
  }
  return s;
}

static void free_setting(setting *s) {
  for (size_t k = 0; k < FIELDS; ++k)
    free(s->field[k]);
  for (size_t k = 0; k < 4; ++k)
    free(s->flag[k]);
  free(s->requests);
  free(s);
}

/* ---- what a column came to, as bytes ---- */

typedef struct tale {
  unsigned char *bytes;
  size_t n, room;
} tale;

static void tell(tale *t, const void *data, size_t n) {
  if (n == 0) /* then data may be NULL */
    return;
  if (t->room - t->n < n) {
    t->room = 2 * (t->room + n);
    t->bytes = realloc(t->bytes, t->room);
    if (t->bytes == NULL)
      abort();
  }
  memcpy(t->bytes + t->n, data, n);
  t->n += n;
}

#define TELL(t, array, i) tell(t, &(array)[i], sizeof(array)[i])

static void tell_order(tale *t, const crucible_orders *o, size_t i) {
  TELL(t, o->side, i);
  TELL(t, o->purpose, i);
  TELL(t, o->entry, i);
  TELL(t, o->status, i);
  TELL(t, o->reason, i);
  TELL(t, o->liquidity, i);
  TELL(t, o->placed_ms, i);
  TELL(t, o->ended_ms, i);
  TELL(t, o->quantity, i);
  TELL(t, o->limit_price, i);
  TELL(t, o->filled, i);
  TELL(t, o->fill_price, i);
  TELL(t, o->fee, i);
  TELL(t, o->spread, i);
  TELL(t, o->slippage, i);
  TELL(t, o->impact, i);
  TELL(t, o->id, i);
}

static void tell_trade(tale *t, const crucible_trades *d, size_t i) {
  TELL(t, d->side, i);
  TELL(t, d->exit, i);
  TELL(t, d->entry_ms, i);
  TELL(t, d->exit_ms, i);
  TELL(t, d->bars, i);
  TELL(t, d->quantity, i);
  TELL(t, d->entry_price, i);
  TELL(t, d->exit_price, i);
  TELL(t, d->result, i);
  TELL(t, d->gross, i);
  TELL(t, d->fee, i);
  TELL(t, d->spread, i);
  TELL(t, d->slippage, i);
  TELL(t, d->impact, i);
  TELL(t, d->funding, i);
  TELL(t, d->dust, i);
  TELL(t, d->mae, i);
  TELL(t, d->mfe, i);
}

/* ---- by the step ---- */

static crucible_outlook outlook_of(const setting *s, size_t c, size_t market,
                                   size_t i) {
  const crucible_market *m = &s->markets[market];
  const crucible_simulation *sim = &s->simulation;
  crucible_outlook outlook;
  crucible_outlook_init(&outlook, sizeof outlook);
  outlook.sigma = m->sigma[i];
  outlook.volume_forecast = m->volume_forecast[i];
  if (m->spread != NULL)
    outlook.spread = m->spread[i];
  if (i + 1 < s->n) {
    outlook.taker_fee = value_at(&sim->taker_fee, i + 1, c);
    outlook.maker_fee = value_at(&sim->maker_fee, i + 1, c);
    outlook.slippage = value_at(&sim->slippage, i + 1, c);
  }
  return outlook;
}

static crucible_wish wish_of(const setting *s, size_t c, size_t i) {
  const crucible_simulation *sim = &s->simulation;
  crucible_wish wish;
  crucible_wish_init(&wish, sizeof wish);
  wish.signals = (uint32_t)flag_at(&sim->enter_long, i, c) |
                 (uint32_t)flag_at(&sim->exit_long, i, c) << 1 |
                 (uint32_t)flag_at(&sim->enter_short, i, c) << 2 |
                 (uint32_t)flag_at(&sim->exit_short, i, c) << 3;
  wish.score = value_at(&sim->scores, i, c);
  wish.size = value_at(&sim->size, i, c);
  wish.stop = value_at(&sim->stop, i, c);
  wish.take = value_at(&sim->take, i, c);
  wish.target = value_at(&sim->targets, i, c);
  for (size_t k = 0; k < sim->n_requests; ++k)
    if (s->requests[k].column == c && s->requests[k].bar == i) {
      if (wish.n_requests++ == 0)
        wish.requests = &s->requests[k];
    }
  return wish;
}

/* The tale of one column, told by a trader; adds what it filled. */
static tale step_column(const setting *s, size_t c, size_t *n_fills) {
  const crucible_simulation *sim = &s->simulation;
  size_t market = sim->market_of != NULL ? s->market_of[c] : c % sim->n_markets;
  size_t first = sim->first_bar != NULL ? s->first[c] : 0;
  size_t end = sim->end_bar != NULL ? s->end[c] : s->n;
  crucible_trader *trader;
  assert_int_equal(crucible_trader_create(&s->plans[sim->n_plans == 1 ? 0 : c],
                                          &s->instruments[market],
                                          s->bars->timeframe_ms, &s->options,
                                          &trader),
                   CRUCIBLE_OK);
  crucible__return_sums sums;
  crucible__return_sums_init(&sums, s->options.initial_cash);
  crucible__market_sums market_sums;
  crucible__market_sums_init(&market_sums);
  crucible_ledger ledger = {.struct_size = sizeof ledger,
                            .cash = s->options.initial_cash};
  const double *close = s->bars[market].close;
  for (size_t i = first; i < end; ++i) {
    crucible_bar bar = crucible__bars_at(&s->bars[market], i);
    crucible_outlook outlook = outlook_of(s, c, market, i);
    crucible_wish wish = wish_of(s, c, i);
    double cash = ledger.cash;
    int was_flat = ledger.position == 0;
    if (crucible_trader_step(trader, &bar, &outlook, &wish) != CRUCIBLE_OK)
      fail_msg("%s", crucible_last_error());
    assert_int_equal(crucible_trader_ledger(trader, &ledger), CRUCIBLE_OK);
    double change = i > 0 ? close[i] / close[i - 1] - 1 : 0;
    if (was_flat && ledger.position == 0 && cash == ledger.cash)
      crucible__return_sums_idle(&sums, 1);
    else
      crucible__return_sums_push(&sums, ledger.equity, change);
    crucible__market_sums_push(&market_sums, change);
  }
  assert_int_equal(crucible_trader_ledger(trader, &ledger), CRUCIBLE_OK);
  crucible_metrics_options options;
  crucible_metrics_options_init(&options, sizeof options);
  options.periods_per_year =
      s->options.periods_per_year > 0
          ? s->options.periods_per_year
          : 365.0 * 24 * 3600 * 1000 / (double)s->bars->timeframe_ms;
  crucible_metrics metrics = {.struct_size = sizeof metrics};
  crucible__metrics_from_sums(&sums, &market_sums, &options, &metrics);
  crucible_orders o = {.struct_size = sizeof o};
  crucible_trades d = {.struct_size = sizeof d};
  assert_int_equal(crucible_trader_records(trader, &o, &d), CRUCIBLE_OK);
  tale t = {0};
  for (size_t i = 0; i < o.n; ++i) {
    tell_order(&t, &o, i);
    *n_fills += o.filled[i] > 0;
  }
  for (size_t i = 0; i < d.n; ++i)
    tell_trade(&t, &d, i);
  tell(&t, &ledger, sizeof ledger);
  tell(&t, &metrics, sizeof metrics);
  crucible_trader_destroy(trader);
  return t;
}

/* ---- by the kernel ---- */

/* The inputs of the bars [from, to). */
static crucible_simulation part_of(const setting *s, size_t from, size_t to,
                                   crucible_bars bars[2],
                                   crucible_market markets[2],
                                   size_t first[COLUMNS], size_t end[COLUMNS],
                                   crucible_request *requests) {
  crucible_simulation part = s->simulation;
  for (size_t m = 0; m < 2; ++m) {
    bars[m] = slice_of(&s->bars[m], from, to - from);
    markets[m] = s->markets[m];
    markets[m].bars = &bars[m];
    markets[m].sigma += from;
    markets[m].volume_forecast += from;
    if (markets[m].spread != NULL)
      markets[m].spread += from;
  }
  part.markets = markets;
  crucible_matrix *matrices[] = {
      &part.scores,   &part.targets, &part.taker_fee, &part.maker_fee,
      &part.slippage, &part.size,    &part.stop,      &part.take};
  for (size_t k = 0; k < sizeof matrices / sizeof matrices[0]; ++k)
    if (matrices[k]->rows > 1) {
      matrices[k]->data += (ptrdiff_t)from * matrices[k]->row_stride;
      matrices[k]->rows = to - from;
    }
  crucible_flags *flags[] = {&part.enter_long, &part.exit_long,
                             &part.enter_short, &part.exit_short};
  for (size_t k = 0; k < 4; ++k)
    if (flags[k]->data != NULL) {
      if (flags[k]->layout == CRUCIBLE_FLAGS_BITS)
        flags[k]->data = (const uint64_t *)flags[k]->data + from / 64;
      else
        flags[k]->data = (const unsigned char *)flags[k]->data +
                         (ptrdiff_t)from * flags[k]->row_stride;
      flags[k]->rows = to - from;
    }
  if (part.n_requests > 0) {
    part.requests = requests;
    part.n_requests = 0;
    for (size_t k = 0; k < s->simulation.n_requests; ++k)
      if (s->requests[k].bar >= from && s->requests[k].bar < to) {
        requests[part.n_requests] = s->requests[k];
        requests[part.n_requests++].bar -= from;
      }
  }
  if (part.first_bar != NULL) {
    for (size_t c = 0; c < COLUMNS; ++c) {
      size_t a = s->first[c], b = s->end[c];
      a = a < from ? from : a > to ? to : a;
      b = b < from ? from : b > to ? to : b;
      first[c] = a - from;
      end[c] = b - from;
    }
    part.first_bar = first;
    part.end_bar = end;
  }
  return part;
}

/* The tales of all columns, told by one run or by several in a row. */
static void kernel_columns(const setting *s, crucible_pool *pool,
                           const size_t *cuts, size_t n_parts,
                           tale tales[COLUMNS]) {
  tale trades[COLUMNS] = {{0}};
  crucible_backtest *before = NULL, *run = NULL;
  for (size_t p = 0; p < n_parts; ++p) {
    crucible_bars bars[2];
    crucible_market markets[2];
    size_t first[COLUMNS], end[COLUMNS];
    crucible_request requests[COLUMNS * REQUESTS];
    crucible_simulation part =
        part_of(s, cuts[p], cuts[p + 1], bars, markets, first, end, requests);
    crucible_status status =
        before == NULL
            ? crucible_simulate(&part, pool, NULL, &run)
            : crucible_simulate_next(&part, before, pool, NULL, &run);
    if (status != CRUCIBLE_OK)
      fail_msg("%s", crucible_last_error());
    crucible_backtest_destroy(before);
    before = run;
    crucible_orders o = {.struct_size = sizeof o};
    crucible_trades d = {.struct_size = sizeof d};
    assert_int_equal(crucible_backtest_records(run, &o, &d), CRUCIBLE_OK);
    for (size_t i = 0; i < o.n; ++i)
      tell_order(&tales[o.column[i]], &o, i);
    for (size_t i = 0; i < d.n; ++i)
      tell_trade(&trades[d.column[i]], &d, i);
  }
  for (size_t c = 0; c < COLUMNS; ++c) {
    crucible_summary summary = {.struct_size = sizeof summary};
    assert_int_equal(crucible_backtest_summary(run, c, &summary), CRUCIBLE_OK);
    tell(&tales[c], trades[c].bytes, trades[c].n);
    tell(&tales[c], &summary.ledger, sizeof summary.ledger);
    tell(&tales[c], &summary.metrics, sizeof summary.metrics);
    free(trades[c].bytes);
  }
  crucible_backtest_destroy(run);
}

static void check_same(const tale *expected, const tale *told, uint64_t seed,
                       size_t column, const char *how) {
  if (expected->n != told->n ||
      memcmp(expected->bytes, told->bytes, expected->n) != 0) {
    size_t at = 0;
    while (at < expected->n && at < told->n &&
           expected->bytes[at] == told->bytes[at])
      ++at;
    fail_msg("seed %llu, column %zu, %s: %zu bytes, the step told %zu; they "
             "differ at %zu",
             (unsigned long long)seed, column, how, told->n, expected->n, at);
  }
}

static void compare(const setting *s, uint64_t seed, crucible_pool *pool,
                    const size_t *cuts, size_t n_parts, const tale *expected,
                    const char *how) {
  tale told[COLUMNS] = {{0}};
  kernel_columns(s, pool, cuts, n_parts, told);
  for (size_t c = 0; c < COLUMNS; ++c) {
    check_same(&expected[c], &told[c], seed, c, how);
    free(told[c].bytes);
  }
}

static void the_kernel_tells_what_the_step_tells(void **state) {
  (void)state;
  recorded *bitcoin = recorded_read(BITCOIN, 0, 1);
  recorded *future = recorded_read(FUTURE, 0, 1);
  crucible_pool *pool;
  assert_int_equal(crucible_pool_create(3, &pool), CRUCIBLE_OK);
  const char *given = getenv("CRUCIBLE_TEST_SEEDS");
  uint64_t n = given != NULL ? strtoull(given, NULL, 10) : 150;
  size_t n_fills = 0;
  for (uint64_t seed = 1; seed <= n; ++seed) {
    setting *s = draw_setting(bitcoin, future, seed);
    tale expected[COLUMNS];
    for (size_t c = 0; c < COLUMNS; ++c)
      expected[c] = step_column(s, c, &n_fills);
    const size_t whole[] = {0, s->n};
    for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level) {
      (void)crucible__simd_force(level);
      compare(s, seed, NULL, whole, 1, expected, "one run");
    }
    (void)crucible__simd_force(-1);
    compare(s, seed, pool, whole, 1, expected, "on threads");
    /* bits are cut at words */
    size_t a = 64 * draw_below(s->n / 64), b = a + 64 * draw_below(2);
    const size_t parts[PARTS + 1] = {0, a, b, s->n};
    compare(s, seed, NULL, parts, PARTS, expected, "in parts");
    for (size_t c = 0; c < COLUMNS; ++c)
      free(expected[c].bytes);
    free_setting(s);
  }
  print_message("%zu fills\n", n_fills);
  assert_true(n_fills > 50 * n);
  crucible_pool_destroy(pool);
  recorded_free(bitcoin);
  recorded_free(future);
}

/* ---- columns that share their cash ---- */

static void draw_groups(setting *s, uint32_t group_of[COLUMNS]) {
  uint32_t group = 0;
  for (size_t c = 0; c < COLUMNS; ++c) {
    group += c > 0 && draw() < 0.4;
    group_of[c] = group;
  }
  for (size_t c = 1; c < COLUMNS; ++c)
    if (group_of[c] == group_of[c - 1]) {
      s->first[c] = s->first[c - 1];
      s->end[c] = s->end[c - 1];
    }
  s->simulation.group_of = group_of;
}

/* All members see one equity: what has flowed through each, and what each
   holds. */
static void check_group(const setting *s, crucible_backtest *run,
                        const uint32_t group_of[COLUMNS]) {
  for (size_t c = 0; c < COLUMNS;) {
    double cash = 0, held = 0, equity = 0;
    size_t end = c;
    for (; end < COLUMNS && group_of[end] == group_of[c]; ++end) {
      crucible_summary member = {.struct_size = sizeof member};
      assert_int_equal(crucible_backtest_summary(run, end, &member),
                       CRUCIBLE_OK);
      const crucible_ledger *l = &member.ledger;
      cash += l->cash;
      if (l->position != 0)
        held += l->position * l->mark_price - l->exit_fee;
      if (end > c)
        assert_near(l->equity, equity, 1e-12, 0);
      equity = l->equity;
    }
    assert_near(cash + held, equity, 1e-12, 1e-9 * s->options.initial_cash);
    c = end;
  }
}

static void groups_come_to_the_same_however_they_run(void **state) {
  (void)state;
  recorded *bitcoin = recorded_read(BITCOIN, 0, 1);
  recorded *future = recorded_read(FUTURE, 0, 1);
  crucible_pool *pool;
  assert_int_equal(crucible_pool_create(3, &pool), CRUCIBLE_OK);
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    setting *s = draw_setting(bitcoin, future, seed);
    uint32_t group_of[COLUMNS];
    draw_groups(s, group_of);
    tale expected[COLUMNS] = {{0}};
    const size_t whole[] = {0, s->n};
    (void)crucible__simd_force(CRUCIBLE__SIMD_BASELINE);
    kernel_columns(s, NULL, whole, 1, expected);
    (void)crucible__simd_force(-1);
    compare(s, seed, NULL, whole, 1, expected, "one run");
    compare(s, seed, pool, whole, 1, expected, "on threads");
    size_t a = 64 * draw_below(s->n / 64), b = a + 64 * draw_below(2);
    const size_t parts[PARTS + 1] = {0, a, b, s->n};
    compare(s, seed, NULL, parts, PARTS, expected, "in parts");
    crucible_backtest *run;
    assert_int_equal(crucible_simulate(&s->simulation, NULL, NULL, &run),
                     CRUCIBLE_OK);
    check_group(s, run, group_of);
    crucible_backtest_destroy(run);
    for (size_t c = 0; c < COLUMNS; ++c)
      free(expected[c].bytes);
    free_setting(s);
  }
  crucible_pool_destroy(pool);
  recorded_free(bitcoin);
  recorded_free(future);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_kernel_tells_what_the_step_tells),
      cmocka_unit_test(groups_come_to_the_same_however_they_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
