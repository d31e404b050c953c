/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kind "xgboost". Its bytes: centre and scale of the target (two
 * little-endian doubles), then XGBoost's own model as UBJSON, which XGBoost
 * itself can read: it predicts (y - centre) / scale.
 */
#include "model/xgboost_kind.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <xgboost/c_api.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/numtext.h"
#include "model/tree_model.h"
#include "model/xgboost_fit.h"

enum {
  BYTES_VERSION = 1,
  HEAD = 16, /* bytes before the UBJSON */
  COLS_ON_STACK = 512
};

typedef struct handle {
  crucible__trees *trees;
  double centre, scale;
  size_t n_bytes;
} handle;

static const char *const policies[] = {"depthwise", "lossguide"};

#define PARAM(label, kind_, low_, high_, log_)                                 \
  {                                                                            \
    .struct_size = sizeof(crucible_param), .name = (label),                    \
    .kind = CRUCIBLE_PARAM_##kind_, .low = (low_), .high = (high_),            \
    .is_log = (log_), .parent = -1                                             \
  }

static const crucible_param params[CRUCIBLE__XGB_PARAMS] = {
    [CRUCIBLE__XGB_GROW_POLICY] = {.struct_size = sizeof(crucible_param),
                                   .name = "grow_policy",
                                   .kind = CRUCIBLE_PARAM_CATEGORICAL,
                                   .choices = policies,
                                   .n_choices = 2,
                                   .parent = -1},
    [CRUCIBLE__XGB_MAX_LEAVES] = PARAM("max_leaves", INT, 4, 64, 1),
    [CRUCIBLE__XGB_LEARNING_RATE] = PARAM("learning_rate", FLOAT, 0.01, 0.3, 1),
    [CRUCIBLE__XGB_MIN_CHILD_WEIGHT] =
        PARAM("min_child_weight", FLOAT, 1, 200, 1),
    [CRUCIBLE__XGB_SUBSAMPLE] = PARAM("subsample", FLOAT, 0.5, 1, 0),
    [CRUCIBLE__XGB_COLSAMPLE] = PARAM("colsample_bytree", FLOAT, 0.3, 1, 0),
    [CRUCIBLE__XGB_LAMBDA] = PARAM("reg_lambda", FLOAT, 0.1, 100, 1),
    [CRUCIBLE__XGB_ALPHA] = PARAM("reg_alpha", FLOAT, 0.01, 10, 1),
    [CRUCIBLE__XGB_GAMMA] = PARAM("gamma", FLOAT, 0.01, 30, 1),
    [CRUCIBLE__XGB_MAX_BIN] = PARAM("max_bin", INT, 16, 256, 1),
};

static void put_double(uint8_t *to, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  for (int i = 0; i < 8; ++i)
    to[i] = (uint8_t)(bits >> (8 * i));
}

static double get_double(const uint8_t *from) {
  uint64_t bits = 0;
  for (int i = 0; i < 8; ++i)
    bits |= (uint64_t)from[i] << (8 * i);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static crucible_status fit(const double *values,
                           const crucible_model_task *task,
                           crucible_model_report *report,
                           crucible_bytes_cb sink, void *sink_data) {
  crucible__xgb_fitted fitted = {0};
  CRUCIBLE__TRY(crucible__xgb_fit(values, task, report, &fitted));
  uint8_t head[HEAD];
  put_double(head, fitted.centre);
  put_double(head + 8, fitted.scale);
  crucible_status status = CRUCIBLE_OK;
  if (sink(head, HEAD, sink_data) != 0 ||
      sink(fitted.ubjson, fitted.n_bytes, sink_data) != 0)
    status = CRUCIBLE_E_CALLBACK;
  crucible__free(fitted.ubjson);
  return status;
}

static void unload(void *data) {
  handle *h = data;
  if (h == NULL)
    return;
  crucible__trees_free(h->trees);
  crucible__free(h);
}

static crucible_status load(const void *bytes, size_t n_bytes, uint32_t version,
                            void **out, size_t *n_cols) {
  const uint8_t *at = bytes;
  (void)version; /* there has been one */
  if (n_bytes < HEAD)
    return crucible__fail(CRUCIBLE_E_MODEL,
                          "the model's bytes are damaged: %zu of them",
                          n_bytes);
  handle *h = crucible__alloc_zero(1, sizeof *h);
  if (h == NULL)
    return CRUCIBLE_E_NOMEM;
  h->centre = get_double(at);
  h->scale = get_double(at + 8);
  h->n_bytes = n_bytes;
  crucible_status status =
      isfinite(h->centre) && isfinite(h->scale)
          ? crucible__trees_load(at + HEAD, n_bytes - HEAD, &h->trees)
          : crucible__fail(CRUCIBLE_E_MODEL,
                           "the model's bytes are damaged: centre %g, "
                           "scale %g",
                           h->centre, h->scale);
  if (status != CRUCIBLE_OK) {
    unload(h);
    return status;
  }
  *n_cols = crucible__trees_cols(h->trees);
  *out = h;
  return CRUCIBLE_OK;
}

static crucible_status predict(const void *data, const crucible_matrix *m,
                               double *values) {
  const handle *h = data;
  float on_stack[2 * COLS_ON_STACK], *slots = on_stack;
  if (m->cols > COLS_ON_STACK) {
    slots = crucible__alloc(m->cols, 2 * sizeof *slots);
    if (slots == NULL)
      return CRUCIBLE_E_NOMEM;
  }
  for (size_t i = 0; i < m->rows; ++i) {
    const double *from = m->data + (ptrdiff_t)i * m->row_stride;
    for (size_t j = 0; j < m->cols; ++j)
      crucible__trees_put(slots, j, (float)from[(ptrdiff_t)j * m->col_stride]);
    float margin = crucible__trees_predict(h->trees, slots);
    values[i] = h->centre + h->scale * (double)margin;
  }
  if (slots != on_stack)
    crucible__free(slots);
  return CRUCIBLE_OK;
}

static size_t describe(const void *data, char *text, size_t capacity) {
  const handle *h = data;
  char centre[CRUCIBLE__DOUBLE_TEXT], scale[CRUCIBLE__DOUBLE_TEXT];
  (void)crucible__write_double(h->centre, centre);
  (void)crucible__write_double(h->scale, scale);
  int major, minor, patch;
  XGBoostVersion(&major, &minor, &patch);
  int n =
      snprintf(text, capacity,
               "\"rounds\":%zu,\"nodes\":%zu,\"target_centre\":%s,"
               "\"target_scale\":%s,\"xgboost\":\"%d.%d.%d\"",
               crucible__trees_count(h->trees), crucible__trees_nodes(h->trees),
               centre, scale, major, minor, patch);
  return n < 0 ? 0 : (size_t)n;
}

const crucible_model_backend crucible__xgboost_kind = {
    .struct_size = sizeof(crucible_model_backend),
    .kind = "xgboost",
    .version = BYTES_VERSION,
    .params = params,
    .n_params = CRUCIBLE__XGB_PARAMS,
    .fit = fit,
    .load = load,
    .predict = predict,
    .describe = describe,
    .unload = unload,
};
