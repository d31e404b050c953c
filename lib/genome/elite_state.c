/* SPDX-License-Identifier: Apache-2.0 */
#include "genome/elite_state.h"

#include <math.h>
#include <string.h>

#include "base/base_status.h"
#include "base/bits.h"
#include "genome/elite_pool.h"

static const char MARK[] = "elite pool 1";

enum { ELITE_BYTES = 11 * 8 }; /* of one, at least */

/* ---- out ---- */

static void save_options(const crucible_elite_options *o,
                         crucible__pack *pack) {
  crucible__pack_u64(pack, o->capacity);
  crucible__pack_u64(pack, o->max_terminated);
  crucible__pack_u64(pack, o->max_provisional);
  crucible__pack_f64(pack, o->half_life_bars);
  crucible__pack_f64(pack, o->shrink_bars);
  crucible__pack_f64(pack, o->min_distance);
  crucible__pack_u64(pack, o->recent_bars);
}

static void save_elite(const crucible__elite *e, crucible__pack *pack) {
  crucible__pack_text(pack, crucible_genome_json(e->given.genome, 1));
  crucible__pack_i64(pack, e->given.label);
  crucible__pack_u64(pack, e->given.agent);
  crucible__pack_f64(pack, e->given.z);
  crucible__pack_f64(pack, e->given.dsr);
  crucible__pack_u64(pack, e->given.n_bars);
  crucible__pack_u64(pack, e->given.bar);
  crucible__pack_f64(pack, e->given.score);
  crucible__pack_f64(pack, e->earned);
  crucible__pack_i64(pack, e->outcome);
  crucible__pack_text(pack, e->reason);
}

void crucible__elite_pool_save(const crucible_elite_pool *pool,
                               crucible__pack *pack) {
  size_t kept = crucible__elite_kept(pool);
  crucible__pack_mark(pack, MARK);
  save_options(&pool->options, pack);
  crucible__pack_u64(pack, pool->bar);
  crucible__pack_u64(pack, pool->n_rejected);
  crucible__pack_u64(pack, pool->n);
  for (size_t i = 0; i < pool->n; ++i)
    save_elite(&pool->members[i], pack);
  for (size_t i = 0; i < kept; ++i) /* by their places */
    save_elite(&pool->rejected[i], pack);
}

/* ---- in ---- */

static crucible_status damaged(crucible__unpack *unpack, const char *what) {
  unpack->failed = 1;
  return crucible__fail(CRUCIBLE_E_STORE,
                        "elite pool: its bytes are damaged or of another "
                        "build (%s)",
                        what);
}

static int is_same(double a, double b) {
  return crucible__same_bits(&a, &b, 1);
}

static crucible_status load_options(crucible__unpack *unpack,
                                    const crucible_elite_options *o) {
  int is_kept = crucible__unpack_u64(unpack) == o->capacity;
  is_kept &= crucible__unpack_u64(unpack) == o->max_terminated;
  is_kept &= crucible__unpack_u64(unpack) == o->max_provisional;
  is_kept &= is_same(crucible__unpack_f64(unpack), o->half_life_bars);
  is_kept &= is_same(crucible__unpack_f64(unpack), o->shrink_bars);
  is_kept &= is_same(crucible__unpack_f64(unpack), o->min_distance);
  is_kept &= crucible__unpack_u64(unpack) == o->recent_bars;
  if (unpack->failed)
    return damaged(unpack, "options");
  return is_kept ? CRUCIBLE_OK
                 : crucible__fail(CRUCIBLE_E_STATE,
                                  "elite pool: it was saved with other "
                                  "options than those given now");
}

