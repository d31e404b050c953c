/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is handed out. Feasible trials go by their value. As many as places are
 * free have their holdout read side by side; those that the gate lets through
 * are trained to be deployed, side by side as well; then, in their order, those
 * that can trade and resemble no one before them are picked. What is left free
 * goes to the next ones. So the result is that of one going after the other,
 * and no more holdouts are read.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/numtext.h"
#include "base/pool.h"
#include "factory/search_job.h"

/* A feasible trial on its way. */
typedef struct candidate {
  crucible__searched *trial;
  const crucible__lane *lane;
  crucible_forged *holdout;  /* NULL: not read, or it could not be trained */
  crucible_forged *deployed; /* NULL: not trained */
  crucible_forge_report report;
  crucible_forge_times times;
  crucible_replacement row; /* as far as it is known */
  double *held;             /* [holdout] its positions per base bar */
  char failure[128];        /* why a training did not come about */
} candidate;

typedef struct picking {
  crucible__search_job *job;
  candidate *candidates; /* [n] best first, each genome once */
  size_t n;
  double *living;     /* [n_living x holdout] */
  candidate **picked; /* [n_picked] in order */
  size_t n_picked;
  candidate **wave; /* [n_wave] that are looked at now */
  size_t n_wave;
} picking;

static size_t holdout_bars(const picking *p) {
  return p->job->lanes[0].holdout_bars;
}

/* ---- turned down ---- */

static crucible_turned_down *
turn_down(picking *p, const crucible__searched *trial, int32_t why) {
  crucible_search *search = p->job->search;
  size_t n = (size_t)search->report.n_turned_down;
  /* room for all trials was made beforehand */
  crucible_turned_down *down = &search->down[n];
  ++search->report.n_turned_down;
  *down = (crucible_turned_down){.struct_size = sizeof *down,
                                 .trial = trial->row.number,
                                 .why = why,
                                 .holdout_net = (double)NAN,
                                 .correlation = (double)NAN};
  return down;
}

static void note_holdout(crucible_turned_down *down, const candidate *c) {
  down->has_holdout = c->report.has_holdout;
  down->holdout_net = c->report.holdout_net;
}

enum { WHO = 40 };

static void name_living(uint32_t agent, char who[WHO]) {
  if (agent == UINT32_MAX)
    (void)snprintf(who, WHO, "a model on the bench");
  else
    (void)snprintf(who, WHO, "living agent %u", agent);
}

static void name_trial(uint64_t number, char who[WHO]) {
  (void)snprintf(who, WHO, "trial %llu", (unsigned long long)number);
}

/* ---- candidates ---- */

static int by_value(const void *a, const void *b) {
  const crucible_factory_trial *x = &(*(crucible__searched *const *)a)->row;
  const crucible_factory_trial *y = &(*(crucible__searched *const *)b)->row;
  if (x->value != y->value)
    return x->value > y->value ? -1 : 1;
  return (x->number > y->number) - (x->number < y->number);
}

static int same_id(const crucible_genome *a, const crucible_genome *b) {
  uint8_t x[CRUCIBLE_GENOME_ID_BYTES], y[CRUCIBLE_GENOME_ID_BYTES];
  return crucible_genome_id(a, x) == CRUCIBLE_OK &&
         crucible_genome_id(b, y) == CRUCIBLE_OK && memcmp(x, y, sizeof x) == 0;
}

static void turn_down_same(picking *p, const crucible__searched *trial,
                           const char *who) {
  crucible_turned_down *down = turn_down(p, trial, CRUCIBLE_DOWN_SAME_ID);
  (void)snprintf(down->text, sizeof down->text, "%s has the same genome", who);
}

/* 1, and turned down, if a living agent or a better trial has the genome. */
static int is_taken(picking *p, const crucible__searched *trial) {
  const crucible_living *living = p->job->living;
  char who[WHO];
  for (size_t i = 0; i < p->job->request.n_living; ++i)
    if (same_id(living[i].genome, trial->genome)) {
      name_living(living[i].agent, who);
      turn_down_same(p, trial, who);
      return 1;
    }
  for (size_t i = 0; i < p->n; ++i)
    if (same_id(p->candidates[i].trial->genome, trial->genome)) {
      name_trial(p->candidates[i].trial->row.number, who);
      turn_down_same(p, trial, who);
      return 1;
    }
  return 0;
}

