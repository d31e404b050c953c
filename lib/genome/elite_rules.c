/* SPDX-License-Identifier: Apache-2.0 */
/* Who is elite: score, order and verdict. Nothing here allocates. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numtext.h"
#include "base/sha256.h"
#include "genome/dna.h"
#include "genome/elite_pool.h"

enum {
  FAMILY_MAX = 1 + CRUCIBLE_GENOME_PARENTS_MAX +
               CRUCIBLE_GENOME_PARENTS_MAX * CRUCIBLE_GENOME_PARENTS_MAX,
  ID_SHOWN = 4, /* bytes of an id in a reason */
  DIGITS = 4    /* after the point in a reason */
};

size_t crucible__elite_kept(const crucible_elite_pool *pool) {
  return pool->n_rejected < CRUCIBLE_ELITE_REJECTED_KEPT
             ? (size_t)pool->n_rejected
             : CRUCIBLE_ELITE_REJECTED_KEPT;
}

/* ---- order ---- */

static int is_same_genome(const crucible__elite *a, const crucible__elite *b) {
  return memcmp(a->given.genome->id, b->given.genome->id,
                sizeof a->given.genome->id) == 0;
}

int crucible__elite_is_same_record(const crucible__elite *a,
                                   const crucible__elite *b) {
  return a->given.agent == b->given.agent && is_same_genome(a, b);
}

int crucible__elite_is_better(const crucible__elite *a,
                              const crucible__elite *b) {
  const crucible_elite *x = &a->given, *y = &b->given;
  if (x->label != y->label)
    return x->label < y->label;
  if (x->score != y->score)
    return x->score > y->score;
  if (x->bar != y->bar)
    return x->bar < y->bar;
  if (x->agent != y->agent)
    return x->agent < y->agent;
  return memcmp(x->genome->id, y->genome->id, sizeof x->genome->id) < 0;
}

/* ---- kinship ---- */

typedef struct family {
  const uint8_t *ids[FAMILY_MAX];
  size_t n;
} family;

static void add_parents(family *f, const crucible_genome *genome) {
  for (uint32_t i = 0; i < genome->lineage.n_parents; ++i)
    f->ids[f->n++] = genome->lineage.parents[i];
}

/* The genome of an id, if the pool knows it. */
static const crucible_genome *known(const crucible_elite_pool *pool,
                                    const uint8_t *id) {
  for (size_t i = 0; i < pool->n; ++i)
    if (memcmp(pool->members[i].given.genome->id, id,
               CRUCIBLE_GENOME_ID_BYTES) == 0)
      return pool->members[i].given.genome;
  for (size_t i = 0; i < crucible__elite_kept(pool); ++i)
    if (memcmp(pool->rejected[i].given.genome->id, id,
               CRUCIBLE_GENOME_ID_BYTES) == 0)
      return pool->rejected[i].given.genome;
  return NULL;
}

/* Itself, its parents and theirs. */
static void find_family(const crucible_elite_pool *pool,
                        const crucible_genome *genome, family *f) {
  f->n = 0;
  f->ids[f->n++] = genome->id;
  add_parents(f, genome);
  size_t n = f->n;
  for (size_t i = 1; i < n; ++i) {
    const crucible_genome *parent = known(pool, f->ids[i]);
    if (parent != NULL)
      add_parents(f, parent);
  }
}

static int have_common(const family *a, const family *b) {
  for (size_t i = 0; i < a->n; ++i)
    for (size_t j = 0; j < b->n; ++j)
      if (memcmp(a->ids[i], b->ids[j], CRUCIBLE_GENOME_ID_BYTES) == 0)
        return 1;
  return 0;
}

/* ---- score ---- */

double crucible__elite_aged(const crucible_elite_pool *pool,
                            const crucible__elite *elite) {
  if (!(elite->earned > 0))
    return elite->earned;
  double age = (double)(pool->bar - elite->given.bar);
  return elite->earned * exp2(-age / pool->options.half_life_bars);
}

