/* SPDX-License-Identifier: Apache-2.0 */
/* e-LOND: levels for hypotheses in the order of their birth. */
#include <math.h>

#include <crucible/sequential.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/sealed.h"
#include "stats/multiple.h"

static const char MARK[] = "online fdr 1";

/* The level depends on the rejections at birth alone: what is kept. */
typedef struct hypothesis {
  uint64_t rejections; /* at its birth */
  uint64_t is_rejected;
} hypothesis;

struct crucible_online_fdr {
  double alpha;
  hypothesis *born; /* [n] */
  size_t n, room;
  uint64_t n_rejected;
};

/* 1 / sqrt(j) - 1 / sqrt(j + 1) without cancellation. */
static double gamma_of(uint64_t j) {
  const double a = sqrt((double)j), b = sqrt((double)j + 1);
  return 1 / (a * b * (a + b));
}

double crucible__elond_log_threshold(double alpha, uint64_t j,
                                     uint64_t rejections) {
  return -log(alpha * gamma_of(j) * ((double)rejections + 1));
}

crucible_status crucible_online_fdr_create(double alpha,
                                           crucible_online_fdr **online) {
  if (online == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "online is NULL: give a place for the object");
  *online = NULL;
  if (!(alpha > 0 && alpha < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "alpha is %g: give a number inside (0, 1)", alpha);
  crucible_online_fdr *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->alpha = alpha;
  *online = made;
  return CRUCIBLE_OK;
}

void crucible_online_fdr_destroy(crucible_online_fdr *online) {
  if (online == NULL)
    return;
  crucible__free(online->born);
  crucible__free(online);
}

crucible_status crucible_online_fdr_birth(crucible_online_fdr *online,
                                          uint64_t *index,
                                          double *log_threshold) {
  if (online == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "online is NULL: create one");
  void *born = online->born;
  const crucible_status status =
      crucible__grow(&born, &online->room, online->n + 1, sizeof *online->born);
  online->born = born;
  if (status != CRUCIBLE_OK)
    return status;
  online->born[online->n] = (hypothesis){.rejections = online->n_rejected};
  if (index != NULL)
    *index = online->n;
  ++online->n;
  if (log_threshold != NULL)
    *log_threshold = crucible__elond_log_threshold(online->alpha, online->n,
                                                   online->n_rejected);
  return CRUCIBLE_OK;
}

crucible_status crucible_online_fdr_push(crucible_online_fdr *online,
                                         uint64_t index, double log_e,
                                         int32_t *is_rejected) {
  if (online == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "online is NULL: create one");
  if (index >= online->n)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "index is %llu, of %zu hypotheses: give one that was "
                          "born",
                          (unsigned long long)index, online->n);
  if (isnan(log_e))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "log_e is NaN: give 0 where there is no evidence");
  hypothesis *one = &online->born[index];
  if (!one->is_rejected &&
      log_e >= crucible__elond_log_threshold(online->alpha, index + 1,
                                             one->rejections)) {
    one->is_rejected = 1;
    ++online->n_rejected;
  }
  if (is_rejected != NULL)
    *is_rejected = (int32_t)one->is_rejected;
  return CRUCIBLE_OK;
}

crucible_status crucible_online_fdr_count(const crucible_online_fdr *online,
                                          uint64_t *n_born,
                                          uint64_t *n_rejected) {
  if (online == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "online is NULL: create one");
  if (n_born != NULL)
    *n_born = online->n;
  if (n_rejected != NULL)
    *n_rejected = online->n_rejected;
  return CRUCIBLE_OK;
}

crucible_status crucible_online_fdr_save(const crucible_online_fdr *online,
                                         void *bytes, size_t capacity,
                                         size_t *needed) {
  if (online == NULL || needed == NULL || (bytes == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          online == NULL   ? "online"
                          : needed == NULL ? "needed"
                                           : "bytes");
  crucible__pack pack = {0};
  crucible__pack_mark(&pack, MARK);
  crucible__pack_f64(&pack, online->alpha);
  crucible__pack_u64(&pack, online->n);
  for (size_t i = 0; i < online->n; ++i) {
    crucible__pack_u64(&pack, online->born[i].rejections);
    crucible__pack_u64(&pack, online->born[i].is_rejected);
  }
  return crucible__sealed_end(&pack, bytes, capacity, needed);
}

/* Rejections at birth never fall and never exceed those there are. */
static int is_sound(const crucible_online_fdr *online) {
  uint64_t before = 0;
  for (size_t i = 0; i < online->n; ++i) {
    const hypothesis *one = &online->born[i];
    if (one->is_rejected > 1 || one->rejections < before ||
        one->rejections > online->n_rejected || one->rejections > i)
      return 0;
    before = one->rejections;
  }
  return 1;
}

static crucible_status read_born(crucible_online_fdr *made,
                                 crucible__unpack *unpack) {
  const size_t n = crucible__unpack_count(unpack, sizeof(hypothesis));
  made->born = crucible__alloc_zero(n, sizeof *made->born);
  if (made->born == NULL)
    return CRUCIBLE_E_NOMEM;
  made->n = made->room = n;
  for (size_t i = 0; i < n; ++i) {
    made->born[i].rejections = crucible__unpack_u64(unpack);
    made->born[i].is_rejected = crucible__unpack_u64(unpack);
    made->n_rejected += made->born[i].is_rejected;
  }
  if (!is_sound(made))
    unpack->failed = 1;
  return crucible__unpack_end(unpack,
                              "the saved hypotheses (or their alpha differs)");
}

crucible_status crucible_online_fdr_load(crucible_online_fdr *online,
                                         const void *bytes, size_t n) {
  if (online == NULL || bytes == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          online == NULL ? "online" : "bytes");
  crucible__unpack unpack = crucible__sealed_begin(bytes, n);
  crucible__unpack_mark(&unpack, MARK);
  if (crucible__unpack_f64(&unpack) != online->alpha)
    unpack.failed = 1;
  crucible_online_fdr made = {.alpha = online->alpha};
  const crucible_status status = read_born(&made, &unpack);
  if (status != CRUCIBLE_OK) {
    crucible__free(made.born);
    return status;
  }
  crucible__free(online->born);
  *online = made;
  return CRUCIBLE_OK;
}