static int is_sound(const crucible_elite_pool *pool, const crucible__elite *e,
                    int is_member) {
  const crucible_elite *c = &e->given;
  int low = is_member ? CRUCIBLE_ELITE_TAKEN : CRUCIBLE_ELITE_REJECTED_SCORE;
  int high = is_member ? CRUCIBLE_ELITE_TAKEN : CRUCIBLE_ELITE_REJECTED_OLD;
  return c->label >= CRUCIBLE_ELITE_PROMOTED &&
         c->label <= CRUCIBLE_ELITE_PROVISIONAL && fabs(c->z) <= 1e100 &&
         c->dsr >= 0 && c->dsr <= 1 && isfinite(c->score) &&
         isfinite(e->earned) && c->bar <= pool->bar && e->outcome >= low &&
         e->outcome <= high;
}

static crucible_status load_elite(crucible__unpack *unpack,
                                  const crucible_elite_pool *pool,
                                  int is_member, crucible__elite *e) {
  memset(e, 0, sizeof *e);
  e->given.struct_size = sizeof e->given;
  const char *json = crucible__unpack_text(unpack);
  e->given.label = (int32_t)crucible__unpack_i64(unpack);
  e->given.agent = (uint32_t)crucible__unpack_u64(unpack);
  e->given.z = crucible__unpack_f64(unpack);
  e->given.dsr = crucible__unpack_f64(unpack);
  e->given.n_bars = crucible__unpack_u64(unpack);
  e->given.bar = crucible__unpack_u64(unpack);
  e->given.score = crucible__unpack_f64(unpack);
  e->earned = crucible__unpack_f64(unpack);
  e->outcome = (int32_t)crucible__unpack_i64(unpack);
  const char *reason = crucible__unpack_text(unpack);
  if (unpack->failed || !is_sound(pool, e, is_member) ||
      strlen(reason) >= sizeof e->reason)
    return damaged(unpack, is_member ? "a member" : "a rejected one");
  memcpy(e->reason, reason, strlen(reason) + 1);
  crucible_genome *genome;
  crucible_status status = crucible_genome_parse(json, strlen(json), &genome);
  if (status == CRUCIBLE_E_NOMEM)
    return status;
  if (status != CRUCIBLE_OK)
    return damaged(unpack, "a genome");
  e->given.genome = genome;
  return CRUCIBLE_OK;
}

static crucible_status load_all(crucible__unpack *unpack,
                                crucible_elite_pool *pool) {
  pool->bar = crucible__unpack_u64(unpack);
  uint64_t n_rejected = crucible__unpack_u64(unpack);
  size_t n = crucible__unpack_count(unpack, ELITE_BYTES);
  if (unpack->failed || n > pool->options.capacity)
    return damaged(unpack, "number of members");
  for (; pool->n < n; ++pool->n)
    CRUCIBLE__TRY(load_elite(unpack, pool, 1, &pool->members[pool->n]));
  size_t kept = n_rejected < CRUCIBLE_ELITE_REJECTED_KEPT
                    ? (size_t)n_rejected
                    : CRUCIBLE_ELITE_REJECTED_KEPT;
  for (; pool->n_rejected < kept; ++pool->n_rejected)
    CRUCIBLE__TRY(
        load_elite(unpack, pool, 0, &pool->rejected[pool->n_rejected]));
  pool->n_rejected = n_rejected;
  for (size_t i = 1; i < n; ++i)
    if (crucible__elite_is_better(&pool->members[i], &pool->members[i - 1]))
      return damaged(unpack, "order of members");
  return CRUCIBLE_OK;
}

crucible_status crucible__elite_pool_load(crucible__unpack *unpack,
                                          const crucible_elite_options *options,
                                          crucible_elite_pool **pool) {
  crucible_elite_pool *made;
  *pool = NULL;
  CRUCIBLE__TRY(crucible_elite_pool_create(options, &made));
  crucible__unpack_mark(unpack, MARK);
  crucible_status status = unpack->failed
                               ? damaged(unpack, "it does not begin with one")
                               : load_options(unpack, &made->options);
  if (status == CRUCIBLE_OK)
    status = load_all(unpack, made);
  if (status != CRUCIBLE_OK) {
    crucible_elite_pool_destroy(made);
    return status;
  }
  *pool = made;
  return CRUCIBLE_OK;
}
