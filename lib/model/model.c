/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/model.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/numtext.h"
#include "model/model_kinds.h"
#include "model/xgboost_kind.h"
#include "space/points.h"

enum { KINDS_MAX = 16, KIND_LENGTH = 31 };

struct crucible_model {
  const crucible_model_backend *backend;
  void *handle;
  size_t n_cols;
  uint8_t *bytes; /* [n_bytes] */
  size_t n_bytes;
};

/* Filled once at the start of a program: see crucible_model_register(). */
static const crucible_model_backend *kinds[KINDS_MAX] = {
    &crucible__xgboost_kind};
static size_t n_kinds = 1;

size_t crucible_model_kind_count(void) { return n_kinds; }

const char *crucible_model_kind_name(size_t index) {
  return index < n_kinds ? kinds[index]->kind : NULL;
}

crucible_status crucible__model_kind(const char *kind,
                                     const crucible_model_backend **backend) {
  crucible__text known = {0};
  for (size_t i = 0; i < n_kinds; ++i) {
    if (strcmp(kinds[i]->kind, kind) == 0) {
      *backend = kinds[i];
      crucible__text_free(&known);
      return CRUCIBLE_OK;
    }
    crucible__text_addf(&known, "%s%s", i == 0 ? "" : ", ", kinds[i]->kind);
  }
  crucible_status status =
      known.failed ? CRUCIBLE_E_NOMEM
                   : crucible__fail(CRUCIBLE_E_INVALID,
                                    "no kind of model is called \"%s\"; "
                                    "there are: %s",
                                    kind, known.data);
  crucible__text_free(&known);
  return status;
}

crucible_status crucible_model_register(const crucible_model_backend *backend) {
  if (backend == NULL || backend->struct_size != sizeof *backend)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "backend is NULL or its struct_size is not %zu",
                          sizeof *backend);
  size_t length =
      backend->kind == NULL
          ? 0
          : strspn(backend->kind, "abcdefghijklmnopqrstuvwxyz0123456789_");
  if (length == 0 || length > KIND_LENGTH || backend->kind[length] != '\0')
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "backend.kind must be 1 to %d of a-z, 0-9, _",
                          KIND_LENGTH);
  if (backend->fit == NULL || backend->load == NULL ||
      backend->predict == NULL || backend->describe == NULL ||
      backend->unload == NULL ||
      (backend->params == NULL && backend->n_params > 0))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "backend %s: params and all functions must be given",
                          backend->kind);
  for (size_t i = 0; i < n_kinds; ++i)
    if (strcmp(kinds[i]->kind, backend->kind) == 0)
      return crucible__fail(CRUCIBLE_E_INVALID, "kind %s is there already",
                            backend->kind);
  if (n_kinds == KINDS_MAX)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "there are %d kinds of models already", KINDS_MAX);
  kinds[n_kinds++] = backend;
  return CRUCIBLE_OK;
}

void crucible_model_task_init(crucible_model_task *task, size_t struct_size) {
  crucible_model_task defaults = {
      .struct_size = sizeof defaults,
      .max_rounds = 300,
      .patience = 20,
  };
  crucible__options_init(task, struct_size, &defaults, sizeof defaults);
}

