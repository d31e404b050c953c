/* SPDX-License-Identifier: Apache-2.0 */
/* The space that DNA is drawn from. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <crucible/model.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/numtext.h"
#include "genome/dna.h"

enum { KINDS_MAX = 64 };

static const char *const stop_choices[] = {"none", "stop", "stop_risk"};
static const char *const target_choices[] = {"none", "target"};
static const char *const switch_choices[] = {"off", "on"};

void crucible_genome_space_options_init(crucible_genome_space_options *options,
                                        size_t struct_size) {
  crucible_genome_space_options defaults = {
      .struct_size = sizeof defaults,
      .allow_short = 1,
      .min_horizon_bars = 3,
      .max_horizon_bars = 48,
      .min_train_bars = 2000,
      .max_train_bars = 40000,
      .units = 1u << CRUCIBLE_UNIT_RATIO,
      .max_lookback_bars = 288,
      .mean_features = 8,
  };
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_param param(const char *name, int32_t kind, double low,
                            double high, double step) {
  crucible_param p;
  crucible_param_init(&p, sizeof p);
  p.name = name;
  p.kind = kind;
  p.low = low;
  p.high = high;
  p.step = step;
  return p;
}

static crucible_status add_number(crucible_space *space, const char *name,
                                  int32_t kind, double low, double high,
                                  double step) {
  crucible_param p = param(name, kind, low, high, step);
  return crucible_space_add(space, &p);
}

static crucible_status add_log(crucible_space *space, const char *name,
                               int32_t kind, double low, double high) {
  crucible_param p = param(name, kind, low, high, 0);
  p.is_log = 1;
  return crucible_space_add(space, &p);
}

static crucible_status add_choice(crucible_space *space, const char *name,
                                  const char *const *choices, size_t n,
                                  int32_t *index) {
  crucible_param p = param(name, CRUCIBLE_PARAM_CATEGORICAL, 0, 0, 0);
  p.choices = choices;
  p.n_choices = (uint32_t)n;
  *index = (int32_t)crucible_space_count(space);
  return crucible_space_add(space, &p);
}

/* Under the choices of a parent. */
static crucible_status add_under(crucible_space *space, int32_t parent,
                                 uint64_t choices, crucible_param p) {
  p.parent = parent;
  p.parent_choices = choices;
  return crucible_space_add(space, &p);
}

static crucible_param log_scale(crucible_param p) {
  p.is_log = 1;
  return p;
}

static crucible_status add_timeframes(crucible_space *space,
                                      const crucible_genome_space_options *o) {
  crucible__text texts = {0};
  size_t *starts = crucible__alloc(o->n_timeframes, sizeof *starts);
  const char **names = crucible__alloc(o->n_timeframes, sizeof *names);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (starts == NULL || names == NULL)
    goto end;
  for (size_t i = 0; i < o->n_timeframes; ++i) {
    starts[i] = texts.length;
    crucible__text_addf(&texts, "%lld", (long long)o->timeframes_ms[i]);
    crucible__text_add_n(&texts, "", 1);
  }
  if (texts.failed)
    goto end;
  for (size_t i = 0; i < o->n_timeframes; ++i)
    names[i] = texts.data + starts[i];
  int32_t index;
  status = add_choice(space, "timeframe_ms", names, o->n_timeframes, &index);

end:
  crucible__free(starts);
  crucible__free(names);
  crucible__text_free(&texts);
  return status;
}

