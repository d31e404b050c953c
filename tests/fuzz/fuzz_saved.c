/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saved states with some of their bytes replaced: {kind, offset (2), bytes}. As
 * they are, and with the digest that makes them whole. What is taken is saved
 * once and for all (load and save again are the same bytes) and goes on within
 * its own memory; the rest is refused.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/backtest.h>
#include <crucible/portfolio.h>
#include <crucible/sequential.h>
#include <crucible/volatility.h>
#include <crucible/watchtower.h>

#include "base/pack.h"
#include "support/seal_bytes.h"
#include "watchtower/watchtower_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MOST = 1 << 16, VALUES = 600, MORE = 80, BAR_MS = 300000 };

static void expect(int promise) {
  if (!promise)
    abort();
}

/* Returns of a thousandth or so, the same in every run. */
static double value_at(int i) {
  uint32_t x = (uint32_t)i * 2654435761u;
  x ^= x >> 15;
  return 1e-3 * ((double)(x % 2001) / 1000 - 1) + 1e-5;
}

/* One kind of state: made, saved, loaded into a new one, and used. */
typedef struct kind {
  void *(*make)(void);
  crucible_status (*load)(void **object, const uint8_t *bytes, size_t n);
  crucible_status (*save)(const void *object, uint8_t *bytes, size_t *n);
  void (*use)(void *object, int from, int to);
  void (*end)(void *object);
} kind;

/* ---- bounds of a Sharpe ratio ---- */

static void *sequence_make(void) {
  crucible_sharpe_sequence_options options;
  crucible_sharpe_sequence *made;
  crucible_sharpe_sequence_options_init(&options, sizeof options);
  options.lags = 3;
  options.burn_in = 50;
  expect(crucible_sharpe_sequence_create(&options, &made) == CRUCIBLE_OK);
  return made;
}

static crucible_status sequence_load(void **object, const uint8_t *bytes,
                                     size_t n) {
  *object = sequence_make();
  return crucible_sharpe_sequence_load(*object, bytes, n);
}

static crucible_status sequence_save(const void *object, uint8_t *bytes,
                                     size_t *n) {
  return crucible_sharpe_sequence_save(object, bytes, MOST, n);
}

static void sequence_use(void *object, int from, int to) {
  crucible_sharpe_sequence_state state = {.struct_size = sizeof state};
  for (int i = from; i < to; ++i)
    (void)!crucible_sharpe_sequence_push(object, value_at(i));
  expect(crucible_sharpe_sequence_get(object, &state) == CRUCIBLE_OK);
  expect(!(state.lower > state.upper));
}

static void sequence_end(void *object) {
  crucible_sharpe_sequence_destroy(object);
}

/* ---- the detector of a lost edge ---- */

static void *detector_make(void) {
  crucible_edge_detector_options options;
  crucible_edge_detector *made;
  crucible_edge_detector_options_init(&options, sizeof options);
  options.burn_in = 50;
  expect(crucible_edge_detector_create(&options, &made) == CRUCIBLE_OK);
  return made;
}

static crucible_status detector_load(void **object, const uint8_t *bytes,
                                     size_t n) {
  *object = detector_make();
  return crucible_edge_detector_load(*object, bytes, n);
}

static crucible_status detector_save(const void *object, uint8_t *bytes,
                                     size_t *n) {
  return crucible_edge_detector_save(object, bytes, MOST, n);
}

static void detector_use(void *object, int from, int to) {
  crucible_edge_detector_state state = {.struct_size = sizeof state};
  for (int i = from; i < to; ++i)
    (void)!crucible_edge_detector_push(object, value_at(i), NULL);
  expect(crucible_edge_detector_get(object, &state) == CRUCIBLE_OK);
}

static void detector_end(void *object) {
  crucible_edge_detector_destroy(object);
}

/* ---- discoveries among agents ---- */

static void *online_make(void) {
  crucible_online_fdr *made;
  expect(crucible_online_fdr_create(0.1, &made) == CRUCIBLE_OK);
  return made;
}

static crucible_status online_load(void **object, const uint8_t *bytes,
                                   size_t n) {
  *object = online_make();
  return crucible_online_fdr_load(*object, bytes, n);
}

static crucible_status online_save(const void *object, uint8_t *bytes,
                                   size_t *n) {
  return crucible_online_fdr_save(object, bytes, MOST, n);
}

static void online_use(void *object, int from, int to) {
  uint64_t born = 0, rejected = 0;
  for (int i = from; i < to; i += 16) {
    expect(crucible_online_fdr_birth(object, NULL, NULL) == CRUCIBLE_OK);
    expect(crucible_online_fdr_count(object, &born, &rejected) == CRUCIBLE_OK);
    (void)!crucible_online_fdr_push(object, born - 1, 1e4 * value_at(i), NULL);
  }
  expect(crucible_online_fdr_count(object, &born, &rejected) == CRUCIBLE_OK);
  expect(rejected <= born);
}

