/* SPDX-License-Identifier: Apache-2.0 */
#include "support/drawn_setting.h"

#include <math.h>
#include <stdlib.h>

#include "support/made_bars.h"

static uint64_t drawn_state;

double draw(void) { return made_uniform(&drawn_state); }

size_t draw_below(size_t n) { return (size_t)(draw() * (double)n); }

void *need(size_t n, size_t size) {
  void *p = calloc(n > 0 ? n : 1, size);
  if (p == NULL)
    abort();
  return p;
}

crucible_bars slice_of(const crucible_bars *bars, size_t at, size_t n) {
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

int flag_at(const crucible_flags *flags, size_t i, size_t c) {
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

double value_at(const crucible_matrix *m, size_t i, size_t c) {
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

/* Often as near as a bar is wide. */
static double draw_distance(void) {
  double x = draw();
  return draw() < 0.7 ? 0.0001 + 0.01 * x * x * x : 0;
}

/* In and out at the market, perhaps with a bracket. */
static void make_plan_plain(crucible_plan *plan, int32_t sizing) {
  plan->side = CRUCIBLE_SIDE_LONG;
  plan->entry = CRUCIBLE_ENTRY_MARKET;
  plan->limit_offset_sigma = plan->offset_fraction = 0;
  plan->stop_limit_fraction = plan->trail_fraction = 0;
  plan->n_rungs = 0;
  if (plan->sizing != sizing || sizing == CRUCIBLE_SIZE_RISK) {
    plan->sizing = CRUCIBLE_SIZE_FRACTION;
    plan->sizing_value = draw() < 0.5 ? 0.95 : 1;
  }
  if (plan->stop_sigma > 0 && draw() < 0.1)
    plan->stop_sigma = 3000; /* below nothing: there is none */
  if (draw() < 0.4) {        /* else by sigma, or not at all */
    plan->stop_sigma = plan->target_sigma = 0;
    plan->stop_fraction = draw_distance();
    plan->target_fraction = draw_distance();
  }
}

/* What crucible__routes_run() takes in whole trips; nothing is given by bar. */
static void make_plain(setting *s) {
  crucible_simulation *sim = &s->simulation;
  crucible_backtest_options *o = &s->options;
  int32_t sizing = draw() < 0.5 ? s->plans[0].sizing : CRUCIBLE_SIZE_FRACTION;
  for (size_t c = 0; c < COLUMNS; ++c)
    make_plan_plain(&s->plans[c], sizing);
  if (draw() < 0.3) /* soon less than the least order */
    o->initial_cash =
        s->instruments[0].min_notional * (1.05 + 0.2 * draw()) + 1;
  o->keep_equity = draw() < 0.3;
  o->keep_drawdowns = draw() < 0.3;
  o->fill_at = CRUCIBLE_FILL_NEXT_OPEN;
  o->path = CRUCIBLE_PATH_PESSIMISTIC;
  o->participation = 0;
  o->costs.impact_exponent = 0.5;
  if (draw() < 0.2) {
    o->costs.impact_law = CRUCIBLE_IMPACT_FIXED;
    o->costs.fixed_slippage = draw() < 0.3 ? 0 : 0.001 * draw();
  }
  sim->enter_short = sim->exit_short = (crucible_flags){.data = NULL};
  sim->taker_fee = sim->maker_fee = (crucible_matrix){.data = NULL};
  sim->slippage = sim->size = (crucible_matrix){.data = NULL};
  sim->stop = sim->take = (crucible_matrix){.data = NULL};
}

/* What crucible__rebalance_run() takes eight columns abreast: plans, long or
   flat, that go to their targets at the market and do nothing else. */
static void make_plain_targets(setting *s) {
  crucible_simulation *sim = &s->simulation;
  crucible_plan *plan = &s->plans[0];
  crucible_backtest_options *o = &s->options;
  double spare = draw() < 0.3 ? 2 : 1; /* more than there is to be had */
  double given = draw() < 0.5 ? 1 : draw() < 0.5 ? 0.5 : 0.1;
  double none = draw() < 0.5 ? 0.1 : 0, scale = spare;
  make_plain(s);
  plan->stop_sigma = plan->target_sigma = 0;
  plan->stop_fraction = plan->target_fraction = 0;
  plan->horizon_bars = 0;
  plan->target_unit = (int32_t)draw_below(3);
  for (size_t c = 1; c < COLUMNS; ++c)
    s->plans[c] = *plan;
  sim->n_plans = draw() < 0.5 ? 1 : COLUMNS;
  o->leverage = 1;
  o->borrow_rate = 0;
  if (s->instruments[0].market_type == CRUCIBLE_MARKET_SPOT)
    s->instruments[0].fee_asset =
        draw() < 0.5 ? CRUCIBLE_FEE_IN_BASE : CRUCIBLE_FEE_IN_QUOTE;
  if (draw() < 0.3)
    s->instruments[0].lot_step = 0.05;
  s->instruments[1] = s->instruments[0];
  if (plan->target_unit != CRUCIBLE_TARGET_FRACTION)
    scale *= o->initial_cash;
  if (plan->target_unit == CRUCIBLE_TARGET_UNITS)
    scale /= s->bars[0].open[0];
  free(s->field[0]);
  sim->targets = draw_matrix(s, 0, 0, scale, given);
  size_t n = sim->targets.rows * sim->targets.cols;
  for (size_t i = 0; i < n; ++i)
    if (draw() < none)
      s->field[0][i] = 0;
  /* lots, but for the last digits */
  double lot = s->instruments[0].lot_step;
  if (plan->target_unit == CRUCIBLE_TARGET_UNITS && draw() < 0.7)
    for (size_t i = 0; i < n; ++i)
      s->field[0][i] = floor(s->field[0][i] / lot) * lot * (1 - 1e-14);
  if (draw() < 0.7)
    sim->n_markets = 1;
  sim->market_of = NULL;
}

setting *draw_setting(recorded *bitcoin, recorded *future, uint64_t seed) {
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
  if (s->plans[0].decides <= CRUCIBLE_DECIDE_SIGNALS && draw() < 0.6)
    make_plain(s);
  if (s->plans[0].decides == CRUCIBLE_DECIDE_TARGETS && draw() < 0.7)
    make_plain_targets(s);
  return s;
}

void free_setting(setting *s) {
  for (size_t k = 0; k < FIELDS; ++k)
    free(s->field[k]);
  for (size_t k = 0; k < 4; ++k)
    free(s->flag[k]);
  free(s->requests);
  free(s);
}