static crucible_status add_plan(crucible_space *space,
                                const crucible_genome_space_options *o) {
  int32_t at;
  if (o->allow_short && o->instrument->is_shortable)
    CRUCIBLE__TRY(add_choice(space, "side", crucible__side_names.names,
                             crucible__side_names.n, &at));
  CRUCIBLE__TRY(add_log(space, "horizon_bars", CRUCIBLE_PARAM_INT,
                        o->min_horizon_bars, o->max_horizon_bars));
  CRUCIBLE__TRY(add_number(space, "entry.quantile", CRUCIBLE_PARAM_FLOAT, 0.7,
                           0.995, 0.005));
  CRUCIBLE__TRY(add_number(space, "exit.quantile", CRUCIBLE_PARAM_FLOAT, 0.05,
                           0.7, 0.05));
  CRUCIBLE__TRY(add_choice(space, "entry.kind", crucible__entry_names.names,
                           crucible__entry_names.n, &at));
  CRUCIBLE__TRY(
      add_under(space, at, 6,
                param("entry.offset_sigma", CRUCIBLE_PARAM_FLOAT, 0, 1, 0.05)));
  CRUCIBLE__TRY(add_under(
      space, at, 6, param("entry.ttl_bars", CRUCIBLE_PARAM_INT, 1, 6, 0)));
  CRUCIBLE__TRY(add_choice(space, "exit.stop", stop_choices, 3, &at));
  CRUCIBLE__TRY(add_under(
      space, at, 6,
      log_scale(param("exit.stop_sigma", CRUCIBLE_PARAM_FLOAT, 1, 20, 0))));
  CRUCIBLE__TRY(add_under(
      space, at, 3,
      param("sizing.fraction", CRUCIBLE_PARAM_FLOAT, 0.2, 0.95, 0.05)));
  CRUCIBLE__TRY(add_under(
      space, at, 4,
      log_scale(param("sizing.risk", CRUCIBLE_PARAM_FLOAT, 0.002, 0.05, 0))));
  CRUCIBLE__TRY(add_choice(space, "exit.target", target_choices, 2, &at));
  return add_under(
      space, at, 2,
      log_scale(param("exit.target_sigma", CRUCIBLE_PARAM_FLOAT, 1, 20, 0)));
}

static crucible_status add_models(crucible_space *space) {
  const char *kinds[KINDS_MAX];
  size_t n = crucible_model_kind_count();
  n = n < KINDS_MAX ? n : KINDS_MAX;
  for (size_t i = 0; i < n; ++i)
    kinds[i] = crucible_model_kind_name(i);
  int32_t at;
  CRUCIBLE__TRY(add_choice(space, "model.kind", kinds, n, &at));
  for (size_t i = 0; i < n; ++i) {
    char prefix[64];
    (void)snprintf(prefix, sizeof prefix, "model.%s.", kinds[i]);
    CRUCIBLE__TRY(crucible_model_add_space(kinds[i], space, prefix, at,
                                           (uint64_t)1 << i));
  }
  return CRUCIBLE_OK;
}

static int is_wanted(const crucible_feature_info *info,
                     const crucible_genome_space_options *o) {
  return (info->needs & ~o->has) == 0 && (o->units >> info->unit & 1) != 0;
}

static crucible_status add_feature(crucible_space *space,
                                   const crucible_feature_info *info,
                                   const double *weights, uint32_t longest) {
  char name[128];
  int32_t at = (int32_t)crucible_space_count(space);
  (void)snprintf(name, sizeof name, "feature.%s", info->name);
  crucible_param p = param(name, CRUCIBLE_PARAM_CATEGORICAL, 0, 0, 0);
  p.choices = switch_choices;
  p.n_choices = 2;
  p.weights = weights;
  CRUCIBLE__TRY(crucible_space_add(space, &p));
  for (uint32_t i = 0; i < info->n_params; ++i) {
    const crucible_feature_param *from = &info->params[i];
    (void)snprintf(name, sizeof name, "feature.%s.%s", info->name, from->name);
    p = param(name,
              from->is_integer ? CRUCIBLE_PARAM_INT : CRUCIBLE_PARAM_FLOAT,
              from->low, from->high, 0);
    p.is_log = from->is_log;
    /* whole parameters are periods */
    if (from->is_integer && p.high > longest)
      p.high = longest > p.low ? longest : p.low;
    CRUCIBLE__TRY(add_under(space, at, 2, p));
  }
  return CRUCIBLE_OK;
}

