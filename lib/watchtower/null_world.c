/* SPDX-License-Identifier: Apache-2.0 */
#include "watchtower/null_world.h"

#include <math.h>
#include <string.h>

#include <crucible/simulate.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/rng.h"

enum {
  COLUMNS = 8, /* of a market: prices, volume, three forecasts */
  BARS_MIN = 100,
  ROOM_MAX = 32,
  TERM = 2048,         /* bars an account lives; whole words of flags */
  ROOM_BYTES = 1 << 26 /* of markets, for one worker */
};

/* ---- the world ---- */

static int is_warm(const crucible_market *market, size_t i) {
  return isfinite(market->sigma[i]) && isfinite(market->volume_forecast[i]) &&
         (market->spread == NULL || isfinite(market->spread[i]));
}

static crucible__null_bar bar_at(const crucible_market *market, size_t i) {
  const crucible_bars *b = market->bars;
  const double before = b->close[i - 1];
  return (crucible__null_bar){
      .open = b->open[i] / before,
      .high = b->high[i] / before,
      .low = b->low[i] / before,
      .close = b->close[i] / before,
      .volume = b->volume[i],
      .sigma = market->sigma[i],
      .volume_forecast = market->volume_forecast[i],
      .spread = market->spread == NULL ? 0 : market->spread[i]};
}

static crucible_status check_market(const crucible_market *market) {
  if (market == NULL || market->bars == NULL || market->sigma == NULL ||
      market->volume_forecast == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give %s",
                          market == NULL          ? "market"
                          : market->bars == NULL  ? "market.bars"
                          : market->sigma == NULL ? "market.sigma"
                                                  : "market.volume_forecast",
                          market == NULL || market->bars == NULL
                              ? "recorded bars"
                              : "a forecast per bar, as costs need it");
  const crucible_bars *b = market->bars;
  for (size_t i = 0; i < b->n; ++i)
    if (!(b->low[i] > 0 && b->low[i] <= b->open[i] &&
          b->low[i] <= b->close[i] && b->high[i] >= b->open[i] &&
          b->high[i] >= b->close[i] && isfinite(b->high[i]) &&
          b->volume[i] >= 0 && isfinite(b->volume[i])))
      return crucible__fail(CRUCIBLE_E_DATA,
                            "bar %zu has open %g, high %g, low %g, close %g, "
                            "volume %g: no bar can be so",
                            i, b->open[i], b->high[i], b->low[i], b->close[i],
                            b->volume[i]);
  return CRUCIBLE_OK;
}

crucible_status
crucible__null_world_init(crucible__null_world *world,
                          const crucible_market *market,
                          const crucible_instrument *instrument,
                          const crucible_calibrate_options *options) {
  *world = (crucible__null_world){
      .options = options, .instrument = instrument, .market = market};
  CRUCIBLE__TRY(check_market(market));
  const crucible_bars *b = market->bars;
  world->bars = crucible__alloc(b->n, sizeof *world->bars);
  if (world->bars == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 1; i < b->n; ++i)
    if (is_warm(market, i))
      world->bars[world->n++] = bar_at(market, i);
  const size_t needed = options->market == CRUCIBLE_NULL_RECORDED
                            ? options->n_bars
                            : (size_t)BARS_MIN;
  if (world->n < needed) {
    const size_t n = world->n;
    crucible__null_world_free(world);
    return crucible__fail(
        CRUCIBLE_E_TOO_SHORT,
        "%zu of %zu bars have forecasts, %zu are needed: give "
        "more bars",
        n, b->n, needed);
  }
  world->first_price = b->close[b->n - 1];
  world->has_spread = market->spread != NULL;
  /* Out of the market for hold (1 - share) / share bars on average. */
  world->leave = 1 / options->hold_bars;
  world->enter = fmin(1, options->in_market /
                             ((1 - options->in_market) * options->hold_bars));
  return CRUCIBLE_OK;
}

void crucible__null_world_free(crucible__null_world *world) {
  crucible__free(world->bars);
  world->bars = NULL;
}

/*
 * An agent trades in terms, each with a new account at the first price: fees
 * would have eaten one account after some months, and what is given back for
 * them is given to the record, not to the account. The last term is the longest.
 */
typedef struct term {
  size_t begin, n; /* bars */
} term;

static size_t term_count(const crucible__null_world *world) {
  const size_t n = world->options->n_bars / TERM;
  return n > 1 ? n : 1;
}

