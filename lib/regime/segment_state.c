/* SPDX-License-Identifier: Apache-2.0 */
/* A segmenter as bytes: its rows, the points and names of its latest fit, and a
   digest over all of it. The fit itself is made again from its points. */
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/sealed.h"
#include "regime/segmenter.h"

static const char MARK[] = "segmenter 1";

static void pack_options(const crucible_segment_options *o,
                         crucible__pack *out) {
  const crucible_hdbscan_options *h = &o->hdbscan;
  const uint64_t words[] = {(uint64_t)o->kind,
                            o->n_columns,
                            o->n_quantiles,
                            (uint64_t)o->scaling,
                            o->window,
                            o->first,
                            o->refit,
                            o->max_points,
                            h->min_cluster_size,
                            h->min_samples,
                            h->max_cluster_size,
                            (uint64_t)h->samples,
                            (uint64_t)h->metric,
                            (uint64_t)h->selection,
                            (uint64_t)h->allow_single_cluster};
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
    crucible__pack_u64(out, words[i]);
  crucible__pack_f64(out, o->min_overlap);
  crucible__pack_f64(out, o->return_within);
  crucible__pack_f64(out, h->alpha);
  crucible__pack_f64(out, h->cluster_selection_epsilon);
  crucible__pack_f64(out, h->cluster_selection_epsilon_max);
}

static void pack_all(const crucible_segmenter *s, crucible__pack *out) {
  const size_t columns = s->options.n_columns,
               window = (size_t)s->options.window;
  const crucible__segment_fit *fit = s->fit;
  crucible__pack options = {0};
  pack_options(&s->options, &options);
  out->failed = options.failed;
  crucible__pack_mark(out, MARK);
  crucible__pack_bytes(out, options.data, options.length);
  crucible__pack_free(&options);
  crucible__pack_u64(out, s->n_rows);
  crucible__pack_u64(out, s->n_complete);
  crucible__pack_u64(out, s->n_fits);
  crucible__pack_u64(out, s->fitted_at);
  crucible__pack_u64(out, s->left);
  crucible__pack_u64(out, s->count);
  for (size_t i = 0; i < s->count; ++i) /* oldest first */
    crucible__pack_f64s(
        out, s->ring + (s->next + window - s->count + i) % window * columns,
        columns);
  crucible__pack_u64(out, fit != NULL ? fit->n : 0);
  if (fit == NULL)
    return;
  crucible__pack_f64s(out, fit->points, fit->n * columns);
  crucible__pack_u64(out, fit->n_names);
  crucible__pack_u64(out, fit->n_segments);
  for (size_t c = 0; c < fit->n_segments; ++c)
    crucible__pack_i64(out, fit->names[c]);
  if (fit->last != NULL)
    crucible__pack_f64s(out, fit->last, fit->n_names * columns);
}

