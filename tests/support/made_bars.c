/* SPDX-License-Identifier: Apache-2.0 */
#include "support/made_bars.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPEN, HIGH, LOW, CLOSE, VOLUME, QUOTE_VOLUME, TRADES, TAKER };

static void *need(void *p) {
  if (p == NULL)
    abort();
  return p;
}

static made_bars *make(size_t n) {
  made_bars *b = need(calloc(1, sizeof *b));
  b->time = need(calloc(n, sizeof *b->time));
  for (size_t j = 0; j < MADE_COLUMNS; ++j)
    b->column[j] = need(calloc(n, sizeof(double)));
  b->view = (crucible_bars){
      .struct_size = sizeof b->view,
      .n = n,
      .open_time_ms = b->time,
      .open = b->column[OPEN],
      .high = b->column[HIGH],
      .low = b->column[LOW],
      .close = b->column[CLOSE],
      .volume = b->column[VOLUME],
      .quote_volume = b->column[QUOTE_VOLUME],
      .trades = b->column[TRADES],
      .taker_buy_base = b->column[TAKER],
      .timeframe_ms = MADE_STEP_MS,
      .symbol = "MADE",
  };
  return b;
}

void made_bars_free(made_bars *b) {
  for (size_t j = 0; j < MADE_COLUMNS; ++j)
    free(b->column[j]);
  free(b->time);
  free(b);
}

/* splitmix64 */
double made_uniform(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static double made_normal(uint64_t *state) {
  double radius = sqrt(-2 * log(1 - made_uniform(state)));
  return radius * cos(6.283185307179586 * made_uniform(state));
}

static void trade(made_bars *b, size_t i, double open, double spread,
                  uint64_t *state) {
  double close = open * exp(spread * made_normal(state));
  double wick = exp(spread * made_uniform(state));
  double volume = 10 * exp(made_normal(state));
  b->column[OPEN][i] = open;
  b->column[CLOSE][i] = close;
  b->column[HIGH][i] = fmax(open, close) * wick;
  b->column[LOW][i] = fmin(open, close) / wick;
  b->column[VOLUME][i] = volume;
  b->column[QUOTE_VOLUME][i] = volume * (open + close) / 2;
  b->column[TRADES][i] = floor(1 + 100 * made_uniform(state));
  b->column[TAKER][i] = volume * made_uniform(state);
}

static void stand_still(made_bars *b, size_t i, double price, double volume) {
  for (size_t j = OPEN; j <= CLOSE; ++j)
    b->column[j][i] = price;
  b->column[VOLUME][i] = volume;
  b->column[QUOTE_VOLUME][i] = volume * price;
  b->column[TRADES][i] = volume > 0 ? 3 : 0;
  b->column[TAKER][i] = volume / 2;
}

static void round_to(made_bars *b, size_t i, double tick) {
  for (size_t j = OPEN; j <= CLOSE; ++j)
    b->column[j][i] = tick * fmax(1, floor(b->column[j][i] / tick + 0.5));
}

made_bars *made_bars_generate(int kind, size_t n, uint64_t seed) {
  made_bars *b = make(n);
  uint64_t state = seed;
  double price = kind == MADE_TINY ? 1e-7 : 60000;
  int64_t time = 1709251200000;
  size_t halted = 0;
  for (size_t i = 0; i < n; ++i) {
    time += MADE_STEP_MS;
    if (kind == MADE_GAPS && made_uniform(&state) < 0.05)
      time += MADE_STEP_MS * (int64_t)(1 + 20 * made_uniform(&state));
    b->time[i] = time;
    if (kind == MADE_HALTS && halted == 0 && made_uniform(&state) < 0.05)
      halted = (size_t)(30 * made_uniform(&state));
    if (kind == MADE_FLAT || kind == MADE_SILENT || halted > 0) {
      stand_still(b, i, price, kind == MADE_FLAT ? 5 : 0);
      halted -= halted > 0;
      continue;
    }
    if (kind == MADE_WILD && made_uniform(&state) < 0.3)
      price = made_uniform(&state) < 0.5 ? 1e9 : 1e-7;
    trade(b, i, price, kind == MADE_TINY ? 0.02 : 0.002, &state);
    if (kind == MADE_TINY)
      round_to(b, i, 1e-9);
    if (kind == MADE_HALTS)
      round_to(b, i, 50);
    if (kind == MADE_WILD)
      for (size_t j = VOLUME; j < MADE_COLUMNS; ++j)
        b->column[j][i] *= made_uniform(&state) < 0.3 ? 1e9 : 1e-7;
    price = b->column[CLOSE][i];
    price = price > 1e12 || price < 1e-12 ? 60000 : price;
  }
  return b;
}

made_bars *made_bars_copy(const crucible_bars *view, size_t begin, size_t end) {
  made_bars *b = make(end - begin);
  const double *from[MADE_COLUMNS] = {
      view->open,   view->high,         view->low,    view->close,
      view->volume, view->quote_volume, view->trades, view->taker_buy_base};
  memcpy(b->time, view->open_time_ms + begin, (end - begin) * sizeof *b->time);
  for (size_t j = 0; j < MADE_COLUMNS; ++j)
    if (from[j] != NULL)
      memcpy(b->column[j], from[j] + begin, (end - begin) * sizeof(double));
  b->view.quote_volume = view->quote_volume ? b->column[QUOTE_VOLUME] : NULL;
  b->view.trades = view->trades ? b->column[TRADES] : NULL;
  b->view.taker_buy_base = view->taker_buy_base ? b->column[TAKER] : NULL;
  b->view.timeframe_ms = view->timeframe_ms;
  return b;
}

/* Kline columns: time, open .. volume, close time, quote volume, trades,
   taker buy base, taker buy quote. */
made_bars *made_bars_read(const char *path) {
  FILE *file = need(fopen(path, "r"));
  char line[512];
  size_t n = 0;
  made_bars *b = make(4096);
  while (fgets(line, sizeof line, file) != NULL) {
    if (line[0] < '0' || line[0] > '9')
      continue;
    char *p = line;
    double cell[11];
    for (size_t j = 0; j < 11; ++j, p += *p == ',')
      cell[j] = strtod(p, &p);
    if (n == 4096)
      abort();
    b->time[n] = (int64_t)cell[0];
    for (size_t j = OPEN; j <= VOLUME; ++j)
      b->column[j][n] = cell[1 + j];
    for (size_t j = QUOTE_VOLUME; j <= TAKER; ++j)
      b->column[j][n] = cell[2 + j];
    n += 1;
  }
  (void)fclose(file);
  b->view.n = n;
  return b;
}