static crucible_status list_candidates(picking *p) {
  crucible_search *search = p->job->search;
  size_t n_trials = (size_t)search->report.n_trials, n = 0;
  crucible__searched **sorted = crucible__alloc(n_trials, sizeof *sorted);
  p->candidates = crucible__alloc_zero(n_trials, sizeof *p->candidates);
  search->down = crucible__alloc_zero(n_trials, sizeof *search->down);
  if (sorted == NULL || p->candidates == NULL || search->down == NULL) {
    crucible__free(sorted);
    return CRUCIBLE_E_NOMEM;
  }
  for (size_t i = 0; i < n_trials; ++i)
    if (search->trials[i].row.is_feasible)
      sorted[n++] = &search->trials[i];
  if (n > 1)
    qsort(sorted, n, sizeof *sorted, by_value);
  for (size_t i = 0; i < n; ++i) {
    crucible_genes genes = {.struct_size = sizeof genes};
    if (is_taken(p, sorted[i]) ||
        crucible_genome_genes(sorted[i]->genome, &genes) != CRUCIBLE_OK)
      continue;
    p->candidates[p->n++] =
        (candidate){.trial = sorted[i],
                    .lane = crucible__search_lane(p->job, genes.timeframe_ms)};
  }
  crucible__free(sorted);
  return CRUCIBLE_OK;
}

/* ---- the holdout, and the model to deploy ---- */

/* One stage for a candidate; forged stays NULL where the genome is to blame. */
static crucible_status run_stage(picking *p, candidate *c, uint32_t stage,
                                 crucible_forged **forged) {
  crucible_forge_data data;
  crucible_forge_options options;
  crucible__search_forge_data(p->job, c->lane, &c->times, &data);
  crucible__search_forge_options(p->job, c->lane, stage, &options);
  crucible_status status = crucible_forge_run(c->trial->genome, &data, &options,
                                              NULL, p->job->cancel, forged);
  if (!crucible__is_genomes_fault(status))
    return status;
  (void)snprintf(c->failure, sizeof c->failure, "%s", crucible_last_error());
  return CRUCIBLE_OK;
}

