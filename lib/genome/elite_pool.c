/* SPDX-License-Identifier: Apache-2.0 */
#include "genome/elite_pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/sha256.h"
#include "genome/dna.h"
#include "genome/elite_state.h"

static const double Z_MAX = 1e100; /* so that no sum of scores overflows */

/* ---- options ---- */

void crucible_elite_options_init(crucible_elite_options *options,
                                 size_t struct_size) {
  crucible_elite_options defaults = {
      .struct_size = sizeof defaults,
      .capacity = 16,
      .max_terminated = 5,
      .max_provisional = 5,
      .half_life_bars = 8640,
      .shrink_bars = 2016,
      .min_distance = 0.05,
      .recent_bars = 8640,
  };
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status check_options(const crucible_elite_options *o) {
  if (o->capacity < 1 || o->capacity > CRUCIBLE_ELITE_CAPACITY_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.capacity is %u, must be 1 to %d",
                          o->capacity, CRUCIBLE_ELITE_CAPACITY_MAX);
  if (o->reserved != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.reserved is %u, must be 0", o->reserved);
  if (!(o->half_life_bars > 0))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.half_life_bars is %g, must be > 0",
                          o->half_life_bars);
  if (!(o->shrink_bars >= 0 && isfinite(o->shrink_bars)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.shrink_bars is %g, must be finite and >= 0",
                          o->shrink_bars);
  if (!(o->min_distance >= 0 && o->min_distance <= 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.min_distance is %g, must be 0 to 1",
                          o->min_distance);
  return CRUCIBLE_OK;
}

crucible_status
crucible_elite_pool_create(const crucible_elite_options *options,
                           crucible_elite_pool **pool) {
  if (pool == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "pool is NULL");
  *pool = NULL;
  crucible_elite_options o;
  crucible_elite_options_init(&o, sizeof o);
  CRUCIBLE__TRY(
      crucible__options_read(&o, sizeof o, options, "crucible_elite_options"));
  CRUCIBLE__TRY(check_options(&o));
  crucible_elite_pool *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  size_t room = (size_t)o.capacity + 1;
  made->options = o;
  made->members = crucible__alloc_zero(room, sizeof *made->members);
  made->rejected = crucible__alloc_zero(CRUCIBLE_ELITE_REJECTED_KEPT,
                                        sizeof *made->rejected);
  made->scores = crucible__alloc(room, sizeof *made->scores);
  if (made->members == NULL || made->rejected == NULL || made->scores == NULL) {
    crucible_elite_pool_destroy(made);
    return CRUCIBLE_E_NOMEM;
  }
  *pool = made;
  return CRUCIBLE_OK;
}

/* The pool's genomes are its own, though it shows them as constant. */
static void free_genome(crucible__elite *elite) {
  crucible_genome_destroy((crucible_genome *)(uintptr_t)elite->given.genome);
  elite->given.genome = NULL;
}

void crucible_elite_pool_destroy(crucible_elite_pool *pool) {
  if (pool == NULL)
    return;
  for (size_t i = 0; i < pool->n; ++i)
    free_genome(&pool->members[i]);
  for (size_t i = 0; i < crucible__elite_kept(pool); ++i)
    free_genome(&pool->rejected[i]);
  crucible__free(pool->members);
  crucible__free(pool->rejected);
  crucible__free(pool->scores);
  crucible__free(pool);
}

/* ---- candidates ---- */

static crucible_status check_candidate(const crucible_elite *c, int provisional,
                                       uint64_t bar) {
  if (c->genome == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "candidate.genome is NULL");
  if (provisional ? c->label != CRUCIBLE_ELITE_PROVISIONAL
                  : c->label != CRUCIBLE_ELITE_PROMOTED &&
                        c->label != CRUCIBLE_ELITE_TERMINATED)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "candidate.label is %d, must be CRUCIBLE_ELITE_%s",
                          (int)c->label,
                          provisional ? "PROVISIONAL"
                                      : "PROMOTED or _TERMINATED (living ones "
                                        "come by _set_provisional)");
  if (!(fabs(c->z) <= Z_MAX))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "candidate.z is %g, must be finite and at most %g in "
                          "size",
                          c->z, Z_MAX);
  if (!(c->dsr >= 0 && c->dsr <= 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "candidate.dsr is %g, must be 0 to 1", c->dsr);
  if (c->bar > bar)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "candidate.bar is %llu, after the present bar %llu",
                          (unsigned long long)c->bar, (unsigned long long)bar);
  return CRUCIBLE_OK;
}

static crucible_status check_bar(const crucible_elite_pool *pool,
                                 uint64_t bar) {
  if (bar < pool->bar)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "bar is %llu, before bar %llu that the pool has seen",
                          (unsigned long long)bar,
                          (unsigned long long)pool->bar);
  return CRUCIBLE_OK;
}