/* Entry number i of those that the pool knows, the latest of a record first:
   members, then the rejected from the latest on. */
static const crucible__elite *entry(const crucible_elite_pool *pool, size_t i) {
  return i < pool->n ? &pool->members[i]
                     : &pool->rejected[(pool->n_rejected - 1 - (i - pool->n)) %
                                       CRUCIBLE_ELITE_REJECTED_KEPT];
}

/* A later entry of the same record is there. */
static int is_outdated(const crucible_elite_pool *pool, size_t i) {
  for (size_t k = 0; k < i; ++k)
    if (crucible__elite_is_same_record(entry(pool, k), entry(pool, i)))
      return 1;
  return 0;
}

/* Mean score of the relatives, 0 without any. */
static double lineage_mean(const crucible_elite_pool *pool,
                           const crucible__elite *candidate) {
  family own, other;
  double sum = 0;
  size_t n = 0, all = pool->n + crucible__elite_kept(pool);
  find_family(pool, candidate->given.genome, &own);
  for (size_t i = 0; i < all; ++i) {
    const crucible__elite *e = entry(pool, i);
    if (crucible__elite_is_same_record(e, candidate) || is_outdated(pool, i))
      continue;
    find_family(pool, e->given.genome, &other);
    if (!have_common(&own, &other))
      continue;
    sum += crucible__elite_aged(pool, e);
    ++n;
  }
  return n > 0 ? sum / (double)n : 0;
}

