/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/forge.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/clock.h"
#include "base/pool.h"
#include "forge/forge_job.h"

void crucible_forge_options_init(crucible_forge_options *options,
                                 size_t struct_size) {
  crucible_forge_options defaults = {
      .struct_size = sizeof defaults,
      .seed = 1,
      .n_folds = 4,
      .max_rounds = 300,
      .patience = 20,
      .min_trades = 10,
      .test_share = 0.5,
      .inner_tail = 0.2,
      .stages = CRUCIBLE_FORGE_FOLDS | CRUCIBLE_FORGE_DEPLOY,
  };
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status check_options(const crucible_forge_options *o) {
  const uint32_t all =
      CRUCIBLE_FORGE_FOLDS | CRUCIBLE_FORGE_HOLDOUT | CRUCIBLE_FORGE_DEPLOY;
  if (o->n_folds < 1 || o->n_folds > CRUCIBLE_FOLDS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.n_folds is %u, must be 1 to %d", o->n_folds,
                          CRUCIBLE_FOLDS_MAX);
  if (o->max_rounds < 1 || o->max_rounds > INT32_MAX || o->patience < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.max_rounds is %u and .patience %u, both "
                          "must be at least 1",
                          o->max_rounds, o->patience);
  if (!(o->test_share > 0 && o->test_share <= 0.9))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.test_share is %g, must be above 0 and at "
                          "most 0.9",
                          o->test_share);
  if (!(o->inner_tail >= 0.05 && o->inner_tail <= 0.5))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.inner_tail is %g, must be 0.05 to 0.5",
                          o->inner_tail);
  if (o->stages == 0 || (o->stages & ~all) != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.stages is %u, must be a sum of "
                          "CRUCIBLE_FORGE_FOLDS, _HOLDOUT and _DEPLOY",
                          o->stages);
  if ((o->stages & CRUCIBLE_FORGE_HOLDOUT) && o->holdout_bars == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.holdout_bars is 0: stage HOLDOUT needs bars "
                          "to test on");
  if (o->base_timeframe_ms < 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.base_timeframe_ms is %lld, must be above 0, "
                          "or 0 for the genome's own",
                          (long long)o->base_timeframe_ms);
  return CRUCIBLE_OK;
}

static crucible_status take(crucible__forge *forge,
                            const crucible_genome *genome,
                            const crucible_forge_data *data,
                            const crucible_forge_options *options,
                            const crucible_cancel *cancel) {
  CRUCIBLE__TRY(crucible__forge_take(forge, genome, data));
  forge->cancel = cancel;
  CRUCIBLE__TRY(crucible__options_read(&forge->options, sizeof forge->options,
                                       options, "crucible_forge_options"));
  CRUCIBLE__TRY(check_options(&forge->options));
  size_t window = forge->end - forge->begin;
  if (forge->options.holdout_bars >= window)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "options.holdout_bars is %u: the window has %zu bars "
                          "in all",
                          forge->options.holdout_bars, window);
  forge->fold_end = forge->end - forge->options.holdout_bars;
  return CRUCIBLE_OK;
}

/* ---- the parts ---- */

typedef struct parts {
  const crucible__forge *forge;
  crucible__fold_result results[CRUCIBLE__PARTS_MAX];
  size_t items[CRUCIBLE__PARTS_MAX]; /* parts to run next */
  size_t n_items;
} parts;

static crucible_status run_item(size_t i, uint32_t worker, void *data) {
  parts *p = data;
  (void)worker;
  return crucible__fold_run(p->forge, p->items[i], &p->results[p->items[i]]);
}

static crucible_status run_items(parts *p, crucible_pool *pool) {
  crucible_status status =
      crucible__pool_run(pool, p->n_items, run_item, p, p->forge->cancel);
  p->n_items = 0;
  return status;
}