static term term_at(const crucible__null_world *world, size_t number) {
  const size_t begin = number * TERM;
  return (term){begin, number + 1 < term_count(world)
                           ? (size_t)TERM
                           : world->options->n_bars - begin};
}

/* ---- room ---- */

size_t crucible__null_room(const crucible__null_world *world) {
  const size_t each =
      (size_t)world->options->n_bars * (COLUMNS + 2) * sizeof(double);
  const size_t room = ROOM_BYTES / each;
  return room < 1 ? 1 : room > ROOM_MAX ? ROOM_MAX : room;
}

static size_t words_of(const crucible__null_world *world) {
  return ((size_t)world->options->n_bars + 63) / 64;
}

crucible_status crucible__null_tracks_init(crucible__null_tracks *tracks,
                                           const crucible__null_world *world) {
  const size_t room = crucible__null_room(world);
  const size_t n = world->options->n_bars;
  *tracks = (crucible__null_tracks){.n_agents = room};
  tracks->steps = crucible__alloc(room * n, sizeof *tracks->steps);
  tracks->columns = crucible__alloc(room * n, COLUMNS * sizeof(double));
  tracks->flags = crucible__alloc(room * words_of(world), 4 * sizeof(uint64_t));
  tracks->markets = crucible__alloc_zero(room, sizeof *tracks->markets);
  tracks->bars = crucible__alloc_zero(room, sizeof *tracks->bars);
  tracks->instruments = crucible__alloc(room, sizeof *tracks->instruments);
  tracks->times = crucible__alloc(n, sizeof *tracks->times);
  if (tracks->steps == NULL || tracks->columns == NULL ||
      tracks->flags == NULL || tracks->markets == NULL ||
      tracks->bars == NULL || tracks->instruments == NULL ||
      tracks->times == NULL) {
    crucible__null_tracks_free(tracks);
    return CRUCIBLE_E_NOMEM;
  }
  const crucible_bars *recorded = world->market->bars;
  for (size_t i = 0; i < n; ++i)
    tracks->times[i] =
        recorded->open_time_ms[0] + (int64_t)i * recorded->timeframe_ms;
  for (size_t k = 0; k < room; ++k)
    tracks->instruments[k] = *world->instrument;
  return CRUCIBLE_OK;
}

void crucible__null_tracks_free(crucible__null_tracks *tracks) {
  crucible__free(tracks->steps);
  crucible__free(tracks->columns);
  crucible__free(tracks->flags);
  crucible__free(tracks->markets);
  crucible__free(tracks->bars);
  crucible__free(tracks->instruments);
  crucible__free(tracks->times);
  *tracks = (crucible__null_tracks){0};
}

/* ---- one agent's market and signals ---- */

/* Upside down: what rose by a factor falls by it, the high is the low. */
static crucible__null_bar flipped(const crucible__null_bar *bar) {
  crucible__null_bar out = *bar;
  out.open = 1 / bar->open;
  out.high = 1 / bar->low;
  out.low = 1 / bar->high;
  out.close = 1 / bar->close;
  return out;
}

static void draw_market(const crucible__null_world *world, uint64_t agent,
                        double *columns) {
  const crucible_calibrate_options *o = world->options;
  const size_t n = o->n_bars;
  crucible__rng rng;
  crucible__rng_init(&rng, o->seed, CRUCIBLE__RNG_NULL_MARKET, agent);
  size_t at = 0;
  int flip = 0;
  double price = world->first_price;
  const size_t last_term = (term_count(world) - 1) * TERM;
  for (size_t t = 0; t < n; ++t, ++at) {
    if (t % TERM == 0 && t <= last_term)
      price = world->first_price;
    if (o->market == CRUCIBLE_NULL_RECORDED) {
      if (t == 0)
        at = crucible__rng_below(&rng, world->n - n + 1);
    } else if (t == 0 || crucible__rng_uniform(&rng) * o->block_bars < 1) {
      at = crucible__rng_below(&rng, world->n);
      flip = o->market == CRUCIBLE_NULL_FLIPPED &&
             crucible__rng_uniform(&rng) < 0.5;
    }
    if (at == world->n)
      at = 0; /* the bootstrap's circle */
    const crucible__null_bar bar =
        flip ? flipped(&world->bars[at]) : world->bars[at];
    const double cells[COLUMNS] = {price * bar.open,    price * bar.high,
                                   price * bar.low,     price * bar.close,
                                   bar.volume,          bar.sigma,
                                   bar.volume_forecast, bar.spread};
    for (size_t c = 0; c < COLUMNS; ++c)
      columns[c * n + t] = cells[c];
    price = cells[3];
  }
}