void crucible__elite_settle(const crucible_elite_pool *pool,
                            crucible__elite *candidate) {
  double n = (double)candidate->given.n_bars;
  double room = n + pool->options.shrink_bars;
  double w = room > 0 ? n / room : 0; /* no bars prove nothing */
  candidate->earned =
      w * candidate->given.z + (1 - w) * lineage_mean(pool, candidate);
  candidate->given.score = crucible__elite_aged(pool, candidate);
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Of the members' scores; 0, what luck alone would give, without any. */
static double median(const crucible_elite_pool *pool) {
  size_t n = pool->n;
  if (n == 0)
    return 0;
  for (size_t i = 0; i < n; ++i)
    pool->scores[i] = pool->members[i].given.score;
  qsort(pool->scores, n, sizeof *pool->scores, by_value);
  double high = pool->scores[n / 2];
  return n % 2 == 1 ? high : 0.5 * (pool->scores[n / 2 - 1] + high);
}

/* ---- verdict ---- */

typedef struct figure {
  char text[CRUCIBLE__DOUBLE_TEXT * 12];
} figure;

static figure shown(double x) {
  figure f;
  (void)crucible__write_fixed(x, DIGITS, f.text);
  return f;
}

typedef struct shown_name {
  char text[32];
} shown_name;

/* "abcdef01 of agent 3" */
static shown_name name_of(const crucible__elite *e) {
  shown_name f;
  char hex[2 * ID_SHOWN + 1];
  crucible__hex(e->given.genome->id, ID_SHOWN, hex);
  (void)snprintf(f.text, sizeof f.text, "%s of agent %u", hex, e->given.agent);
  return f;
}

static int32_t too_old(const crucible_elite_pool *pool, crucible__elite *c) {
  uint64_t age = pool->bar - c->given.bar;
  if (c->given.label != CRUCIBLE_ELITE_TERMINATED ||
      age <= pool->options.recent_bars)
    return 0;
  (void)snprintf(
      c->reason, sizeof c->reason, "it ended %llu bars ago, more than %llu",
      (unsigned long long)age, (unsigned long long)pool->options.recent_bars);
  return CRUCIBLE_ELITE_REJECTED_OLD;
}

static int32_t is_duplicate(const crucible_elite_pool *pool,
                            crucible__elite *c) {
  for (size_t i = 0; i < pool->n; ++i) {
    crucible__elite *m = &pool->members[i];
    if (!is_same_genome(m, c))
      continue;
    if (crucible__elite_is_better(m, c)) {
      (void)snprintf(c->reason, sizeof c->reason,
                     "the same genome is there as %s, with a better record",
                     name_of(m).text);
      return CRUCIBLE_ELITE_REJECTED_DUPLICATE;
    }
    m->leaves = CRUCIBLE_ELITE_REJECTED_DUPLICATE;
  }
  return 0;
}

static int32_t is_low(const crucible_elite_pool *pool, crucible__elite *c) {
  if (c->given.label != CRUCIBLE_ELITE_TERMINATED)
    return 0;
  double middle = median(pool);
  if (c->given.score > middle)
    return 0;
  (void)snprintf(
      c->reason, sizeof c->reason, "score %.20s is not above the %s, %.20s",
      shown(c->given.score).text,
      pool->n > 0 ? "pool's median" : "empty pool's", shown(middle).text);
  return CRUCIBLE_ELITE_REJECTED_SCORE;
}

static int32_t is_near(const crucible_elite_pool *pool, crucible__elite *c) {
  for (size_t i = 0; i < pool->n; ++i) {
    crucible__elite *m = &pool->members[i];
    if (m->leaves != 0 || !(m->distance < pool->options.min_distance))
      continue;
    if (crucible__elite_is_better(m, c)) {
      (void)snprintf(c->reason, sizeof c->reason,
                     "distance %.8s to the better %s is below %.8s",
                     shown(m->distance).text, name_of(m).text,
                     shown(pool->options.min_distance).text);
      return CRUCIBLE_ELITE_REJECTED_NEAR;
    }
    m->leaves = CRUCIBLE_ELITE_REJECTED_NEAR;
  }
  return 0;
}

/* With the candidate there may be room of those with a label, 0: of all. */
static int32_t has_no_room(const crucible_elite_pool *pool, crucible__elite *c,
                           int32_t label, size_t room) {
  size_t n = 0;
  crucible__elite *worst = NULL; /* the last: members are sorted */
  for (size_t i = 0; i < pool->n; ++i) {
    crucible__elite *m = &pool->members[i];
    if (m->leaves != 0 || (label != 0 && m->given.label != label))
      continue;
    ++n;
    worst = m;
  }
  if (n < room)
    return 0;
  if (worst == NULL || crucible__elite_is_better(worst, c)) {
    (void)snprintf(c->reason, sizeof c->reason, "%zu better %s are there", n,
                   label == 0                            ? "members"
                   : label == CRUCIBLE_ELITE_PROVISIONAL ? "provisional ones"
                                                         : "terminated ones");
    return CRUCIBLE_ELITE_REJECTED_FULL;
  }
  worst->leaves = CRUCIBLE_ELITE_REJECTED_FULL;
  return 0;
}

int32_t crucible__elite_verdict(const crucible_elite_pool *pool,
                                crucible__elite *c) {
  const crucible_elite_options *o = &pool->options;
  int32_t outcome = 0;
  c->reason[0] = '\0';
  for (size_t i = 0; i < pool->n; ++i)
    pool->members[i].leaves = 0;
  outcome = too_old(pool, c);
  if (outcome == 0)
    outcome = is_duplicate(pool, c);
  if (outcome == 0)
    outcome = is_low(pool, c);
  if (outcome == 0)
    outcome = is_near(pool, c);
  if (outcome == 0 && c->given.label == CRUCIBLE_ELITE_TERMINATED)
    outcome = has_no_room(pool, c, c->given.label, o->max_terminated);
  if (outcome == 0 && c->given.label == CRUCIBLE_ELITE_PROVISIONAL)
    outcome = has_no_room(pool, c, c->given.label, o->max_provisional);
  if (outcome == 0)
    outcome = has_no_room(pool, c, 0, o->capacity);
  return outcome;
}