/* Tells the caller how it goes and hears whether to go on. */
static crucible_status report_fold(const parts *p, uint32_t n_done,
                                   int32_t *is_pruned) {
  const crucible__forge *forge = p->forge;
  crucible_forge_report r = {.struct_size = sizeof r};
  CRUCIBLE__TRY(crucible__report_returns(forge, p->results, n_done, &r));
  crucible_fold_progress progress = {
      .struct_size = sizeof progress,
      .n_folds_done = n_done,
      .n_folds = forge->options.n_folds,
      .sharpe = r.sharpe,
      .sharpe_base = r.sharpe_base,
      .total_return = r.total_return,
      .fold = &p->results[n_done - 1].fold,
  };
  for (uint32_t k = 0; k < n_done; ++k)
    progress.n_trades += p->results[k].fold.n_trades;
  int32_t answer = forge->options.on_fold(&progress, forge->options.user_data);
  if (answer != 0 && answer != 1)
    return crucible__fail(CRUCIBLE_E_CALLBACK,
                          "options.on_fold returned %d after fold %u",
                          (int)answer, n_done);
  *is_pruned = answer;
  return CRUCIBLE_OK;
}

static crucible_status run_folds_in_turn(parts *p, crucible_forged *forged) {
  uint32_t n_folds = p->forge->options.n_folds, n_done = 0;
  int32_t *is_pruned = &forged->report.is_pruned;
  while (n_done < n_folds && !*is_pruned) {
    p->items[p->n_items++] = n_done++;
    CRUCIBLE__TRY(run_items(p, NULL));
    CRUCIBLE__TRY(report_fold(p, n_done, is_pruned));
  }
  return crucible__report_folds(p->forge, p->results, n_done, forged);
}

static crucible_status take_deployed(const crucible__fold_result *deployed,
                                     crucible_forged *forged) {
  const void *bytes;
  if (deployed->model == NULL)
    return CRUCIBLE_OK;
  forged->plan.theta_in = deployed->fold.theta_in;
  forged->plan.theta_out = deployed->fold.theta_out;
  CRUCIBLE__TRY(
      crucible_model_bytes(deployed->model, &bytes, &forged->n_bytes));
  forged->bytes = crucible__alloc(forged->n_bytes, 1);
  if (forged->bytes == NULL)
    return CRUCIBLE_E_NOMEM;
  memcpy(forged->bytes, bytes, forged->n_bytes);
  return CRUCIBLE_OK;
}

/* can_deploy: an order could be placed at the window's end. */
static crucible_status run_parts(parts *p, crucible_pool *pool, int can_deploy,
                                 crucible_forged *forged) {
  const crucible__forge *forge = p->forge;
  const crucible_forge_options *o = &forge->options;
  size_t holdout = crucible__holdout_part(forge);
  size_t deploy = crucible__deploy_part(forge);
  int has_folds = crucible__has_part(forge, 0), has_holdout;
  int has_deploy = can_deploy && crucible__has_part(forge, deploy);
  if (has_folds && o->on_fold != NULL) {
    CRUCIBLE__TRY(run_folds_in_turn(p, forged));
    has_deploy &= !forged->report.is_pruned;
  } else if (has_folds) {
    if (has_deploy) /* it has the most rows: it goes first */
      p->items[p->n_items++] = deploy;
    for (size_t k = 0; k < o->n_folds; ++k)
      p->items[p->n_items++] = k;
    CRUCIBLE__TRY(run_items(p, pool));
    CRUCIBLE__TRY(
        crucible__report_folds(forge, p->results, o->n_folds, forged));
  }
  if (has_deploy && (!has_folds || o->on_fold != NULL))
    p->items[p->n_items++] = deploy;
  has_holdout =
      crucible__has_part(forge, holdout) && forged->report.is_feasible;
  if (has_holdout)
    p->items[p->n_items++] = holdout;
  CRUCIBLE__TRY(run_items(p, pool));
  if (has_holdout)
    crucible__report_part(forge, holdout, &p->results[holdout], forged);
  if (has_deploy)
    crucible__report_part(forge, deploy, &p->results[deploy], forged);
  return take_deployed(&p->results[deploy], forged);
}