static void online_end(void *object) { crucible_online_fdr_destroy(object); }

/* ---- a watchtower ---- */

static crucible_watchtower_options tower_options(void) {
  crucible_watchtower_options options;
  crucible_watchtower_options_init(&options, sizeof options);
  options.window = 64;
  options.min_bars = 40;
  options.min_trades = 2;
  options.lags = 2;
  return options;
}

static void *tower_make(void) {
  const crucible_watchtower_options options = tower_options();
  crucible_watchtower *made;
  expect(crucible_watchtower_create(&options, &made) == CRUCIBLE_OK);
  for (uint32_t i = 0; i < 3; ++i)
    expect(crucible_watchtower_add(made, i, 200) == CRUCIBLE_OK);
  return made;
}

static crucible_status tower_load(void **object, const uint8_t *bytes,
                                  size_t n) {
  const crucible_watchtower_options options = tower_options();
  crucible__unpack unpack = {.data = bytes, .length = n};
  crucible_watchtower *loaded = NULL;
  crucible_status status =
      crucible__watchtower_load(&options, &unpack, &loaded);
  expect((status == CRUCIBLE_OK) == (loaded != NULL));
  if (status == CRUCIBLE_OK)
    status = crucible__unpack_end(&unpack, "watchtower");
  *object = loaded;
  return status;
}

static crucible_status tower_save(const void *object, uint8_t *bytes,
                                  size_t *n) {
  crucible__pack pack = {0};
  crucible__watchtower_save(object, &pack);
  return crucible__pack_hand_out(&pack, bytes, MOST, n);
}

/* Agents 0 and 2; 1 is closed on the way. */
static void tower_use(void *object, int from, int to) {
  crucible_track track = {.struct_size = sizeof track};
  for (int i = from; i < to; ++i) {
    crucible_observation seen[3] = {{0}};
    crucible_verdict verdicts[3] = {{.struct_size = sizeof verdicts[0]}};
    size_t n = 0, n_verdicts;
    for (uint32_t agent = 0; agent < 3; ++agent) {
      if (crucible_watchtower_track(object, agent, &track) != CRUCIBLE_OK ||
          track.is_closed)
        continue;
      seen[n++] = (crucible_observation){
          .struct_size = sizeof seen[0],
          .agent = agent,
          .equity = track.equity * (1 + value_at(i + 7 * (int)agent)),
          .n_trades = i % 8 == 0,
          .n_fills = i % 8 == 0,
          .trade_result = i % 8 == 0 ? value_at(i) : 0};
    }
    (void)!crucible_watchtower_push(object, seen, n, verdicts, &n_verdicts);
    if (i == 300)
      (void)!crucible_watchtower_close(object, 1);
  }
}

static void tower_end(void *object) { crucible_watchtower_destroy(object); }

/* ---- an EGARCH filter ---- */

static void *filter_make(void) {
  crucible_egarch_params params = {.struct_size = sizeof params,
                                   .p = 1,
                                   .o = 1,
                                   .q = 1,
                                   .law = CRUCIBLE_LAW_STUDENT_T,
                                   .mean = CRUCIBLE_MEAN_CONSTANT,
                                   .kappa = CRUCIBLE_KAPPA_EXACT,
                                   .presample = CRUCIBLE_PRESAMPLE_ARCH,
                                   .omega = -0.7,
                                   .nu = 6};
  params.alpha[0] = 0.1;
  params.gamma[0] = -0.05;
  params.beta[0] = 0.95;
  crucible_egarch_filter *made;
  expect(crucible_egarch_filter_create(&params, 1e-6, &made) == CRUCIBLE_OK);
  return made;
}

static crucible_status filter_load(void **object, const uint8_t *bytes,
                                   size_t n) {
  crucible_egarch_filter *loaded = NULL;
  const crucible_status status = crucible_egarch_filter_load(bytes, n, &loaded);
  expect((status == CRUCIBLE_OK) == (loaded != NULL));
  *object = loaded;
  return status;
}

static crucible_status filter_save(const void *object, uint8_t *bytes,
                                   size_t *n) {
  return crucible_egarch_filter_save(object, bytes, MOST, n);
}

static void filter_use(void *object, int from, int to) {
  for (int i = from; i < to; ++i) {
    double sigma = 0;
    expect(crucible_egarch_filter_push(object, value_at(i), &sigma) ==
           CRUCIBLE_OK);
    expect(sigma > 0 && isfinite(sigma));
  }
}

