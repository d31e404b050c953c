/* SPDX-License-Identifier: Apache-2.0 */
/* Several windows side by side, and the bar on which k of them agree. */
#include <math.h>
#include <string.h>

#include <crucible/drift.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/sealed.h"
#include "drift/adwin_object.h"

static const char MARK[] = "drift 1";

enum { MAX_STREAMS = 1024 };

struct crucible_drift {
  uint32_t n_streams, at_least;
  uint64_t start;            /* of the regime, by the rule */
  crucible_adwin *streams[]; /* [n_streams] */
};

static const crucible_drift_options defaults = {
    .struct_size = sizeof defaults, .n_streams = 4, .at_least = 1};

void crucible_drift_options_init(crucible_drift_options *options,
                                 size_t struct_size) {
  crucible_drift_options filled = defaults;
  crucible_adwin_options_init(&filled.adwin, sizeof filled.adwin);
  crucible__options_init(options, struct_size, &filled, sizeof filled);
}

static crucible_status read_options(crucible_drift_options *read,
                                    const crucible_drift_options *options) {
  crucible_drift_options_init(read, sizeof *read);
  CRUCIBLE__TRY(crucible__options_read(read, sizeof *read, options,
                                       "crucible_drift_options"));
  if (read->n_streams < 1 || read->n_streams > MAX_STREAMS)
    return crucible__fail(CRUCIBLE_E_INVALID, "n_streams is %u: give 1 to %d",
                          read->n_streams, MAX_STREAMS);
  if (read->at_least < 1 || read->at_least > read->n_streams)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "at_least is %u: give 1 to n_streams (%u)",
                          read->at_least, read->n_streams);
  crucible_adwin_options adwin;
  CRUCIBLE__TRY(crucible__adwin_options_read(&adwin, &read->adwin));
  read->adwin = adwin;
  return CRUCIBLE_OK;
}

static crucible_status make_streams(crucible_drift *drift,
                                    const crucible_drift_options *options) {
  crucible_adwin_options of = options->adwin;
  of.delta = of.delta * options->at_least / options->n_streams;
  for (uint32_t s = 0; s < options->n_streams; ++s) {
    if (options->ranges != NULL)
      of.range = options->ranges[s];
    const crucible_status status =
        crucible_adwin_create(&of, &drift->streams[s]);
    if (status != CRUCIBLE_OK)
      return options->ranges != NULL && status == CRUCIBLE_E_INVALID
                 ? crucible__fail_at(status, "stream %u", s)
                 : status;
  }
  return CRUCIBLE_OK;
}

static crucible_status make(const crucible_drift_options *read,
                            crucible_drift **drift) {
  *drift = NULL;
  crucible_drift *made = crucible__alloc_zero(
      1, sizeof *made + read->n_streams * sizeof(crucible_adwin *));
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->n_streams = read->n_streams;
  made->at_least = read->at_least;
  const crucible_status status = make_streams(made, read);
  if (status != CRUCIBLE_OK) {
    crucible_drift_destroy(made);
    return status;
  }
  *drift = made;
  return CRUCIBLE_OK;
}

crucible_status crucible_drift_create(const crucible_drift_options *options,
                                      crucible_drift **drift) {
  crucible_drift_options read;
  if (drift == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "drift is NULL: give a place for the object");
  *drift = NULL;
  CRUCIBLE__TRY(read_options(&read, options));
  return make(&read, drift);
}

void crucible_drift_destroy(crucible_drift *drift) {
  if (drift == NULL)
    return;
  for (uint32_t s = 0; s < drift->n_streams; ++s)
    crucible_adwin_destroy(drift->streams[s]);
  crucible__free(drift);
}

/* The k-th latest start: the latest one that k streams have reached. */
static uint64_t agreed_start(const crucible_drift *drift) {
  uint64_t agreed = 0;
  for (uint32_t s = 0; s < drift->n_streams; ++s) {
    const uint64_t start = drift->streams[s]->start;
    uint32_t reached = 0;
    for (uint32_t t = 0; t < drift->n_streams; ++t)
      reached += drift->streams[t]->start >= start;
    if (reached >= drift->at_least && start > agreed)
      agreed = start;
  }
  return agreed;
}

/* Takes one bar whose values were checked; stride between them. */
static int32_t take(crucible_drift *drift, const double *values,
                    ptrdiff_t stride) {
  int32_t any = 0;
  for (uint32_t s = 0; s < drift->n_streams; ++s) {
    (void)crucible__adwin_take(drift->streams[s],
                               &values[stride * (ptrdiff_t)s], 1);
    any |= drift->streams[s]->is_drift;
  }
  if (!any)
    return 0;
  const uint64_t start = agreed_start(drift);
  if (start <= drift->start)
    return 0;
  drift->start = start;
  return 1;
}

static crucible_status wrong_value(uint32_t stream, size_t bar, double value) {
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "stream %u of bar %zu is %g: push finite values of at "
                        "most 1e60 in size",
                        stream, bar, value);
}

static crucible_status check_room(const crucible_drift *drift, size_t n) {
  if (n > CRUCIBLE__ADWIN_N_MAX - drift->streams[0]->n_values)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "2^50 bars were pushed: create another object");
  return CRUCIBLE_OK;
}

