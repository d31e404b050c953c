/* SPDX-License-Identifier: Apache-2.0 */
/* What a journal that is there asks for before its tournament goes on. */
#include <stdio.h>
#include <string.h>

#include <crucible/version.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/clock.h"
#include "base/numtext.h"
#include "tournament/journal_rows.h"
#include "tournament/tournament_state.h"

/* ---- the same run? ---- */

/* Where the same code may give other bits: the sum of what the processor can
   do that some library below asks for. */
static const char *processor(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f"))
    return "x86-64 with AVX-512, AVX2, FMA";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return "x86-64 with AVX2, FMA";
  return "x86-64";
#elif defined(__aarch64__)
  return "AArch64";
#else
  return "unknown";
#endif
}

static crucible_status check_about(crucible_tournament *t, const char *key,
                                   const char *mine) {
  char *theirs;
  CRUCIBLE__TRY(crucible__journal_read_about(t->journal, key, &theirs));
  crucible_status status = CRUCIBLE_OK;
  if (strcmp(theirs, mine) != 0 && !t->options.accept_new_machine)
    status = crucible__fail(
        CRUCIBLE_E_STATE,
        "the journal was begun with another %s, which may give other bits. "
        "There: %.300s. Here: %.300s. Go on with that one, or accept the new "
        "one (--accept-new-machine)",
        key, theirs, mine);
  crucible__free(theirs);
  return status;
}

static crucible_status check_number(const char *what, int64_t theirs,
                                    int64_t mine) {
  return theirs == mine
             ? CRUCIBLE_OK
             : crucible__fail(CRUCIBLE_E_STATE,
                              "the journal was begun with another %s: %lld, "
                              "not %lld. Give the same, or another file",
                              what, (long long)theirs, (long long)mine);
}

static crucible_status check_head(crucible_tournament *t,
                                  const crucible__journal_head *head,
                                  const char *config) {
  char difference[256];
  CRUCIBLE__TRY(
      check_number("seed", (int64_t)head->seed, (int64_t)t->options.seed));
  CRUCIBLE__TRY(check_number("timeframe (ms)", head->timeframe_ms,
                             t->options.timeframe_ms));
  CRUCIBLE__TRY(check_number("set of columns (CRUCIBLE_NEEDS_*)", head->has,
                             t->options.has));
  if (strcmp(head->config, config) != 0) {
    CRUCIBLE__TRY(crucible__config_difference(head->config, config, difference,
                                              sizeof difference));
    return crucible__fail(CRUCIBLE_E_STATE,
                          "the journal was begun with another configuration: "
                          "%s. Give the same, or another file",
                          difference);
  }
  if (crucible__row_differs(&crucible__row_instrument, &head->instrument,
                            &t->instrument, difference, sizeof difference))
    return crucible__fail(CRUCIBLE_E_STATE,
                          "the journal was begun with another instrument: its "
                          "%s differs. Give the same, or another file",
                          difference);
  CRUCIBLE__TRY(check_about(t, "build", crucible_build_info()));
  return check_about(t, "processor", processor());
}

/* ---- new or there ---- */

static crucible_status write_about(crucible_tournament *t) {
  char number[32], time[CRUCIBLE__TIME_TEXT];
  (void)snprintf(number, sizeof number, "%u",
                 (unsigned)crucible_pool_threads(t->options.pool));
  (void)crucible__write_time(crucible__clock_now_ms(), time);
  CRUCIBLE__TRY(
      crucible__journal_about(t->journal, "build", crucible_build_info()));
  CRUCIBLE__TRY(crucible__journal_about(t->journal, "processor", processor()));
  CRUCIBLE__TRY(crucible__journal_about(t->journal, "threads", number));
  return crucible__journal_about(t->journal, "started", time);
}