static crucible_status train_all(const crucible__forge *forge, int can_deploy,
                                 crucible_pool *pool, crucible__forge_ns *ns,
                                 crucible_forged *forged) {
  parts *p = crucible__alloc_zero(1, sizeof *p);
  if (p == NULL)
    return CRUCIBLE_E_NOMEM;
  p->forge = forge;
  crucible_status status = run_parts(p, pool, can_deploy, forged);
  for (size_t k = 0; k < CRUCIBLE__PARTS_MAX; ++k) {
    ns->training += p->results[k].ns.training;
    ns->backtest += p->results[k].ns.backtest;
    crucible__fold_result_free(&p->results[k]);
  }
  crucible__free(p);
  return status;
}

/* ---- the whole ---- */

/* Columns and labels, which all parts share. */
static crucible_status prepare(crucible__forge *forge, crucible_pool *pool,
                               crucible__forge_ns *ns) {
  int64_t start = crucible__clock_monotonic_ns();
  crucible_status status = crucible__forge_columns(forge, pool);
  int64_t made = crucible__clock_monotonic_ns();
  ns->features = made - start;
  CRUCIBLE__TRY(status);
  CRUCIBLE__TRY(crucible__folds_prepare(forge));
  status = crucible__forge_label(forge, pool);
  ns->labels = crucible__clock_monotonic_ns() - made;
  return status;
}

static crucible_status run(crucible__forge *forge, crucible_pool *pool,
                           crucible__forge_ns *ns, crucible_forged *forged) {
  const uint32_t early = CRUCIBLE_FORGE_FOLDS | CRUCIBLE_FORGE_HOLDOUT;
  crucible_forge_report *r = &forged->report;
  char now[sizeof r->infeasible_reason] = "";
  CRUCIBLE__TRY(prepare(forge, pool, ns));
  forged->plan = forge->genes.plan;
  forged->trades.struct_size = sizeof forged->trades;
  crucible__report_begin(forge, r);
  /* the folds may not know whether the price at the window's end is too high */
  crucible__forge_order_check(forge, forge->end - 1, now, sizeof now);
  if (forge->options.stages & early)
    crucible__forge_order_check(forge, forge->fold_end - 1,
                                r->infeasible_reason,
                                sizeof r->infeasible_reason);
  if (r->infeasible_reason[0] == '\0')
    CRUCIBLE__TRY(train_all(forge, now[0] == '\0', pool, ns, forged));
  if ((forge->options.stages & CRUCIBLE_FORGE_DEPLOY) &&
      r->infeasible_reason[0] == '\0')
    memcpy(r->infeasible_reason, now, sizeof now);
  r->is_feasible = r->infeasible_reason[0] == '\0';
  return CRUCIBLE_OK;
}

crucible_status crucible_forge_run(const crucible_genome *genome,
                                   const crucible_forge_data *data,
                                   const crucible_forge_options *options,
                                   crucible_pool *pool,
                                   const crucible_cancel *cancel,
                                   crucible_forged **forged) {
  if (forged != NULL)
    *forged = NULL;
  if (genome == NULL || data == NULL || forged == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          genome == NULL ? "genome"
                          : data == NULL ? "data"
                                         : "forged");
  crucible__forge forge = {0};
  crucible__forge_ns ns = {0};
  CRUCIBLE__TRY(take(&forge, genome, data, options, cancel));
  crucible_forged *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->report.struct_size = sizeof made->report;
  crucible_status status = run(&forge, pool, &ns, made);
  crucible__forge_free(&forge);
  crucible__forge_add_times(&forge, &ns);
  if (status != CRUCIBLE_OK) {
    crucible_forged_destroy(made);
    return status;
  }
  *forged = made;
  return CRUCIBLE_OK;
}
