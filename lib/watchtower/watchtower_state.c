/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is saved is what was observed: sums, windows and marks. Everything that
 * follows from them is computed again by the functions that computed it before.
 */
#include "watchtower/watchtower_state.h"

#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "stats/moments.h"
#include "watchtower/tracks.h"

/* The marks of a record as one number. */
static uint64_t marks_of(const crucible__record *record) {
  const int32_t marks[] = {record->is_champion, record->is_sentenced,
                           record->is_closed,   record->is_ruined,
                           record->psr_armed,   record->dsr_armed,
                           record->is_discovery};
  uint64_t bits = 0;
  for (size_t i = 0; i < sizeof marks / sizeof marks[0]; ++i)
    bits |= (uint64_t)(marks[i] != 0) << i;
  return bits;
}

static void set_marks(crucible__record *record, uint64_t bits) {
  int32_t *const marks[] = {&record->is_champion, &record->is_sentenced,
                            &record->is_closed,   &record->is_ruined,
                            &record->psr_armed,   &record->dsr_armed,
                            &record->is_discovery};
  for (size_t i = 0; i < sizeof marks / sizeof marks[0]; ++i)
    *marks[i] = (int32_t)(bits >> i & 1);
}

enum { RECORD_BYTES = 8 * 8 }; /* at least, of one record */

static void save_fate(const crucible__fate *fate, crucible__pack *pack) {
  crucible__pack_u64(pack, fate->promoted);
  crucible__pack_u64(pack, fate->ended);
  crucible__pack_u64(pack, (uint64_t)fate->rule);
}

/* What the anytime rules keep of a record. */
static void save_anytime(const crucible_watchtower *tower,
                         const crucible__record *record, crucible__pack *pack) {
  crucible__evidence_save(&record->evidence, pack);
  crucible__edge_save(&tower->edge, &record->edge, pack);
  crucible__pack_f64(pack, record->variance);
  crucible__pack_f64(pack, record->discovery_log);
  save_fate(&record->blueprint, pack);
  save_fate(&record->anytime, pack);
  if (!record->is_closed && tower->options.lags > 0)
    crucible__lag_sums_save(&record->lags, record->ring, tower->options.lags,
                            pack);
}

static void save_record(const crucible_watchtower *tower,
                        const crucible__record *record, crucible__pack *pack) {
  const crucible__moment_sums *recent = &record->recent;
  const double sums[] = {recent->n, recent->mean, recent->m2, recent->m3,
                         recent->m4};
  crucible__pack_u64(pack, record->agent);
  crucible__pack_u64(pack, marks_of(record));
  crucible__pack_u64(pack, record->n_bars);
  crucible__pack_u64(pack, record->n_trades);
  crucible__pack_u64(pack, record->bars_since_trade);
  crucible__pack_f64(pack, record->initial);
  crucible__pack_f64(pack, record->equity);
  crucible__pack_f64(pack, record->peak);
  crucible__running_moments_save(&record->returns, pack);
  crucible__running_moments_save(&record->results, pack);
  if (record->is_closed)
    crucible__pack_f64s(pack, sums, 5);
  else
    crucible__rolling_moments_save(record->window, pack);
  save_anytime(tower, record, pack);
}

void crucible__watchtower_save(const crucible_watchtower *watchtower,
                               crucible__pack *pack) {
  crucible__pack_mark(pack, "watchtower");
  crucible__pack_bytes(pack, &watchtower->options, sizeof watchtower->options);
  crucible__pack_u64(pack, watchtower->n_discoveries);
  crucible__pack_u64(pack, watchtower->n);
  for (size_t i = 0; i < watchtower->n; ++i)
    save_record(watchtower, &watchtower->records[i], pack);
}

/* What later divisions and comparisons rely on. */
static int is_possible(const crucible__record *record) {
  return record->initial > 0 && isfinite(record->initial) &&
         isfinite(record->equity) && isfinite(record->peak) &&
         record->peak >= record->initial &&
         (record->equity > 0 || record->is_ruined);
}

static crucible_status load_recent(crucible__record *record, uint32_t window,
                                   crucible__unpack *unpack) {
  if (!record->is_closed) {
    CRUCIBLE__TRY(
        crucible__rolling_moments_load(window, unpack, &record->window));
    if (record->window != NULL)
      record->recent = crucible__rolling_moments_sums(record->window);
    return CRUCIBLE_OK;
  }
  double sums[5] = {0};
  crucible__unpack_f64s(unpack, sums, 5);
  record->recent =
      (crucible__moment_sums){sums[0], sums[1], sums[2], sums[3], sums[4]};
  if (!(sums[0] >= 0 && sums[0] <= window))
    unpack->failed = 1;
  return CRUCIBLE_OK;
}

static crucible__fate load_fate(uint64_t n_bars, crucible__unpack *unpack) {
  const crucible__fate fate = {.promoted = crucible__unpack_u64(unpack),
                               .ended = crucible__unpack_u64(unpack),
                               .rule = (int32_t)crucible__unpack_u64(unpack)};
  if (fate.promoted > n_bars || fate.ended > n_bars || fate.rule < 0 ||
      fate.rule > CRUCIBLE_RULE_DISCOVERY ||
      (fate.ended > 0) != (fate.rule > 0))
    unpack->failed = 1;
  return fate;
}