static crucible_status take_positions(picking *p, candidate *c) {
  const double *positions;
  size_t n;
  CRUCIBLE__TRY(crucible_forged_positions(c->holdout, &positions, &n));
  c->held = crucible__alloc(holdout_bars(p), sizeof *c->held);
  if (c->held == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible__positions_spread(&p->job->lanes[0], c->lane, c->lane->end - n,
                             positions, c->held);
  return CRUCIBLE_OK;
}

static crucible_status read_holdout(size_t i, uint32_t worker, void *data) {
  picking *p = data;
  candidate *c = p->wave[i];
  (void)worker;
  CRUCIBLE__TRY(run_stage(p, c, CRUCIBLE_FORGE_HOLDOUT, &c->holdout));
  c->report = *c->trial->report;
  if (c->holdout == NULL)
    return CRUCIBLE_OK;
  crucible_forge_report report = {.struct_size = sizeof report};
  CRUCIBLE__TRY(crucible_forged_report(c->holdout, &report));
  if (!report.has_holdout) {
    (void)snprintf(c->failure, sizeof c->failure, "%s",
                   report.infeasible_reason);
    return CRUCIBLE_OK;
  }
  c->report.has_holdout = 1;
  c->report.holdout = report.holdout;
  c->report.holdout_net = report.holdout_net;
  return take_positions(p, c);
}

static crucible_status deploy(size_t i, uint32_t worker, void *data) {
  picking *p = data;
  candidate *c = p->wave[i];
  (void)worker;
  CRUCIBLE__TRY(run_stage(p, c, CRUCIBLE_FORGE_DEPLOY, &c->deployed));
  if (c->deployed == NULL)
    return CRUCIBLE_OK;
  crucible_forge_report report = {.struct_size = sizeof report};
  CRUCIBLE__TRY(crucible_forged_report(c->deployed, &report));
  if (!report.is_feasible) {
    (void)snprintf(c->failure, sizeof c->failure, "%s",
                   report.infeasible_reason);
    return CRUCIBLE_OK;
  }
  c->report.deployed_rounds = report.deployed_rounds;
  c->report.deployed_begin = report.deployed_begin;
  c->report.deployed_end = report.deployed_end;
  return CRUCIBLE_OK;
}

/* ---- judging ---- */

enum { FIGURE = CRUCIBLE__DOUBLE_TEXT * 12 };

/* Whether the walk-forward's trades bring twice their costs. */
static crucible_status measure_viability(candidate *c) {
  crucible_trades trades = {.struct_size = sizeof trades};
  crucible_viability viability = {.struct_size = sizeof viability};
  c->row.ratio = c->row.ratio_low = (double)NAN;
  CRUCIBLE__TRY(crucible_forged_trades(c->trial->forged, &trades));
  double *cost = crucible__alloc(trades.n, sizeof *cost);
  if (cost == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < trades.n; ++i)
    cost[i] = trades.gross[i] - trades.result[i];
  crucible_status status = crucible_viability_realised(
      trades.gross, cost, trades.n, 0.95, 1, &viability);
  crucible__free(cost);
  if (status == CRUCIBLE_E_TOO_SHORT || status == CRUCIBLE_E_DOMAIN)
    return CRUCIBLE_OK; /* nothing can be told */
  CRUCIBLE__TRY(status);
  c->row.has_viability = 1;
  c->row.is_viable = viability.is_viable;
  c->row.ratio = viability.ratio;
  c->row.ratio_low = viability.ratio_low;
  return CRUCIBLE_OK;
}

/* "" or why the gate stays shut. */
static void ask_gate(const picking *p, const candidate *c, char text[128]) {
  int32_t gate = p->job->factory->options.gate;
  char figure[FIGURE];
  text[0] = '\0';
  if (gate >= CRUCIBLE_GATE_HOLDOUT && !(c->report.holdout_net >= 0)) {
    (void)crucible__write_fixed(c->report.holdout_net, 4, figure);
    (void)snprintf(text, 128, "net result over the holdout %.40s, below 0",
                   figure);
  } else if (gate == CRUCIBLE_GATE_VIABLE && !c->row.has_viability) {
    (void)snprintf(text, 128,
                   "not viable: %llu trades with costs are too few to tell",
                   (unsigned long long)c->report.n_trades);
  } else if (gate == CRUCIBLE_GATE_VIABLE && !c->row.is_viable) {
    (void)crucible__write_fixed(c->row.ratio_low, 2, figure);
    (void)snprintf(text, 128,
                   "not viable: gross / cost has a lower bound of %.40s, 2 is "
                   "needed",
                   figure);
  }
}

static void compare(candidate *c, const double *other, size_t n, int32_t alike,
                    uint64_t with) {
  double r = crucible__positions_correlation(c->held, other, n);
  if (c->row.alike != CRUCIBLE_ALIKE_NOBODY && r <= c->row.max_correlation)
    return;
  c->row.max_correlation = r;
  c->row.alike = alike;
  c->row.alike_with = with;
}

static void measure_likeness(const picking *p, candidate *c) {
  size_t n = holdout_bars(p);
  for (size_t i = 0; i < p->job->request.n_living; ++i)
    compare(c, p->living + i * n, n, CRUCIBLE_ALIKE_AGENT,
            p->job->living[i].agent);
  for (size_t i = 0; i < p->n_picked; ++i)
    compare(c, p->picked[i]->held, n, CRUCIBLE_ALIKE_PICKED,
            p->picked[i]->trial->row.number);
}

static void turn_down_alike(picking *p, const candidate *c) {
  crucible_turned_down *down =
      turn_down(p, c->trial, CRUCIBLE_DOWN_CORRELATION);
  char is[FIGURE], most[FIGURE], who[WHO];
  note_holdout(down, c);
  down->correlation = c->row.max_correlation;
  (void)crucible__write_fixed(c->row.max_correlation, 3, is);
  (void)crucible__write_fixed(p->job->factory->options.max_correlation, 3,
                              most);
  if (c->row.alike == CRUCIBLE_ALIKE_AGENT)
    name_living((uint32_t)c->row.alike_with, who);
  else
    name_trial(c->row.alike_with, who);
  (void)snprintf(down->text, sizeof down->text,
                 "positions correlate %.8s with %s, at most %.8s is allowed",
                 is, who, most);
}

static void turn_down_untrained(picking *p, const candidate *c) {
  crucible_turned_down *down = turn_down(p, c->trial, CRUCIBLE_DOWN_TRAINING);
  if (c->held != NULL)
    note_holdout(down, c);
  memcpy(down->text, c->failure, sizeof down->text);
}

/* Those of the wave that the gate stays shut for leave it. */
static crucible_status pass_gate(picking *p) {
  size_t n = 0;
  for (size_t i = 0; i < p->n_wave; ++i) {
    candidate *c = p->wave[i];
    char text[128];
    if (c->held == NULL) {
      turn_down_untrained(p, c);
      continue;
    }
    ++p->job->search->report.n_holdout_reads;
    CRUCIBLE__TRY(measure_viability(c));
    ask_gate(p, c, text);
    if (text[0] != '\0') {
      crucible_turned_down *down = turn_down(p, c->trial, CRUCIBLE_DOWN_GATE);
      note_holdout(down, c);
      memcpy(down->text, text, sizeof text);
      continue;
    }
    p->wave[n++] = c;
  }
  p->n_wave = n;
  return CRUCIBLE_OK;
}

/* Those of the wave that can trade and are like no one are picked. */
static void pick_unlike(picking *p) {
  for (size_t i = 0; i < p->n_wave; ++i) {
    candidate *c = p->wave[i];
    if (c->failure[0] != '\0') {
      turn_down_untrained(p, c);
      continue;
    }
    measure_likeness(p, c);
    if (c->row.max_correlation > p->job->factory->options.max_correlation)
      turn_down_alike(p, c);
    else
      p->picked[p->n_picked++] = c;
  }
}

static void add_times(picking *p) {
  for (size_t i = 0; i < p->n_wave; ++i) {
    crucible__search_add_times(p->job->search, &p->wave[i]->times);
    p->wave[i]->times = (crucible_forge_times){0};
  }
}

/* Looks at n candidates from number first on. */
static crucible_status run_wave(picking *p, size_t first, size_t n) {
  crucible__search_job *job = p->job;
  p->n_wave = n;
  for (size_t i = 0; i < n; ++i)
    p->wave[i] = &p->candidates[first + i];
  CRUCIBLE__TRY(crucible__pool_run(job->pool, n, read_holdout, p, job->cancel));
  add_times(p);
  CRUCIBLE__TRY(pass_gate(p));
  CRUCIBLE__TRY(
      crucible__pool_run(job->pool, p->n_wave, deploy, p, job->cancel));
  add_times(p);
  pick_unlike(p);
  return CRUCIBLE_OK;
}

/* ---- the winners ---- */

static crucible_status hand_out(picking *p, candidate *c,
                                crucible__winner *winner, uint32_t rank) {
  crucible_replacement *row = &winner->row;
  *winner = (crucible__winner){.row = c->row, .report = c->report};
  winner->plan.struct_size = sizeof winner->plan;
  CRUCIBLE__TRY(crucible_forged_plan(c->deployed, &winner->plan));
  CRUCIBLE__TRY(
      crucible_forged_model(c->deployed, &row->model, &row->model_bytes));
  row->struct_size = sizeof *row;
  row->trial = c->trial->row.number;
  row->genome = c->trial->genome;
  row->plan = &winner->plan;
  row->report = &winner->report;
  row->n_ancestor_bars = c->trial->row.n_ancestor_bars;
  CRUCIBLE__TRY(crucible__search_lived(
      p->job, c->lane, row->genome, c->report.holdout.test_begin,
      c->report.holdout.test_end, &row->n_ancestor_holdout));
  crucible__search_deflate(p->job, winner);
  c->trial->row.rank = rank;
  winner->deployed = c->deployed;
  c->deployed = NULL;
  return CRUCIBLE_OK;
}

/* Why places stay empty. */
static void say_why(const picking *p) {
  crucible_search_report *r = &p->job->search->report;
  uint64_t by[CRUCIBLE_DOWN_TRAINING + 1] = {0};
  const char *last = "";
  if (r->n_replacements == r->n_wanted)
    return;
  for (uint64_t i = 0; i < r->n_turned_down; ++i)
    ++by[p->job->search->down[i].why];
  int n = snprintf(
      r->why, sizeof r->why,
      "no viable model: of %llu trials %llu failed, %llu were pruned, %llu "
      "infeasible; of the rest %u were picked, turned down were %llu with a "
      "genome that lives, %llu by the gate, %llu by correlation, %llu by "
      "training",
      (unsigned long long)r->n_trials, (unsigned long long)r->n_failed,
      (unsigned long long)r->n_pruned, (unsigned long long)r->n_infeasible,
      r->n_replacements, (unsigned long long)by[CRUCIBLE_DOWN_SAME_ID],
      (unsigned long long)by[CRUCIBLE_DOWN_GATE],
      (unsigned long long)by[CRUCIBLE_DOWN_CORRELATION],
      (unsigned long long)by[CRUCIBLE_DOWN_TRAINING]);
  for (uint64_t i = 0; i < r->n_trials; ++i)
    if (p->job->search->trials[i].row.reason[0] != '\0')
      last = p->job->search->trials[i].row.reason;
  if (r->n_failed + r->n_infeasible == r->n_trials && n > 0 &&
      (size_t)n < sizeof r->why)
    (void)snprintf(r->why, sizeof r->why,
                   "no viable model: all of %llu trials failed (%llu) or were "
                   "infeasible (%llu); the last: %s",
                   (unsigned long long)r->n_trials,
                   (unsigned long long)r->n_failed,
                   (unsigned long long)r->n_infeasible, last);
}

static crucible_status pick(picking *p) {
  crucible__search_job *job = p->job;
  crucible_search_report *r = &job->search->report;
  CRUCIBLE__TRY(list_candidates(p));
  p->living = crucible__alloc(job->request.n_living,
                              holdout_bars(p) * sizeof *p->living);
  p->picked = crucible__alloc(p->n, sizeof(candidate *));
  p->wave = crucible__alloc(p->n, sizeof(candidate *));
  if (p->living == NULL || p->picked == NULL || p->wave == NULL)
    return CRUCIBLE_E_NOMEM;
  if (p->n > 0)
    CRUCIBLE__TRY(crucible__search_living(job, p->living));
  for (size_t next = 0; next < p->n && p->n_picked < r->n_wanted;) {
    size_t n = r->n_wanted - p->n_picked;
    if (n > p->n - next)
      n = p->n - next;
    CRUCIBLE__TRY(run_wave(p, next, n));
    next += n;
  }
  for (size_t i = 0; i < p->n_picked; ++i) {
    CRUCIBLE__TRY(
        hand_out(p, p->picked[i], &job->search->winners[i], (uint32_t)i + 1));
    r->n_replacements = (uint32_t)i + 1;
  }
  say_why(p);
  crucible__search_progress(job);
  return CRUCIBLE_OK;
}

crucible_status crucible__search_pick(crucible__search_job *job) {
  picking p = {.job = job};
  crucible_status status = pick(&p);
  for (size_t i = 0; i < p.n; ++i) {
    crucible_forged_destroy(p.candidates[i].holdout);
    crucible_forged_destroy(p.candidates[i].deployed);
    crucible__free(p.candidates[i].held);
  }
  crucible__free(p.candidates);
  crucible__free(p.living);
  crucible__free(p.picked);
  crucible__free(p.wave);
  return status;
}