static crucible_status begin_journal(crucible_tournament *t,
                                     const char *config) {
  const crucible__journal_head head = {.config = config,
                                       .seed = t->options.seed,
                                       .timeframe_ms = t->options.timeframe_ms,
                                       .has = t->options.has,
                                       .instrument = t->instrument};
  CRUCIBLE__TRY(crucible__journal_begin(t->journal));
  crucible_status status = crucible__journal_write_head(t->journal, &head);
  if (status == CRUCIBLE_OK)
    status = write_about(t);
  if (status == CRUCIBLE_OK)
    status = crucible__journal_commit(t->journal);
  if (status != CRUCIBLE_OK)
    crucible__journal_rollback(t->journal);
  return status;
}

/* Bars that the journal holds change nothing until they have been taken. */
static crucible_status begin_resuming(crucible_tournament *t) {
  t->resume_bar = t->resume_state.n_bars;
  if (t->resume_state.phase == CRUCIBLE_PHASE_FINISHED) {
    t->state = t->resume_state;
    t->is_reread = 1;
    return CRUCIBLE_OK;
  }
  if (t->resume_bar == 0)
    return CRUCIBLE_OK;
  crucible__journal_mute(t->journal, 1);
  return crucible__journal_read_checkpoint(t->journal, &t->checkpoint_bar,
                                           &t->checkpoint, &t->n_checkpoint);
}

crucible_status crucible__tournament_open(crucible_tournament *t,
                                          crucible_store *store,
                                          const char *config) {
  crucible__journal_head head;
  char *theirs = NULL;
  int has_head = 0;
  CRUCIBLE__TRY(crucible__journal_open(store, &t->journal));
  if (t->options.is_live)
    CRUCIBLE__TRY(crucible__store_set_durable(store, 1));
  CRUCIBLE__TRY(crucible__journal_read_head(t->journal, &head, &t->resume_state,
                                            &theirs, &has_head));
  if (!has_head)
    return begin_journal(t, config);
  crucible_status status = check_head(t, &head, config);
  crucible__free(theirs);
  CRUCIBLE__TRY(status);
  return begin_resuming(t);
}

/* ---- the bars that are there ---- */

static crucible_status other_bars(const crucible_tournament *t, uint64_t bar) {
  return crucible__fail(
      CRUCIBLE_E_DATA,
      "the first %llu bars are not those that the journal's run has seen: push "
      "the same ones (SHA-256 of the input)",
      (unsigned long long)(bar > 0 ? bar : t->state.n_bars));
}

crucible_status crucible__resume_check(crucible_tournament *t) {
  uint64_t bar = t->state.n_bars;
  uint8_t hash[32];
  int has_hash = 0;
  if (bar == t->resume_bar)
    return memcmp(t->state.input_hash, t->resume_state.input_hash, 32) == 0
               ? CRUCIBLE_OK
               : other_bars(t, bar);
  if (bar > t->checkpoint_bar ||
      (t->checkpoint_bar - bar) % CRUCIBLE__CHECKPOINT_BARS != 0)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible__journal_read_input(t->journal, bar, hash, &has_hash));
  return !has_hash || memcmp(t->state.input_hash, hash, 32) == 0
             ? CRUCIBLE_OK
             : other_bars(t, bar);
}

crucible_status crucible__resume_end(crucible_tournament *t) {
  const crucible__journal_state *there = &t->resume_state;
  const crucible__journal_state *here = &t->state;
  const struct {
    const char *what;
    uint64_t there, here;
  } counts[] = {{"orders", there->n_orders, here->n_orders},
                {"trades", there->n_trades, here->n_trades},
                {"searches", there->n_studies, here->n_studies},
                {"trials", there->n_trials, here->n_trials}};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i)
    if (counts[i].there != counts[i].here)
      return crucible__fail(
          CRUCIBLE_E_STORE,
          "the journal has %llu %s, its bars give %llu: it was written by "
          "another build or machine, or is damaged",
          (unsigned long long)counts[i].there, counts[i].what,
          (unsigned long long)counts[i].here);
  return CRUCIBLE_OK;
}