static void set_flag(uint64_t *words, size_t t) {
  words[t / 64] |= (uint64_t)1 << (t % 64);
}

static void clear_flag(uint64_t *words, size_t t) {
  words[t / 64] &= ~((uint64_t)1 << (t % 64));
}

/* Sets bits of [first, n) each with the same chance, by the gaps between. */
static void draw_flags(crucible__rng *rng, double chance, size_t first,
                       size_t n, uint64_t *words) {
  const double scale = chance < 1 ? 1 / log1p(-chance) : 0;
  for (size_t t = first;; ++t) {
    const double gap = floor(log1p(-crucible__rng_uniform(rng)) * scale);
    if (!(gap < (double)(n - t)))
      return;
    t += (size_t)gap;
    set_flag(words, t);
    if (t + 1 >= n)
      return;
  }
}

enum { ENTER_LONG, EXIT_LONG, ENTER_SHORT, EXIT_SHORT, FLAGS };

static void draw_signals(const crucible__null_world *world, uint64_t agent,
                         size_t room, size_t column,
                         crucible__null_tracks *tracks) {
  const crucible_calibrate_options *o = world->options;
  const size_t n = o->n_bars, words = words_of(world);
  const int both = o->side == CRUCIBLE_SIDE_LONG_SHORT;
  uint64_t *flags[FLAGS];
  crucible__rng rng;
  crucible__rng_init(&rng, o->seed, CRUCIBLE__RNG_NULL_SIGNALS, agent);
  for (size_t f = 0; f < FLAGS; ++f) {
    flags[f] = tracks->flags + (f * room + column) * words;
    memset(flags[f], 0, words * sizeof *flags[f]);
  }
  draw_flags(&rng, both ? world->enter / 2 : world->enter, 0, n,
             flags[ENTER_LONG]);
  draw_flags(&rng, world->leave, 0, n, flags[EXIT_LONG]);
  if (both)
    draw_flags(&rng, world->enter / 2, 0, n, flags[ENTER_SHORT]);
  /* Nothing is entered that could not be left before the end of a term. */
  for (size_t i = 0; i < term_count(world); ++i) {
    const term at = term_at(world, i);
    const size_t end = at.begin + at.n;
    set_flag(flags[EXIT_LONG], end - 3);
    for (size_t t = end - 4; t < end; ++t) {
      clear_flag(flags[ENTER_LONG], t);
      clear_flag(flags[ENTER_SHORT], t);
    }
  }
  memcpy(flags[EXIT_SHORT], flags[EXIT_LONG], words * sizeof *flags[0]);
}

/* ---- what became of them ---- */

/* The markets of a term. */
static void show_term(const crucible__null_world *world, term at, size_t n,
                      crucible__null_tracks *tracks) {
  const size_t n_bars = world->options->n_bars;
  for (size_t k = 0; k < n; ++k) {
    double *c = tracks->columns + k * COLUMNS * n_bars + at.begin;
    tracks->bars[k] =
        (crucible_bars){.struct_size = sizeof(crucible_bars),
                        .n = at.n,
                        .open_time_ms = tracks->times + at.begin,
                        .open = c,
                        .high = c + n_bars,
                        .low = c + 2 * n_bars,
                        .close = c + 3 * n_bars,
                        .volume = c + 4 * n_bars,
                        .timeframe_ms = world->market->bars->timeframe_ms};
    tracks->markets[k] =
        (crucible_market){.struct_size = sizeof(crucible_market),
                          .bars = &tracks->bars[k],
                          .sigma = c + 5 * n_bars,
                          .volume_forecast = c + 6 * n_bars,
                          .spread = world->has_spread ? c + 7 * n_bars : NULL};
  }
}

static crucible_flags flags_at(const crucible__null_tracks *tracks,
                               size_t words, size_t kind, term at,
                               size_t agents) {
  return (crucible_flags){
      .data = tracks->flags + kind * tracks->n_agents * words + at.begin / 64,
      .rows = at.n,
      .cols = agents,
      .col_stride = (ptrdiff_t)words,
      .layout = CRUCIBLE_FLAGS_BITS};
}

