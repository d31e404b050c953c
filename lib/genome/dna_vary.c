/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutation and crossover of points. A block is a parameter without a parent
 * together with all that hangs on its choice: a feature and its parameters,
 * the model's kind and its hyper-parameters, a stop and its sizing. Crossover
 * exchanges whole blocks, so whatever it makes is a point of the space.
 *
 * Neutral breeding (no selection) keeps what crucible_space_draw() gives: a
 * number's step is reflected at the ends of its scale, a choice is drawn by its
 * weights, and the set of features moves by Metropolis steps whose limit is
 * independent switches at their weights. So a population neither swells nor
 * shrinks by variation alone. That is why a move may lead back to where it came
 * from, and is followed by another then.
 */
#include <math.h>
#include <string.h>

#include <crucible/genome.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/rng.h"
#include "genome/dna.h"
#include "space/points.h"

enum {
  ATTEMPTS_MAX = 256, /* children tried for one that is a genome */
  MOVES_MAX = 64,     /* mutations of one attempt */
  IDS_BITS = 48,
  FAR_BLOCK = 1 << 30 /* the near blocks are crucible_space_draw()'s */
};

static const double FEATURE_SHARE = 0.25; /* of moves, in the set of features */
static const double MORE_MOVES = 0.5;     /* one more move, each time */
static const double STEP = 0.15; /* standard deviation, of a number's scale */

typedef struct breeding {
  const crucible_space *space;
  crucible__rng rng;
  double *child;      /* [n] */
  uint32_t *switches; /* [n_switches] parameters that switch a feature */
  uint32_t *roots;    /* [n] first parameter of the block of each */
  uint32_t *scratch;  /* [n] */
  uint32_t n_switches;
} breeding;

static size_t size_of(const breeding *b) { return b->space->n; }

static double uniform(breeding *b) { return crucible__rng_uniform(&b->rng); }

static uint32_t below(breeding *b, uint32_t n) {
  return (uint32_t)crucible__rng_below(&b->rng, n);
}

static int is_same(double x, double y) {
  return x == y || (isnan(x) && isnan(y));
}

static int is_same_point(const double *a, const double *b, size_t n) {
  for (size_t i = 0; i < n; ++i)
    if (!is_same(a[i], b[i]))
      return 0;
  return 1;
}

static int is_switch(const crucible_param *p) {
  return p->kind == CRUCIBLE_PARAM_CATEGORICAL && p->parent < 0 &&
         strncmp(p->name, "feature.", 8) == 0 &&
         strchr(p->name + 8, '.') == NULL && p->n_choices == 2;
}

/* ---- one block ---- */

/* After parameter from got another choice: what became active below it is
   drawn, what no longer is has no value. Children come after their parents. */
static void settle(breeding *b, uint32_t from) {
  for (size_t i = (size_t)from + 1; i < size_of(b); ++i) {
    const crucible_param *p = &b->space->params[i];
    if (b->roots[i] != b->roots[from])
      continue;
    if (!crucible__param_is_active(p, b->child))
      b->child[i] = (double)NAN;
    else if (isnan(b->child[i]))
      b->child[i] = crucible__param_draw(p, uniform(b));
  }
}

/* Drawn anew: 0 where it is the same again. */
static int move_choice(breeding *b, uint32_t i) {
  double from = b->child[i];
  b->child[i] = crucible__param_draw(&b->space->params[i], uniform(b));
  if (b->child[i] == from)
    return 0;
  settle(b, i);
  return 1;
}

/* Back into [0, 1), as a ball from a wall. */
static double reflected(double u) {
  u = fabs(fmod(u, 2));
  u = u > 1 ? 2 - u : u;
  return u < 1 ? u : 1 - 0x1p-53;
}

/* A normal step on the number's scale; 0 where it leads to the same again. */
static int move_number(breeding *b, uint32_t i) {
  const crucible_param *p = &b->space->params[i];
  double from = b->child[i], place = crucible__param_scale(p, from);
  double u = reflected(place + STEP * crucible__rng_normal(&b->rng));
  b->child[i] = crucible__param_draw(p, u);
  return b->child[i] != from;
}

/* ---- the set of features ---- */

