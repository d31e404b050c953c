/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns are added and never moved or removed, so that a column once found
 * may be read without the lock. Two threads that miss the same column at once
 * both compute it; the bits are the same, and the first to be done keeps it.
 */
#include "features/feature_cache.h"

#include <pthread.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/bits.h"
#include "features/feature_kind.h"
#include "series/bars.h"

typedef struct column {
  const crucible__feature *feature;
  double params[CRUCIBLE_FEATURE_PARAMS_MAX];
  double *values; /* [bars.n] */
} column;

struct crucible_feature_cache {
  crucible_bars bars;
  pthread_mutex_t lock; /* of what follows */
  column *columns;
  size_t n, capacity;
};

/* Columns that a call has to compute. */
typedef struct missing {
  size_t n;
  column *columns;              /* their values: NULL */
  crucible_feature_spec *specs; /* the same for crucible_features_compute() */
  double *values;               /* [n][bars.n] */
} missing;

crucible_status crucible_feature_cache_create(const crucible_bars *bars,
                                              crucible_feature_cache **cache) {
  if (cache == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "cache is NULL");
  *cache = NULL;
  crucible_bars view;
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &view));
  crucible_feature_cache *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  if (pthread_mutex_init(&made->lock, NULL) != 0) {
    crucible__free(made);
    return crucible__fail(CRUCIBLE_E_NOMEM, "no mutex left for a cache");
  }
  made->bars = view;
  *cache = made;
  return CRUCIBLE_OK;
}

void crucible_feature_cache_destroy(crucible_feature_cache *cache) {
  if (cache == NULL)
    return;
  for (size_t i = 0; i < cache->n; ++i)
    crucible__free(cache->columns[i].values);
  crucible__free(cache->columns);
  (void)pthread_mutex_destroy(&cache->lock);
  crucible__free(cache);
}

int crucible__feature_cache_is_of(const crucible_feature_cache *cache,
                                  const crucible_bars *bars) {
  const crucible_bars *own = &cache->bars;
  return own->n >= bars->n && own->timeframe_ms == bars->timeframe_ms &&
         own->open_time_ms == bars->open_time_ms && own->open == bars->open &&
         own->high == bars->high && own->low == bars->low &&
         own->close == bars->close && own->volume == bars->volume &&
         own->quote_volume == bars->quote_volume &&
         own->trades == bars->trades &&
         own->taker_buy_base == bars->taker_buy_base;
}

/* The column's values, or NULL. The lock is held. */
static const double *find(const crucible_feature_cache *cache,
                          const column *wanted) {
  for (size_t i = 0; i < cache->n; ++i)
    if (cache->columns[i].feature == wanted->feature &&
        crucible__same_bits(cache->columns[i].params, wanted->params,
                            CRUCIBLE_FEATURE_PARAMS_MAX))
      return cache->columns[i].values;
  return NULL;
}

/* Where the values of each spec are; NULL, and on the list, if nowhere yet. */
static crucible_status look_up(crucible_feature_cache *cache,
                               const crucible_feature_spec *specs, size_t n,
                               const double **found, missing *m) {
  crucible_status status = CRUCIBLE_OK;
  (void)pthread_mutex_lock(&cache->lock);
  for (size_t j = 0; status == CRUCIBLE_OK && j < n; ++j) {
    column wanted = {0};
    status =
        crucible__feature_resolve(&specs[j], &wanted.feature, wanted.params);
    found[j] = status == CRUCIBLE_OK ? find(cache, &wanted) : NULL;
    if (found[j] == NULL) {
      m->specs[m->n] = specs[j];
      m->columns[m->n++] = wanted;
    }
  }
  (void)pthread_mutex_unlock(&cache->lock);
  return status;
}

/* Keeps a copy of what was computed; another thread may have been faster. */
static crucible_status keep(crucible_feature_cache *cache, const missing *m) {
  size_t n = cache->bars.n;
  crucible_status status = CRUCIBLE_OK;
  for (size_t j = 0; status == CRUCIBLE_OK && j < m->n; ++j) {
    column made = m->columns[j];
    made.values = crucible__alloc(n, sizeof *made.values);
    if (made.values == NULL)
      return CRUCIBLE_E_NOMEM;
    memcpy(made.values, m->values + j * n, n * sizeof *made.values);
    (void)pthread_mutex_lock(&cache->lock);
    int is_new = find(cache, &made) == NULL;
    if (is_new)
      status = crucible__grow((void **)&cache->columns, &cache->capacity,
                              cache->n + 1, sizeof *cache->columns);
    is_new &= status == CRUCIBLE_OK;
    if (is_new)
      cache->columns[cache->n++] = made;
    (void)pthread_mutex_unlock(&cache->lock);
    if (!is_new)
      crucible__free(made.values);
  }
  return status;
}

static crucible_status compute(crucible_feature_cache *cache,
                               crucible_pool *pool, missing *m) {
  m->values = crucible__alloc(cache->bars.n, m->n * sizeof *m->values);
  if (m->values == NULL)
    return CRUCIBLE_E_NOMEM;
  CRUCIBLE__TRY(
      crucible_features_compute(m->specs, m->n, &cache->bars, pool, m->values));
  return keep(cache, m);
}

static crucible_status fill(crucible_feature_cache *cache,
                            const crucible_feature_spec *specs, size_t n,
                            size_t n_bars, crucible_pool *pool, double *values,
                            const double **found, missing *m) {
  size_t next = 0;
  CRUCIBLE__TRY(look_up(cache, specs, n, found, m));
  if (m->n > 0)
    CRUCIBLE__TRY(compute(cache, pool, m));
  for (size_t j = 0; j < n; ++j) {
    const double *from =
        found[j] != NULL ? found[j] : m->values + next++ * cache->bars.n;
    memcpy(values + j * n_bars, from, n_bars * sizeof *values);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_feature_cache_compute(
    crucible_feature_cache *cache, const crucible_feature_spec *specs, size_t n,
    size_t n_bars, crucible_pool *pool, double *values) {
  if (cache == NULL || values == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          cache == NULL ? "cache" : "values");
  if (n_bars > cache->bars.n)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n_bars is %zu: the cache's series has %zu", n_bars,
                          cache->bars.n);
  CRUCIBLE__TRY(crucible__features_check(specs, n, &cache->bars));
  missing m = {.columns = crucible__alloc(n, sizeof *m.columns),
               .specs = crucible__alloc(n, sizeof *m.specs)};
  const double **found = crucible__alloc(n, sizeof *found);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (m.columns != NULL && m.specs != NULL && found != NULL)
    status = fill(cache, specs, n, n_bars, pool, values, found, &m);
  crucible__free(found);
  crucible__free(m.columns);
  crucible__free(m.specs);
  crucible__free(m.values);
  return status;
}
