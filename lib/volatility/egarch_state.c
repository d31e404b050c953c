/* SPDX-License-Identifier: Apache-2.0 */
/* A filter as bytes. */
#include <math.h>
#include <string.h>

#include <crucible/volatility.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pack.h"
#include "volatility/egarch_filter.h"
#include "volatility/egarch_spec.h"

enum { LAGS = CRUCIBLE__EGARCH_LAGS, AR = CRUCIBLE__EGARCH_AR };

static const char mark[] = "egarch_filter_1";

static void pack_filter(crucible__pack *out,
                        const crucible_egarch_filter *filter) {
  const crucible_egarch_params *at = &filter->params;
  crucible__pack_mark(out, mark);
  const int64_t words[] = {at->p,   at->o,     at->q,
                           at->law, at->kappa, at->presample,
                           at->ar,  at->mean,  filter->held};
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
    crucible__pack_i64(out, words[i]);
  crucible__pack_f64(out, at->mu);
  crucible__pack_f64(out, at->omega);
  crucible__pack_f64s(out, at->alpha, LAGS);
  crucible__pack_f64s(out, at->gamma, LAGS);
  crucible__pack_f64s(out, at->beta, LAGS);
  crucible__pack_f64(out, at->nu);
  crucible__pack_f64(out, at->lambda);
  crucible__pack_f64s(out, at->phi, AR);
  crucible__pack_f64(out, at->news_cap);
  crucible__pack_f64(out, filter->next);
  crucible__pack_f64(out, filter->low);
  crucible__pack_f64(out, filter->high);
  crucible__pack_f64s(out, filter->h, LAGS);
  crucible__pack_f64s(out, filter->z, LAGS);
  crucible__pack_f64s(out, filter->live, LAGS);
  crucible__pack_f64s(out, filter->r, AR);
}

crucible_status
crucible_egarch_filter_save(const crucible_egarch_filter *filter, void *bytes,
                            size_t capacity, size_t *needed) {
  crucible__pack out = {.data = NULL};
  if (filter == NULL || needed == NULL || (bytes == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          filter == NULL   ? "filter"
                          : needed == NULL ? "needed"
                                           : "bytes");
  pack_filter(&out, filter);
  return crucible__pack_hand_out(&out, bytes, capacity, needed);
}

static crucible_egarch_params unpack_params(crucible__unpack *in,
                                            uint32_t *held) {
  crucible_egarch_params at = {.struct_size = sizeof at};
  uint64_t words[9];
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
    const int64_t word = crucible__unpack_i64(in);
    if (word < 0 || word > 100)
      in->failed = 1;
    words[i] = in->failed ? 0 : (uint64_t)word;
  }
  at.p = (uint32_t)words[0];
  at.o = (uint32_t)words[1];
  at.q = (uint32_t)words[2];
  at.law = (int32_t)words[3];
  at.kappa = (int32_t)words[4];
  at.presample = (int32_t)words[5];
  at.ar = (uint32_t)words[6];
  at.mean = (int32_t)words[7];
  *held = (uint32_t)words[8];
  at.mu = crucible__unpack_f64(in);
  at.omega = crucible__unpack_f64(in);
  crucible__unpack_f64s(in, at.alpha, LAGS);
  crucible__unpack_f64s(in, at.gamma, LAGS);
  crucible__unpack_f64s(in, at.beta, LAGS);
  at.nu = crucible__unpack_f64(in);
  at.lambda = crucible__unpack_f64(in);
  crucible__unpack_f64s(in, at.phi, AR);
  at.news_cap = crucible__unpack_f64(in);
  return at;
}

/* What no filter can have come to. */
static int is_sound(const crucible_egarch_filter *at) {
  const double reach = CRUCIBLE__EGARCH_VARIANCE_MAX;
  int sound = at->held < LAGS && at->low < at->high && at->next >= at->low &&
              at->next <= at->high && fabs(at->low) < log(reach) + 100 &&
              fabs(at->high) < log(reach) + 100;
  for (int i = 0; i < LAGS; ++i)
    sound = sound && isfinite(at->h[i]) && fabs(at->z[i]) <= 1e100 &&
            (at->live[i] == 0 || at->live[i] == 1);
  for (int i = 0; i < AR; ++i)
    sound = sound && isfinite(at->r[i]);
  return sound;
}

crucible_status crucible_egarch_filter_load(const void *bytes, size_t n,
                                            crucible_egarch_filter **filter) {
  crucible_egarch_params read = {0};
  crucible_egarch_filter at = {.next = 0};
  uint32_t held = 0;
  if (filter == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "filter is NULL: give a place for the object");
  *filter = NULL;
  if (bytes == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "bytes is NULL: give those of "
                                              "crucible_egarch_filter_save()");
  crucible__unpack in = {.data = bytes, .length = n};
  crucible__unpack_mark(&in, mark);
  const crucible_egarch_params params = unpack_params(&in, &held);
  double next = crucible__unpack_f64(&in), ends[2];
  crucible__unpack_f64s(&in, ends, 2);
  crucible__unpack_f64s(&in, at.h, LAGS);
  crucible__unpack_f64s(&in, at.z, LAGS);
  crucible__unpack_f64s(&in, at.live, LAGS);
  crucible__unpack_f64s(&in, at.r, AR);
  CRUCIBLE__TRY(crucible__unpack_end(&in, "an EGARCH filter"));
  at.next = next;
  at.low = ends[0];
  at.high = ends[1];
  at.held = held;
  if (crucible__egarch_params_read(&read, &params) != CRUCIBLE_OK ||
      !is_sound(&at))
    return crucible__fail(CRUCIBLE_E_STORE,
                          "the state of an EGARCH filter is damaged: start one "
                          "from the returns");
  crucible__egarch_filter_set(&at, &read);
  crucible_egarch_filter *made = crucible__alloc(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  *made = at;
  *filter = made;
  return CRUCIBLE_OK;
}