static crucible_status load_anytime(const crucible_watchtower *tower,
                                    crucible__record *record,
                                    crucible__unpack *unpack) {
  record->evidence = crucible__evidence_load(unpack);
  record->edge = crucible__edge_load(&tower->edge, unpack);
  record->variance = crucible__unpack_f64(unpack);
  record->discovery_log = crucible__unpack_f64(unpack);
  record->blueprint = load_fate(record->n_bars, unpack);
  record->anytime = load_fate(record->n_bars, unpack);
  const uint32_t lags = tower->options.lags;
  if (record->is_closed || lags == 0 || unpack->failed)
    return CRUCIBLE_OK;
  record->ring = crucible__alloc_zero(lags, sizeof *record->ring);
  if (record->ring == NULL)
    return CRUCIBLE_E_NOMEM;
  record->lags = crucible__lag_sums_load(record->ring, lags, unpack);
  return CRUCIBLE_OK;
}

static crucible_status load_record(crucible_watchtower *tower,
                                   crucible__unpack *unpack) {
  const size_t n = tower->n;
  crucible__record record = {0};
  const uint64_t agent = crucible__unpack_u64(unpack);
  const uint64_t marks = crucible__unpack_u64(unpack);
  record.agent = (uint32_t)agent;
  set_marks(&record, marks);
  record.n_bars = crucible__unpack_u64(unpack);
  record.n_trades = crucible__unpack_u64(unpack);
  record.bars_since_trade = crucible__unpack_u64(unpack);
  record.initial = crucible__unpack_f64(unpack);
  record.equity = crucible__unpack_f64(unpack);
  record.peak = crucible__unpack_f64(unpack);
  record.returns = crucible__running_moments_load(unpack);
  record.results = crucible__running_moments_load(unpack);
  if (agent > UINT32_MAX || marks != marks_of(&record) ||
      !is_possible(&record) || (n > 0 && agent <= tower->records[n - 1].agent))
    unpack->failed = 1;
  if (unpack->failed)
    return CRUCIBLE_OK;
  crucible_status status = load_recent(&record, tower->options.window, unpack);
  if (status == CRUCIBLE_OK)
    status = load_anytime(tower, &record, unpack);
  if (status != CRUCIBLE_OK || unpack->failed) {
    crucible__record_clear(&record);
    return status;
  }
  crucible__record_refresh(tower, &record);
  tower->records[n] = record;
  tower->ratios[n] = crucible__record_ratio(&record, tower->options.min_bars);
  if (!record.is_closed)
    tower->open[tower->n_open++] = n;
  tower->n = n + 1;
  return CRUCIBLE_OK;
}

static int are_same(const crucible_watchtower_options *a,
                    const crucible_watchtower_options *b) {
  return a->rules == b->rules && a->decay == b->decay &&
         a->death_equity == b->death_equity && a->decay_psr == b->decay_psr &&
         a->decay_dsr == b->decay_dsr && a->promote_dsr == b->promote_dsr &&
         a->window == b->window && a->min_bars == b->min_bars &&
         a->min_trades == b->min_trades &&
         a->inactive_bars == b->inactive_bars &&
         a->expired_bars == b->expired_bars && a->lags == b->lags &&
         a->bound_bars == b->bound_bars && a->alpha == b->alpha &&
         a->promote_sharpe == b->promote_sharpe &&
         a->bad_sharpe == b->bad_sharpe && a->edge_sharpe == b->edge_sharpe &&
         a->edge_run == b->edge_run && a->discovery_alpha == b->discovery_alpha;
}

static crucible_status damaged(void) {
  return crucible__fail(CRUCIBLE_E_STORE,
                        "the saved state is not that of a watchtower: it is "
                        "damaged or of another version");
}

static crucible_status load(crucible_watchtower *tower,
                            crucible__unpack *unpack) {
  crucible_watchtower_options saved = {0};
  crucible__unpack_mark(unpack, "watchtower");
  crucible__unpack_into(unpack, &saved, sizeof saved);
  tower->n_discoveries = crucible__unpack_u64(unpack);
  const size_t n = crucible__unpack_count(unpack, RECORD_BYTES);
  if (unpack->failed)
    return damaged();
  if (!are_same(&saved, &tower->options))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options are not those that the watchtower was saved "
                          "with: go on with the same rules");
  CRUCIBLE__TRY(crucible__tower_reserve(tower, n));
  for (size_t i = 0; i < n && !unpack->failed; ++i)
    CRUCIBLE__TRY(load_record(tower, unpack));
  for (size_t i = 0; i < tower->n; ++i)
    if (tower->records[i].returns.n > tower->longest)
      tower->longest = tower->records[i].returns.n;
  crucible__tower_best_of_n(tower);
  crucible__tower_variance(tower);
  return unpack->failed ? damaged() : CRUCIBLE_OK;
}

crucible_status
crucible__watchtower_load(const crucible_watchtower_options *options,
                          crucible__unpack *unpack,
                          crucible_watchtower **watchtower) {
  crucible_watchtower *made = NULL;
  *watchtower = NULL;
  CRUCIBLE__TRY(crucible_watchtower_create(options, &made));
  const crucible_status status = load(made, unpack);
  if (status != CRUCIBLE_OK) {
    crucible_watchtower_destroy(made);
    return status;
  }
  *watchtower = made;
  return CRUCIBLE_OK;
}