static uint32_t count_on(const breeding *b) {
  uint32_t n = 0;
  for (uint32_t k = 0; k < b->n_switches; ++k)
    n += b->child[b->switches[k]] > 0;
  return n;
}

/* Any of those that are on, or off; there is one. */
static uint32_t pick_switch(breeding *b, int on, uint32_t n) {
  uint32_t left = below(b, n), k = 0;
  for (;; ++k)
    if ((b->child[b->switches[k]] > 0) == on && left-- == 0)
      return b->switches[k];
}

static void flip(breeding *b, uint32_t i) {
  b->child[i] = b->child[i] > 0 ? 0 : 1;
  settle(b, i);
}

/* How often parameter i is drawn as a choice. */
static double weight_of(const breeding *b, uint32_t i, int choice) {
  const crucible_param *p = &b->space->params[i];
  return p->weights == NULL ? 1 : p->weights[choice];
}

/*
 * Adds or drops one, as a Metropolis step towards independent switches; where
 * that step is turned down, one is exchanged for another. Neither the last
 * feature is dropped nor one added that is never drawn.
 */
static int move_features(breeding *b) {
  uint32_t n = b->n_switches, on = count_on(b), off = n - on;
  if (n == 0)
    return 0;
  int adds = uniform(b) < 0.5;
  double u = uniform(b);
  if (on == 0 || (adds && off > 0)) {
    uint32_t i = pick_switch(b, 0, off);
    double yes = weight_of(b, i, 1) * off;
    double no = weight_of(b, i, 0) * (on + 1);
    if (on == 0 || u * no < yes) {
      flip(b, i);
      return 1;
    }
  } else if (!adds && on > 1) {
    uint32_t i = pick_switch(b, 1, on);
    double yes = weight_of(b, i, 0) * on;
    double no = weight_of(b, i, 1) * (off + 1);
    if (u * no < yes) {
      flip(b, i);
      return 1;
    }
  }
  if (off == 0)
    return 0;
  uint32_t out = pick_switch(b, 1, on), in = pick_switch(b, 0, off);
  flip(b, out);
  flip(b, in);
  return 1;
}

/* ---- mutation ---- */

static int is_feature_switch(const breeding *b, uint32_t i) {
  for (uint32_t k = 0; k < b->n_switches; ++k)
    if (b->switches[k] == i)
      return 1;
  return 0;
}

/* Any gene with a value, the switches left out. */
static int move_gene(breeding *b) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < size_of(b); ++i)
    if (!isnan(b->child[i]) && !is_feature_switch(b, i))
      b->scratch[n++] = i;
  if (n == 0)
    return 0;
  uint32_t i = b->scratch[below(b, n)];
  return b->space->params[i].kind == CRUCIBLE_PARAM_CATEGORICAL
             ? move_choice(b, i)
             : move_number(b, i);
}

/* One move and, as long as the coin says so, one more; at least one that
   leaves another point than the parent. */
static void mutate(breeding *b, const double *parent) {
  memcpy(b->child, parent, size_of(b) * sizeof *parent);
  for (int k = 0; k < MOVES_MAX; ++k) {
    int has_moved =
        uniform(b) < FEATURE_SHARE ? move_features(b) : move_gene(b);
    if (has_moved && !is_same_point(b->child, parent, size_of(b)) &&
        uniform(b) >= MORE_MOVES)
      return;
  }
}

/* ---- crossover ---- */

/* Each block from one of the two. */
static void cross(breeding *b, const double *const *parents) {
  uint32_t *from = b->scratch;
  for (size_t i = 0; i < size_of(b); ++i) {
    if (b->roots[i] == i)
      from[i] = uniform(b) < 0.5 ? 0 : 1;
    else
      from[i] = from[b->roots[i]];
    b->child[i] = parents[from[i]][i];
  }
}

/* Blocks in which they differ: with one alone every child is a parent. */
static uint32_t count_differences(breeding *b, const double *const *parents) {
  uint32_t n = 0;
  memset(b->scratch, 0, size_of(b) * sizeof *b->scratch);
  for (size_t i = 0; i < size_of(b); ++i) {
    if (is_same(parents[0][i], parents[1][i]) || b->scratch[b->roots[i]])
      continue;
    b->scratch[b->roots[i]] = 1;
    ++n;
  }
  return n;
}