static void filter_end(void *object) { crucible_egarch_filter_destroy(object); }

/* ---- a trading account ---- */

static void *trader_make(void) {
  crucible_plan plan;
  crucible_backtest_options options;
  const crucible_instrument instrument = {.struct_size = sizeof instrument,
                                          .venue = "venue",
                                          .symbol = "ABC",
                                          .base_currency = "A",
                                          .quote_currency = "B",
                                          .market_type = CRUCIBLE_MARKET_SPOT,
                                          .fee_asset = CRUCIBLE_FEE_IN_QUOTE,
                                          .taker_fee = 1e-3,
                                          .price_tick = 0.01,
                                          .lot_step = 0.001,
                                          .max_leverage = 1};
  crucible_trader *made;
  crucible_plan_init(&plan, sizeof plan);
  crucible_backtest_options_init(&options, sizeof options);
  plan.stop_fraction = 0.01;
  expect(crucible_trader_create(&plan, &instrument, BAR_MS, &options, &made) ==
         CRUCIBLE_OK);
  return made;
}

static crucible_status trader_load(void **object, const uint8_t *bytes,
                                   size_t n) {
  *object = trader_make();
  return crucible_trader_load(*object, bytes, n);
}

static crucible_status trader_save(const void *object, uint8_t *bytes,
                                   size_t *n) {
  return crucible_trader_save(object, bytes, MOST, n);
}

static void trader_use(void *object, int from, int to) {
  for (int i = from; i < to; ++i) {
    const double open = 100 * (1 + value_at(i)),
                 close = 100 * (1 + value_at(i + 1));
    const crucible_bar bar = {.open_time_ms = (int64_t)i * BAR_MS,
                              .open = open,
                              .high = fmax(open, close) * 1.001,
                              .low = fmin(open, close) * 0.999,
                              .close = close,
                              .volume = 1000};
    (void)!crucible_trader_push(object, &bar, 1e-3, 1000, 0.01,
                                i % 20 == 0    ? 1
                                : i % 20 == 10 ? -1
                                               : 0);
  }
}

static void trader_end(void *object) { crucible_trader_destroy(object); }

static const kind KINDS[] = {
    {sequence_make, sequence_load, sequence_save, sequence_use, sequence_end},
    {detector_make, detector_load, detector_save, detector_use, detector_end},
    {online_make, online_load, online_save, online_use, online_end},
    {tower_make, tower_load, tower_save, tower_use, tower_end},
    {filter_make, filter_load, filter_save, filter_use, filter_end},
    {trader_make, trader_load, trader_save, trader_use, trader_end},
};
enum { N_KINDS = sizeof KINDS / sizeof KINDS[0] };

/* What load takes of the bytes, saved: how long it is, 0 where it refuses. */
static size_t taken(const kind *k, const uint8_t *bytes, size_t n,
                    uint8_t *saved) {
  void *object = NULL;
  size_t length = 0;
  const crucible_status status = k->load(&object, bytes, n);
  expect(status == CRUCIBLE_OK || status == CRUCIBLE_E_STORE ||
         status == CRUCIBLE_E_INVALID || status == CRUCIBLE_E_VERSION);
  if (status == CRUCIBLE_OK)
    expect(k->save(object, saved, &length) == CRUCIBLE_OK);
  if (object != NULL) {
    k->use(object, VALUES, VALUES + MORE);
    k->end(object);
  }
  return length;
}

static void go_on(const kind *k, const uint8_t *bytes, size_t n) {
  static uint8_t saved[MOST], again[MOST];
  const size_t length = taken(k, bytes, n, saved);
  if (length == 0)
    return;
  expect(taken(k, saved, length, again) == length);
  expect(memcmp(saved, again, length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static uint8_t genuine[N_KINDS][MOST], bytes[MOST], whole[MOST + SEAL];
  static size_t lengths[N_KINDS];
  if (n < 3)
    return 0;
  const size_t which = data[0] % N_KINDS;
  const kind *k = &KINDS[which];
  if (lengths[which] == 0) {
    void *object = k->make();
    k->use(object, 0, VALUES);
    expect(k->save(object, genuine[which], &lengths[which]) == CRUCIBLE_OK);
    k->end(object);
    go_on(k, genuine[which], lengths[which]);
  }
  const size_t length = lengths[which];
  const size_t offset = ((size_t)data[1] << 8 | data[2]) % length;
  const size_t room = length - offset;
  memcpy(bytes, genuine[which], length);
  memcpy(bytes + offset, data + 3, n - 3 < room ? n - 3 : room);
  go_on(k, bytes, length);
  go_on(k, bytes, offset);
  go_on(k, whole, seal_bytes(bytes, length, whole));
  return 0;
}