crucible_status crucible_drift_push(crucible_drift *drift, const double *values,
                                    int32_t *is_drift) {
  if (drift == NULL || values == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          drift == NULL ? "drift" : "values");
  for (uint32_t s = 0; s < drift->n_streams; ++s)
    if (!crucible__adwin_value_is_right(values[s]))
      return wrong_value(s, 0, values[s]);
  CRUCIBLE__TRY(check_room(drift, 1));
  const int32_t seen = take(drift, values, 1);
  if (is_drift != NULL)
    *is_drift = seen;
  return CRUCIBLE_OK;
}

static crucible_status check_matrix(const crucible_drift *drift,
                                    const crucible_matrix *values) {
  if (values->cols != drift->n_streams)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "values has %zu columns: give one per stream (%u)",
                          values->cols, drift->n_streams);
  if (values->rows > 0 && values->data == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "values.data is NULL");
  for (size_t i = 0; i < values->rows; ++i)
    for (uint32_t s = 0; s < drift->n_streams; ++s) {
      const double value = values->data[(ptrdiff_t)i * values->row_stride +
                                        (ptrdiff_t)s * values->col_stride];
      if (!crucible__adwin_value_is_right(value))
        return wrong_value(s, i, value);
    }
  return check_room(drift, values->rows);
}

crucible_status crucible_drift_run(crucible_drift *drift,
                                   const crucible_matrix *values,
                                   int32_t *is_drift, uint64_t *drift_start) {
  if (drift == NULL || values == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          drift == NULL ? "drift" : "values");
  CRUCIBLE__TRY(check_matrix(drift, values));
  for (size_t i = 0; i < values->rows; ++i) {
    const int32_t seen =
        take(drift, values->data + (ptrdiff_t)i * values->row_stride,
             values->col_stride);
    if (is_drift != NULL)
      is_drift[i] = seen;
    if (drift_start != NULL)
      drift_start[i] = drift->start;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_drift_start(const crucible_drift *drift,
                                     uint64_t *index) {
  if (drift == NULL || index == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          drift == NULL ? "drift" : "index");
  *index = drift->start;
  return CRUCIBLE_OK;
}

crucible_status crucible_drift_stream(const crucible_drift *drift,
                                      uint32_t stream,
                                      crucible_adwin_window *window) {
  if (drift == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "drift is NULL: create one");
  if (stream >= drift->n_streams)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "stream is %u: there are %u, counted from 0", stream,
                          drift->n_streams);
  return crucible_adwin_get(drift->streams[stream], window);
}

crucible_status crucible_drift_save(const crucible_drift *drift, void *bytes,
                                    size_t capacity, size_t *needed) {
  if (drift == NULL || needed == NULL || (bytes == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          drift == NULL    ? "drift"
                          : needed == NULL ? "needed"
                                           : "bytes");
  crucible__pack pack = {0};
  crucible__pack_mark(&pack, MARK);
  crucible__pack_u64(&pack, drift->n_streams);
  crucible__pack_u64(&pack, drift->at_least);
  crucible__pack_u64(&pack, drift->start);
  for (uint32_t s = 0; s < drift->n_streams; ++s)
    crucible__adwin_pack(drift->streams[s], &pack);
  return crucible__sealed_end(&pack, bytes, capacity, needed);
}

/* Whether streams that were read can be those of one object. */
static int is_sound(const crucible_drift *drift) {
  for (uint32_t s = 1; s < drift->n_streams; ++s)
    if (drift->streams[s]->n_values != drift->streams[0]->n_values)
      return 0;
  return drift->start == agreed_start(drift);
}

/* An object with the same options before its first bar. */
static crucible_status make_alike(const crucible_drift *drift,
                                  crucible_drift **alike) {
  crucible_drift *made = crucible__alloc_zero(
      1, sizeof *made + drift->n_streams * sizeof(crucible_adwin *));
  *alike = made;
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->n_streams = drift->n_streams;
  made->at_least = drift->at_least;
  for (uint32_t s = 0; s < drift->n_streams; ++s)
    CRUCIBLE__TRY(
        crucible_adwin_create(&drift->streams[s]->options, &made->streams[s]));
  return CRUCIBLE_OK;
}

crucible_status crucible_drift_load(crucible_drift *drift, const void *bytes,
                                    size_t n) {
  crucible_drift *made;
  if (drift == NULL || bytes == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          drift == NULL ? "drift" : "bytes");
  crucible__unpack unpack = crucible__sealed_begin(bytes, n);
  crucible_status status = make_alike(drift, &made);
  if (status == CRUCIBLE_OK) {
    crucible__unpack_mark(&unpack, MARK);
    if (crucible__unpack_u64(&unpack) != drift->n_streams ||
        crucible__unpack_u64(&unpack) != drift->at_least)
      unpack.failed = 1;
    made->start = crucible__unpack_u64(&unpack);
    for (uint32_t s = 0; s < drift->n_streams && !unpack.failed; ++s)
      crucible__adwin_unpack(made->streams[s], &unpack);
    if (!unpack.failed && !is_sound(made))
      unpack.failed = 1;
    status = crucible__unpack_end(
        &unpack, "the saved streams (or their options differ)");
  }
  for (uint32_t s = 0; s < drift->n_streams && status == CRUCIBLE_OK; ++s) {
    crucible_adwin *old = drift->streams[s];
    drift->streams[s] = made->streams[s];
    made->streams[s] = old;
  }
  if (status == CRUCIBLE_OK)
    drift->start = made->start;
  crucible_drift_destroy(made);
  return status;
}