/* A checked candidate with a genome of its own; all zero on failure. */
static crucible_status copy_candidate(const crucible_elite *candidate,
                                      int provisional, uint64_t bar,
                                      crucible__elite *copy) {
  memset(copy, 0, sizeof *copy);
  crucible_elite given = {.struct_size = sizeof given};
  CRUCIBLE__TRY(crucible__options_read(&given, sizeof given, candidate,
                                       "crucible_elite"));
  CRUCIBLE__TRY(check_candidate(&given, provisional, bar));
  const char *json = crucible_genome_json(given.genome, 1);
  crucible_genome *genome;
  CRUCIBLE__TRY(crucible_genome_parse(json, strlen(json), &genome));
  copy->given = given;
  copy->given.genome = genome;
  copy->given.score = 0;
  return CRUCIBLE_OK;
}

/* ---- changes: from here on nothing can fail ---- */

static void measure(const crucible_elite_pool *pool,
                    const crucible__elite *candidate) {
  for (size_t i = 0; i < pool->n; ++i)
    pool->members[i].distance = crucible__distance(
        candidate->given.genome, pool->members[i].given.genome);
}

/* Provisional ones leave no trace. The elite changes hands. */
static void put_on_record(crucible_elite_pool *pool, crucible__elite *elite) {
  if (elite->given.label == CRUCIBLE_ELITE_PROVISIONAL) {
    free_genome(elite);
    return;
  }
  crucible__elite *place =
      &pool->rejected[pool->n_rejected % CRUCIBLE_ELITE_REJECTED_KEPT];
  if (pool->n_rejected >= CRUCIBLE_ELITE_REJECTED_KEPT)
    free_genome(place);
  *place = *elite;
  ++pool->n_rejected;
}

static void drop(crucible_elite_pool *pool, size_t i) {
  --pool->n;
  memmove(&pool->members[i], &pool->members[i + 1],
          (pool->n - i) * sizeof *pool->members);
}

static void insert(crucible_elite_pool *pool, const crucible__elite *elite) {
  crucible__elite copy = *elite;
  size_t i = pool->n++;
  for (; i > 0 && crucible__elite_is_better(&copy, &pool->members[i - 1]); --i)
    pool->members[i] = pool->members[i - 1];
  pool->members[i] = copy;
}

static void drop_provisional(crucible_elite_pool *pool) {
  for (size_t i = pool->n; i-- > 0;) {
    if (pool->members[i].given.label != CRUCIBLE_ELITE_PROVISIONAL)
      continue;
    free_genome(&pool->members[i]);
    drop(pool, i);
  }
}

/* Members may change places as they age: one of 0 or less does not. */
static void refresh(crucible_elite_pool *pool, uint64_t bar) {
  size_t n = pool->n;
  pool->bar = bar;
  pool->n = 0;
  for (size_t i = 0; i < n; ++i) {
    crucible__elite elite = pool->members[i];
    uint64_t age = bar - elite.given.bar;
    elite.given.score = crucible__elite_aged(pool, &elite);
    if (elite.given.label == CRUCIBLE_ELITE_TERMINATED &&
        age > pool->options.recent_bars) {
      elite.outcome = CRUCIBLE_ELITE_REJECTED_OLD;
      (void)snprintf(elite.reason, sizeof elite.reason,
                     "it ended %llu bars ago, more than %llu",
                     (unsigned long long)age,
                     (unsigned long long)pool->options.recent_bars);
      put_on_record(pool, &elite);
    } else {
      insert(pool, &elite);
    }
  }
}

static void forget_record(crucible_elite_pool *pool,
                          const crucible__elite *candidate) {
  for (size_t i = pool->n; i-- > 0;) {
    if (!crucible__elite_is_same_record(&pool->members[i], candidate))
      continue;
    free_genome(&pool->members[i]);
    drop(pool, i);
  }
}

void crucible__elite_pool_expel(crucible_elite_pool *pool, uint32_t agent,
                                int *has_left) {
  *has_left = 0;
  for (size_t i = pool->n; i-- > 0;) {
    if (pool->members[i].given.agent != agent)
      continue;
    free_genome(&pool->members[i]);
    drop(pool, i);
    *has_left = 1;
  }
}

static const char *cause(int32_t outcome) {
  return outcome == CRUCIBLE_ELITE_REJECTED_DUPLICATE
             ? "the same genome with a better record came"
         : outcome == CRUCIBLE_ELITE_REJECTED_NEAR
             ? "a better one came that is too near"
             : "a better one came";
}

/* Those that the verdict sent away leave, and the candidate comes in. */
static void admit(crucible_elite_pool *pool, crucible__elite *candidate) {
  char hex[9];
  crucible__hex(candidate->given.genome->id, 4, hex);
  size_t n = pool->n;
  pool->n = 0;
  for (size_t i = 0; i < n; ++i) {
    crucible__elite elite = pool->members[i];
    if (elite.leaves == 0) {
      pool->members[pool->n++] = elite;
      continue;
    }
    elite.outcome = elite.leaves;
    (void)snprintf(elite.reason, sizeof elite.reason, "%s: %s of agent %u",
                   cause(elite.leaves), hex, candidate->given.agent);
    put_on_record(pool, &elite);
  }
  insert(pool, candidate);
}