/* ---- a child ---- */

static void draw_fresh(breeding *b) {
  for (size_t i = 0; i < size_of(b); ++i) {
    const crucible_param *p = &b->space->params[i];
    double u = uniform(b);
    b->child[i] = crucible__param_is_active(p, b->child)
                      ? crucible__param_draw(p, u)
                      : (double)NAN;
  }
}

static void vary_once(breeding *b, const double *const *parents,
                      uint32_t n_parents, int crosses) {
  if (n_parents == 0)
    draw_fresh(b);
  else if (crosses)
    cross(b, parents);
  else
    mutate(b, parents[n_parents == 1 ? 0 : below(b, 2)]);
}

static int is_a_parent(const breeding *b, const double *const *parents,
                       uint32_t n_parents) {
  for (uint32_t i = 0; i < n_parents; ++i)
    if (is_same_point(b->child, parents[i], size_of(b)))
      return 1;
  return 0;
}

/* Tries until the child is a genome and no parent of it. */
static crucible_status breed(breeding *b, const double *const *parents,
                             uint32_t n_parents) {
  int crosses = n_parents == 2 && count_differences(b, parents) > 1;
  for (int k = 0; k < ATTEMPTS_MAX; ++k) {
    crucible_genome *genome;
    vary_once(b, parents, n_parents, crosses && k < ATTEMPTS_MAX / 2);
    if (is_a_parent(b, parents, n_parents))
      continue;
    crucible_status status =
        crucible_genome_create(b->space, b->child, "any", NULL, &genome);
    crucible_genome_destroy(genome);
    if (status != CRUCIBLE_E_DOMAIN)
      return status;
  }
  return crucible__fail(CRUCIBLE_E_DOMAIN,
                        "%d variations gave no other genome: widen the space",
                        ATTEMPTS_MAX);
}

static void find_blocks(breeding *b) {
  for (uint32_t i = 0; i < size_of(b); ++i) {
    const crucible_param *p = &b->space->params[i];
    b->roots[i] = p->parent < 0 ? i : b->roots[p->parent];
    if (is_switch(p))
      b->switches[b->n_switches++] = i;
  }
}

static crucible_status check(const crucible_space *space,
                             const double *const *parents, uint32_t n_parents,
                             uint64_t id, const double *child) {
  if (space == NULL || child == NULL || (parents == NULL && n_parents > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          space == NULL   ? "space"
                          : child == NULL ? "child"
                                          : "parents");
  if (n_parents > CRUCIBLE_GENOME_PARENTS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID, "n_parents is %u, at most %d",
                          n_parents, CRUCIBLE_GENOME_PARENTS_MAX);
  if (id >> IDS_BITS != 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "id is %llu, must be below 2^48",
                          (unsigned long long)id);
  for (uint32_t i = 0; i < n_parents; ++i) {
    if (parents[i] == NULL)
      return crucible__fail(CRUCIBLE_E_INVALID, "parents[%u] is NULL", i);
    if (crucible_space_check(space, parents[i]) != CRUCIBLE_OK)
      return crucible__fail_at(CRUCIBLE_E_INVALID, "parents[%u]", i);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_genome_vary(const crucible_space *space,
                                     const double *const *parents,
                                     uint32_t n_parents, uint64_t seed,
                                     uint64_t id, double *child,
                                     void *user_data) {
  (void)user_data;
  CRUCIBLE__TRY(check(space, parents, n_parents, id, child));
  breeding b = {.space = space};
  size_t n = space->n;
  b.child = crucible__alloc(n, sizeof *b.child);
  b.switches = crucible__alloc(n, 3 * sizeof *b.switches);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (b.child != NULL && b.switches != NULL) {
    b.roots = b.switches + n;
    b.scratch = b.roots + n;
    find_blocks(&b);
    crucible__rng_init(&b.rng, seed, CRUCIBLE__RNG_GENOME, id);
    b.rng.counter[1] = FAR_BLOCK;
    status = breed(&b, parents, n_parents);
  }
  if (status == CRUCIBLE_OK)
    memcpy(child, b.child, n * sizeof *child);
  crucible__free(b.child);
  crucible__free(b.switches);
  return status;
}