static crucible_status add_params(const crucible_model_backend *backend,
                                  crucible_space *space, const char *prefix,
                                  int32_t parent, uint64_t parent_choices) {
  for (size_t i = 0; i < backend->n_params; ++i) {
    crucible__text name = {0};
    crucible_param param = backend->params[i];
    crucible__text_addf(&name, "%s%s", prefix, param.name);
    param.name = name.data;
    param.parent = parent;
    param.parent_choices = parent_choices;
    crucible_status status =
        name.failed ? CRUCIBLE_E_NOMEM : crucible_space_add(space, &param);
    crucible__text_free(&name);
    CRUCIBLE__TRY(status);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_model_add_space(const char *kind,
                                         crucible_space *space,
                                         const char *prefix, int32_t parent,
                                         uint64_t parent_choices) {
  if (kind == NULL || space == NULL || prefix == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          kind == NULL    ? "kind"
                          : space == NULL ? "space"
                                          : "prefix");
  const crucible_model_backend *backend;
  CRUCIBLE__TRY(crucible__model_kind(kind, &backend));
  size_t before = crucible_space_count(space);
  crucible_status status =
      add_params(backend, space, prefix, parent, parent_choices);
  if (status != CRUCIBLE_OK)
    crucible__space_truncate(space, before);
  return status;
}

/* Takes ownership of bytes, also on failure. */
static crucible_status load_owned(uint8_t *bytes, size_t n_bytes,
                                  crucible_model **model) {
  crucible__model_wrap wrap;
  crucible_model *m = NULL;
  crucible_status status = crucible__model_unwrap(bytes, n_bytes, &wrap);
  if (status == CRUCIBLE_OK) {
    m = crucible__alloc_zero(1, sizeof *m);
    if (m == NULL)
      status = CRUCIBLE_E_NOMEM;
  }
  if (status == CRUCIBLE_OK)
    status = wrap.backend->load(wrap.payload, wrap.n_payload, wrap.version,
                                &m->handle, &m->n_cols);
  if (status != CRUCIBLE_OK) {
    crucible__free(m);
    crucible__free(bytes);
    return status;
  }
  m->backend = wrap.backend;
  m->bytes = bytes;
  m->n_bytes = n_bytes;
  *model = m;
  return CRUCIBLE_OK;
}

/* Bytes as a backend gives them, with room for the head before. */
typedef struct collected {
  void *bytes;
  size_t n, capacity;
  crucible_status status;
} collected;

static int32_t collect(const void *bytes, size_t n_bytes, void *user_data) {
  collected *c = user_data;
  if (n_bytes > SIZE_MAX - c->n)
    c->status = crucible__fail(CRUCIBLE_E_NOMEM, "out of memory");
  else if (c->status == CRUCIBLE_OK)
    c->status = crucible__grow(&c->bytes, &c->capacity, c->n + n_bytes, 1);
  if (c->status != CRUCIBLE_OK)
    return 1;
  if (n_bytes > 0)
    memcpy((uint8_t *)c->bytes + c->n, bytes, n_bytes);
  c->n += n_bytes;
  return 0;
}

static crucible_status fit_and_load(const crucible_model_backend *backend,
                                    const double *params,
                                    const crucible_model_task *task,
                                    crucible_model_report *report,
                                    crucible_model **model) {
  static const uint8_t zeros[CRUCIBLE__MODEL_HEAD];
  collected c = {0};
  (void)collect(zeros, CRUCIBLE__MODEL_HEAD, &c);
  crucible_status status = c.status;
  if (status == CRUCIBLE_OK)
    status = backend->fit(params, task, report, collect, &c);
  if (c.status != CRUCIBLE_OK)
    status = c.status;
  if (status == CRUCIBLE_OK) {
    (void)collect(zeros, CRUCIBLE__MODEL_TAIL, &c);
    status = c.status;
  }
  if (status != CRUCIBLE_OK) {
    crucible__free(c.bytes);
    return status;
  }
  crucible__model_wrap_bytes(backend, c.bytes, c.n);
  return load_owned(c.bytes, c.n, model);
}

crucible_status crucible_model_fit(const char *kind, const double *params,
                                   size_t n_params,
                                   const crucible_model_task *task,
                                   crucible_model **model,
                                   crucible_model_report *report) {
  if (model != NULL)
    *model = NULL;
  if (kind == NULL || task == NULL || model == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          kind == NULL   ? "kind"
                          : task == NULL ? "task"
                                         : "model");
  const crucible_model_backend *backend;
  CRUCIBLE__TRY(crucible__model_kind(kind, &backend));
  crucible_model_task t;
  crucible_model_task_init(&t, sizeof t);
  CRUCIBLE__TRY(
      crucible__options_read(&t, sizeof t, task, "crucible_model_task"));
  CRUCIBLE__TRY(crucible__model_check_task(&t));
  CRUCIBLE__TRY(crucible__model_check_params(backend, params, n_params));
  crucible_model_report r = {.struct_size = sizeof r,
                             .train_error = (double)NAN,
                             .valid_error = (double)NAN};
  crucible_model *fitted;
  CRUCIBLE__TRY(fit_and_load(backend, params, &t, &r, &fitted));
  if (report != NULL) {
    crucible_status status =
        crucible__result_write(report, &r, sizeof r, "crucible_model_report");
    if (status != CRUCIBLE_OK) {
      crucible_model_destroy(fitted);
      return status;
    }
  }
  *model = fitted;
  return CRUCIBLE_OK;
}

crucible_status crucible_model_load(const void *bytes, size_t n_bytes,
                                    crucible_model **model) {
  if (model != NULL)
    *model = NULL;
  if (bytes == NULL || model == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          bytes == NULL ? "bytes" : "model");
  uint8_t *copy = crucible__alloc(n_bytes, 1);
  if (copy == NULL)
    return CRUCIBLE_E_NOMEM;
  memcpy(copy, bytes, n_bytes);
  return load_owned(copy, n_bytes, model);
}

void crucible_model_destroy(crucible_model *model) {
  if (model == NULL)
    return;
  model->backend->unload(model->handle);
  crucible__free(model->bytes);
  crucible__free(model);
}

crucible_status crucible_model_bytes(const crucible_model *model,
                                     const void **bytes, size_t *n_bytes) {
  if (model == NULL || bytes == NULL || n_bytes == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          model == NULL   ? "model"
                          : bytes == NULL ? "bytes"
                                          : "n_bytes");
  *bytes = model->bytes;
  *n_bytes = model->n_bytes;
  return CRUCIBLE_OK;
}

crucible_status crucible_model_predict(const crucible_model *model,
                                       const crucible_matrix *features,
                                       double *values) {
  if (model == NULL || features == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          model == NULL ? "model" : "features");
  if (features->rows == 0)
    return CRUCIBLE_OK;
  if (values == NULL || features->data == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          values == NULL ? "values" : "features.data");
  if (features->cols != model->n_cols)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "features: %zu columns, the model was trained on %zu",
                          features->cols, model->n_cols);
  CRUCIBLE__TRY(crucible__model_check_features("features", features));
  return model->backend->predict(model->handle, features, values);
}

crucible_status crucible_model_describe(const crucible_model *model, char *text,
                                        size_t capacity, size_t *length) {
  if (model == NULL || length == NULL || (text == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          model == NULL    ? "model"
                          : length == NULL ? "length"
                                           : "text");
  crucible__text t = {0};
  crucible__text_addf(
      &t, "{\"kind\":\"%s\",\"version\":%u,\"columns\":%zu,\"bytes\":%zu",
      model->backend->kind, model->backend->version, model->n_cols,
      model->n_bytes);
  size_t n = model->backend->describe(model->handle, NULL, 0);
  char *members = crucible__alloc(n + 1, 1);
  if (members != NULL && n > 0) {
    (void)model->backend->describe(model->handle, members, n + 1);
    crucible__text_add(&t, ",");
    crucible__text_add_n(&t, members, n);
  }
  crucible__text_add(&t, "}");
  int failed = t.failed || members == NULL;
  if (!failed) {
    *length = t.length;
    if (capacity > 0) {
      size_t take = t.length < capacity ? t.length : capacity - 1;
      memcpy(text, t.data, take);
      text[take] = '\0';
    }
  }
  crucible__free(members);
  crucible__text_free(&t);
  return failed ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
}