static crucible_status add_features(crucible_space *space,
                                    const crucible_genome_space_options *o) {
  crucible_feature_info info = {.struct_size = sizeof info};
  size_t n = crucible_feature_count(), n_wanted = 0;
  for (size_t i = 0; i < n; ++i) {
    CRUCIBLE__TRY(crucible_feature_at(i, &info));
    n_wanted += (size_t)is_wanted(&info, o);
  }
  if (n_wanted == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.units is 0x%x and .has 0x%x: no feature is "
                          "left",
                          o->units, o->has);
  double on = fmin(o->mean_features / (double)n_wanted, 1);
  const double weights[] = {1 - on, on};
  for (size_t i = 0; i < n; ++i) {
    CRUCIBLE__TRY(crucible_feature_at(i, &info));
    if (is_wanted(&info, o))
      CRUCIBLE__TRY(add_feature(space, &info, weights, o->max_lookback_bars));
  }
  return CRUCIBLE_OK;
}

static crucible_status check(const crucible_genome_space_options *o) {
  if (o->instrument == NULL || o->timeframes_ms == NULL || o->n_timeframes == 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "options.%s is missing",
                          o->instrument == NULL ? "instrument"
                                                : "timeframes_ms");
  CRUCIBLE__TRY(crucible_instrument_check(o->instrument));
  for (size_t i = 0; i < o->n_timeframes; ++i)
    if (o->timeframes_ms[i] <= 0)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "options.timeframes_ms[%zu] is %lld, must be > 0",
                            i, (long long)o->timeframes_ms[i]);
  if (o->min_horizon_bars < 1 || o->max_horizon_bars < o->min_horizon_bars ||
      o->max_horizon_bars > CRUCIBLE__HORIZON_BARS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.min_horizon_bars %u and max_horizon_bars "
                          "%u: must be 1 to %d and in order",
                          o->min_horizon_bars, o->max_horizon_bars,
                          CRUCIBLE__HORIZON_BARS_MAX);
  if (o->min_train_bars < 1 || o->max_train_bars < o->min_train_bars)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.min_train_bars %u and max_train_bars %u: "
                          "must be at least 1 and in order",
                          o->min_train_bars, o->max_train_bars);
  if (!(o->mean_features > 0 && isfinite(o->mean_features)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.mean_features is %g, must be > 0",
                          o->mean_features);
  return CRUCIBLE_OK;
}

static crucible_status fill(crucible_space *space,
                            const crucible_genome_space_options *o) {
  int32_t at;
  CRUCIBLE__TRY(add_timeframes(space, o));
  CRUCIBLE__TRY(add_plan(space, o));
  CRUCIBLE__TRY(add_choice(space, "train.horizon",
                           crucible__horizon_names.names,
                           crucible__horizon_names.n, &at));
  CRUCIBLE__TRY(
      add_under(space, at, 1,
                log_scale(param("train.bars", CRUCIBLE_PARAM_INT,
                                o->min_train_bars, o->max_train_bars, 0))));
  CRUCIBLE__TRY(add_models(space));
  CRUCIBLE__TRY(add_features(space, o));
  /* last: what is drawn for the genes before it stays as it was */
  return add_choice(space, "refit.policy", crucible__refit_names.names,
                    crucible__refit_names.n, &at);
}

crucible_status
crucible_genome_space_create(const crucible_genome_space_options *options,
                             crucible_space **space) {
  if (space != NULL)
    *space = NULL;
  if (options == NULL || space == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          options == NULL ? "options" : "space");
  crucible_genome_space_options o;
  crucible_genome_space_options_init(&o, sizeof o);
  CRUCIBLE__TRY(crucible__options_read(&o, sizeof o, options,
                                       "crucible_genome_space_options"));
  CRUCIBLE__TRY(check(&o));
  crucible_space *made;
  CRUCIBLE__TRY(crucible_space_create(&made));
  crucible_status status = fill(made, &o);
  if (status != CRUCIBLE_OK) {
    crucible_space_destroy(made);
    return status;
  }
  *space = made;
  return CRUCIBLE_OK;
}