static crucible_status simulate(const crucible__null_world *world, term at,
                                size_t n, crucible__null_tracks *tracks,
                                crucible_backtest **backtest) {
  const crucible_calibrate_options *o = world->options;
  const size_t words = words_of(world);
  crucible_backtest_options options = o->backtest;
  crucible_simulation s;
  crucible_plan plan;
  crucible_plan_init(&plan, sizeof plan);
  plan.decides = CRUCIBLE_DECIDE_SIGNALS;
  plan.side = o->side;
  plan.on_opposite = CRUCIBLE_OPPOSITE_IGNORE;
  plan.stop_fraction = o->stop_fraction;
  plan.target_fraction = o->target_fraction;
  options.keep_equity = options.keep_records = 1;
  options.metrics = 0;
  options.funding = CRUCIBLE_FUNDING_UNAVAILABLE;
  crucible_simulation_init(&s, sizeof s);
  s.markets = tracks->markets;
  s.instruments = tracks->instruments;
  s.n_markets = s.n_columns = n;
  s.plans = &plan;
  s.n_plans = 1;
  s.options = &options;
  s.enter_long = flags_at(tracks, words, ENTER_LONG, at, n);
  s.exit_long = flags_at(tracks, words, EXIT_LONG, at, n);
  if (o->side == CRUCIBLE_SIDE_LONG_SHORT) {
    s.enter_short = flags_at(tracks, words, ENTER_SHORT, at, n);
    s.exit_short = flags_at(tracks, words, EXIT_SHORT, at, n);
  }
  return crucible_simulate(&s, NULL, NULL, backtest);
}

static void take_returns(const crucible_matrix *equity, size_t column,
                         double cash, crucible__null_step *steps) {
  double before = cash;
  for (size_t t = 0; t < equity->rows; ++t) {
    const double now = equity->data[(ptrdiff_t)t * equity->row_stride +
                                    (ptrdiff_t)column * equity->col_stride];
    steps[t] = (crucible__null_step){
        .net = before > 0 ? (float)(now / before - 1) : 0};
    before = now;
  }
}

static void take_trades(const crucible_trades *trades,
                        const crucible_matrix *equity, size_t n_bars,
                        double cash, crucible__null_step *steps) {
  for (size_t i = 0; i < trades->n; ++i) {
    const size_t column = trades->column[i];
    crucible__null_step *own = steps + column * n_bars;
    const size_t entry = trades->entry_bar[i], exit = trades->exit_bar[i];
    const double before =
        entry == 0 ? cash
                   : equity->data[(ptrdiff_t)(entry - 1) * equity->row_stride +
                                  (ptrdiff_t)column * equity->col_stride];
    for (size_t t = entry; t <= exit; ++t)
      own[t].in_market = 1;
    ++own[entry].n_fills;
    ++own[exit].n_fills;
    ++own[exit].n_trades;
    if (before > 0)
      own[exit].trade += (float)(trades->result[i] / before);
  }
}

static crucible_status trade_term(const crucible__null_world *world, term at,
                                  size_t n, crucible__null_tracks *tracks) {
  const size_t n_bars = world->options->n_bars;
  const double cash = world->options->backtest.initial_cash;
  crucible__null_step *steps = tracks->steps + at.begin;
  crucible_backtest *backtest = NULL;
  crucible_matrix equity;
  crucible_trades trades = {.struct_size = sizeof trades};
  show_term(world, at, n, tracks);
  CRUCIBLE__TRY(simulate(world, at, n, tracks, &backtest));
  crucible_status status = crucible_backtest_equity(backtest, &equity);
  if (status == CRUCIBLE_OK)
    status = crucible_backtest_records(backtest, NULL, &trades);
  if (status == CRUCIBLE_OK) {
    for (size_t k = 0; k < n; ++k)
      take_returns(&equity, k, cash, steps + k * n_bars);
    take_trades(&trades, &equity, n_bars, cash, steps);
  }
  crucible_backtest_destroy(backtest);
  return status;
}

crucible_status crucible__null_tracks_make(const crucible__null_world *world,
                                           uint64_t first, size_t n,
                                           crucible__null_tracks *tracks) {
  const size_t n_bars = world->options->n_bars;
  for (size_t k = 0; k < n; ++k) {
    draw_market(world, first + k, tracks->columns + k * COLUMNS * n_bars);
    draw_signals(world, first + k, tracks->n_agents, k, tracks);
  }
  for (size_t i = 0; i < term_count(world); ++i)
    CRUCIBLE__TRY(trade_term(world, term_at(world, i), n, tracks));
  return CRUCIBLE_OK;
}