crucible_status crucible_segmenter_save(const crucible_segmenter *segmenter,
                                        void *bytes, size_t capacity,
                                        size_t *needed) {
  if (segmenter == NULL || needed == NULL || (bytes == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          segmenter == NULL ? "segmenter"
                          : needed == NULL  ? "needed"
                                            : "bytes");
  crucible__pack out = {0};
  pack_all(segmenter, &out);
  return crucible__sealed_end(&out, bytes, capacity, needed);
}

static crucible_status unpack_options(const crucible_segment_options *options,
                                      crucible__unpack *in) {
  crucible__pack mine = {0};
  size_t n;
  pack_options(options, &mine);
  const crucible_status status = crucible__pack_end(&mine);
  if (status == CRUCIBLE_OK) {
    crucible__unpack_mark(in, MARK);
    const void *saved = crucible__unpack_bytes(in, &n);
    if (n != mine.length || memcmp(saved, mine.data, n) != 0)
      in->failed = 1;
  }
  crucible__pack_free(&mine);
  return status;
}

static int are_values(const double *x, size_t n) {
  for (size_t i = 0; i < n; ++i)
    if (!(fabs(x[i]) <= 1e100))
      return 0;
  return 1;
}

/* Rows; what later steps rely on is looked at. */
static void unpack_rows(crucible_segmenter *s, crucible__unpack *in) {
  const crucible_segment_options *o = &s->options;
  const size_t columns = o->n_columns;
  s->n_rows = crucible__unpack_u64(in);
  s->n_complete = crucible__unpack_u64(in);
  s->n_fits = crucible__unpack_u64(in);
  s->fitted_at = crucible__unpack_u64(in);
  s->left = crucible__unpack_u64(in);
  const size_t count = crucible__unpack_count(in, columns * sizeof(double));
  const uint64_t expected =
      s->n_complete < o->window ? s->n_complete : o->window;
  if (count != expected || s->n_complete > s->n_rows ||
      s->fitted_at > s->n_rows || s->n_fits > s->n_complete ||
      (s->n_fits == 0 ? s->left == 0 : s->left > o->refit) ||
      (s->n_fits > 0 && o->refit > 0 && s->left == 0))
    in->failed = 1;
  if (in->failed)
    return;
  s->count = count;
  s->next = count < o->window ? count : 0;
  crucible__unpack_f64s(in, s->ring, count * columns);
  if (!are_values(s->ring, count * columns))
    in->failed = 1;
}

/* The fit's names and where they were last. */
static crucible_status unpack_names(crucible__segment_fit *fit,
                                    crucible__unpack *in) {
  const size_t columns = fit->columns;
  const uint64_t n_names = crucible__unpack_u64(in);
  const uint64_t n_segments = crucible__unpack_u64(in);
  const size_t size = fit->cuts == NULL ? columns * sizeof(double) : 0;
  if (n_segments != fit->n_segments || n_names < n_segments ||
      n_names > INT32_MAX ||
      (size > 0 && n_names > (in->length - in->at) / size) ||
      (size == 0 && n_names != n_segments))
    in->failed = 1;
  if (in->failed)
    return CRUCIBLE_OK;
  fit->n_names = (size_t)n_names;
  for (size_t c = 0; c < fit->n_segments; ++c) {
    const int64_t name = crucible__unpack_i64(in);
    if (name < 0 || (uint64_t)name >= n_names ||
        (size == 0 && name != (int64_t)c))
      in->failed = 1;
    fit->names[c] = in->failed ? 0 : (int32_t)name;
  }
  if (size == 0)
    return CRUCIBLE_OK;
  fit->last = crucible__alloc(fit->n_names * columns, sizeof *fit->last);
  if (fit->last == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible__unpack_f64s(in, fit->last, fit->n_names * columns);
  if (!are_values(fit->last, fit->n_names * columns))
    in->failed = 1;
  return CRUCIBLE_OK;
}

static crucible_status unpack_fit(crucible_segmenter *s, crucible__unpack *in,
                                  crucible_pool *pool) {
  const size_t columns = s->options.n_columns;
  const size_t n = crucible__unpack_count(in, columns * sizeof(double));
  if ((n == 0) != (s->n_fits == 0) || n > s->options.window)
    in->failed = 1;
  if (in->failed || n == 0)
    return CRUCIBLE_OK;
  double *points = crucible__alloc(n * columns, sizeof *points);
  if (points == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible__unpack_f64s(in, points, n * columns);
  if (in->failed || !are_values(points, n * columns)) {
    in->failed = 1;
    crucible__free(points);
    return CRUCIBLE_OK;
  }
  const crucible_status status =
      crucible__segment_fit_make(&s->options, points, n, pool, NULL, &s->fit);
  if (status == CRUCIBLE_E_TOO_SHORT) { /* no fit has so few points */
    in->failed = 1;
    return CRUCIBLE_OK;
  }
  CRUCIBLE__TRY(status);
  return unpack_names(s->fit, in);
}

crucible_status crucible_segmenter_load(crucible_segmenter *segmenter,
                                        const void *bytes, size_t n,
                                        crucible_pool *pool) {
  if (segmenter == NULL || bytes == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          segmenter == NULL ? "segmenter" : "bytes");
  crucible_segmenter *made;
  crucible__unpack in = crucible__sealed_begin(bytes, n);
  CRUCIBLE__TRY(crucible__segmenter_make(&segmenter->options, &made));
  crucible_status status = unpack_options(&segmenter->options, &in);
  if (status == CRUCIBLE_OK)
    unpack_rows(made, &in);
  if (status == CRUCIBLE_OK)
    status = unpack_fit(made, &in, pool);
  if (status == CRUCIBLE_OK)
    status = crucible__unpack_end(
        &in, "the saved segmenter (or its options differ)");
  if (status == CRUCIBLE_OK)
    crucible__segmenter_become(segmenter, made);
  else
    crucible__segmenter_free(made, NULL);
  return status;
}