static int has_promoted(const crucible_elite_pool *pool) {
  return pool->n > 0 && pool->members[0].given.label == CRUCIBLE_ELITE_PROMOTED;
}

crucible_status crucible_elite_pool_offer(crucible_elite_pool *pool,
                                          const crucible_elite *candidate,
                                          uint64_t bar, int32_t *outcome,
                                          char *reason) {
  if (pool == NULL || candidate == NULL || outcome == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          pool == NULL        ? "pool"
                          : candidate == NULL ? "candidate"
                                              : "outcome");
  crucible__elite c;
  CRUCIBLE__TRY(check_bar(pool, bar));
  CRUCIBLE__TRY(copy_candidate(candidate, 0, bar, &c));
  refresh(pool, bar);
  forget_record(pool, &c);
  crucible__elite_settle(pool, &c);
  if (c.given.label == CRUCIBLE_ELITE_PROMOTED)
    drop_provisional(pool);
  measure(pool, &c);
  c.outcome = crucible__elite_verdict(pool, &c);
  *outcome = c.outcome;
  if (reason != NULL)
    memcpy(reason, c.reason, sizeof c.reason);
  if (c.outcome == CRUCIBLE_ELITE_TAKEN)
    admit(pool, &c);
  else
    put_on_record(pool, &c);
  return CRUCIBLE_OK;
}

/* ---- provisional members ---- */

static int by_order(const void *a, const void *b) {
  const crucible__elite *x = a, *y = b;
  return crucible__elite_is_better(y, x) - crucible__elite_is_better(x, y);
}

crucible_status
crucible_elite_pool_set_provisional(crucible_elite_pool *pool,
                                    const crucible_elite *candidates, size_t n,
                                    uint64_t bar) {
  if (pool == NULL || (candidates == NULL && n > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          pool == NULL ? "pool" : "candidates");
  CRUCIBLE__TRY(check_bar(pool, bar));
  crucible__elite *all = crucible__alloc_zero(n, sizeof *all);
  if (all == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = CRUCIBLE_OK;
  for (size_t i = 0; status == CRUCIBLE_OK && i < n; ++i) {
    status = copy_candidate(&candidates[i], 1, bar, &all[i]);
    if (status != CRUCIBLE_OK)
      status = crucible__fail_at(status, "candidates[%zu]", i);
  }
  if (status == CRUCIBLE_OK) {
    refresh(pool, bar);
    drop_provisional(pool);
    for (size_t i = 0; i < n; ++i)
      crucible__elite_settle(pool, &all[i]);
    if (n > 1)
      qsort(all, n, sizeof *all, by_order);
    for (size_t i = 0; i < n && !has_promoted(pool); ++i) {
      measure(pool, &all[i]);
      if (crucible__elite_verdict(pool, &all[i]) != CRUCIBLE_ELITE_TAKEN)
        continue;
      insert(pool, &all[i]); /* all members are better: none leaves */
      all[i].given.genome = NULL;
    }
  }
  for (size_t i = 0; i < n; ++i)
    free_genome(&all[i]);
  crucible__free(all);
  return status;
}

crucible_status crucible_elite_pool_refresh(crucible_elite_pool *pool,
                                            uint64_t bar) {
  if (pool == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "pool is NULL");
  CRUCIBLE__TRY(check_bar(pool, bar));
  refresh(pool, bar);
  return CRUCIBLE_OK;
}

/* ---- what is in it ---- */

size_t crucible_elite_pool_count(const crucible_elite_pool *pool) {
  return pool == NULL ? 0 : pool->n;
}

crucible_status crucible_elite_pool_get(const crucible_elite_pool *pool,
                                        size_t index, crucible_elite *member) {
  if (pool == NULL || member == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          pool == NULL ? "pool" : "member");
  if (index >= pool->n)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "index is %zu: the pool has %zu members", index,
                          pool->n);
  return crucible__result_write(member, &pool->members[index].given,
                                sizeof *member, "crucible_elite");
}

uint64_t crucible_elite_pool_rejected(const crucible_elite_pool *pool) {
  return pool == NULL ? 0 : pool->n_rejected;
}

crucible_status
crucible_elite_pool_get_rejected(const crucible_elite_pool *pool,
                                 uint64_t index, crucible_elite *elite,
                                 int32_t *outcome, char *reason) {
  if (pool == NULL || elite == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          pool == NULL ? "pool" : "elite");
  if (index >= crucible__elite_kept(pool))
    return crucible__fail(
        CRUCIBLE_E_INVALID, "index is %llu: %zu rejected ones are on record",
        (unsigned long long)index, crucible__elite_kept(pool));
  const crucible__elite *e = &pool->rejected[(pool->n_rejected - 1 - index) %
                                             CRUCIBLE_ELITE_REJECTED_KEPT];
  CRUCIBLE__TRY(crucible__result_write(elite, &e->given, sizeof *elite,
                                       "crucible_elite"));
  if (outcome != NULL)
    *outcome = e->outcome;
  if (reason != NULL)
    memcpy(reason, e->reason, sizeof e->reason);
  return CRUCIBLE_OK;
}
