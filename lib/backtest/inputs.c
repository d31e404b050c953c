/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/inputs.h"

#include "backtest/fill.h"
#include "backtest/input_checks.h"
#include "backtest/wish.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "costs/cost_model.h"

void crucible_simulation_init(crucible_simulation *simulation,
                              size_t struct_size) {
  const crucible_simulation defaults = {.struct_size = sizeof defaults,
                                        .n_markets = 1,
                                        .n_columns = 1,
                                        .n_plans = 1};
  crucible__options_init(simulation, struct_size, &defaults, sizeof defaults);
}

/* ---- views ---- */

static crucible_status check_shape(const char *name, const void *data,
                                   size_t rows, size_t cols, size_t n_bars,
                                   size_t n_columns) {
  if (data == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "simulation.%s.data is NULL with %zu rows", name,
                          rows);
  if ((rows != n_bars && rows != 1) || (cols != n_columns && cols != 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "simulation.%s is %zu x %zu for %zu bars x %zu "
                          "columns: give 1 or all of each",
                          name, rows, cols, n_bars, n_columns);
  return CRUCIBLE_OK;
}

/* What the values of a matrix must be; NaN is never wrong. */
typedef struct domain {
  double least, most; /* both allowed */
  const char *text;
} domain;

static crucible_status check_values(const char *name,
                                    const crucible_matrix *matrix,
                                    const domain *allowed) {
  size_t rows = matrix->row_stride == 0 ? 1 : matrix->rows;
  size_t cols = matrix->col_stride == 0 ? 1 : matrix->cols;
  /* the inner loop along the memory */
  int by_row = matrix->col_stride == 1;
  size_t n_outer = by_row ? rows : cols, n_inner = by_row ? cols : rows;
  ptrdiff_t outer = by_row ? matrix->row_stride : matrix->col_stride;
  ptrdiff_t inner = by_row ? matrix->col_stride : matrix->row_stride;
  double least = allowed->least, most = allowed->most;
  for (size_t o = 0; o < n_outer; ++o) {
    const double *line = matrix->data + (ptrdiff_t)o * outer;
    int n_wrong = 0;
    for (size_t i = 0; i < n_inner; ++i) {
      double x = line[(ptrdiff_t)i * inner];
      n_wrong += (x < least) | (x > most);
    }
    for (size_t i = 0; n_wrong != 0 && i < n_inner; ++i) {
      double x = line[(ptrdiff_t)i * inner];
      if (x < least || x > most)
        return crucible__fail(
            CRUCIBLE_E_DATA, "simulation.%s is %g at bar %zu, column %zu: %s",
            name, x, by_row ? o : i, by_row ? i : o, allowed->text);
    }
  }
  return CRUCIBLE_OK;
}

static crucible_status take_field(const char *name,
                                  const crucible_matrix *matrix,
                                  const crucible__inputs *inputs,
                                  const domain *allowed,
                                  crucible__field *field) {
  *field = (crucible__field){0};
  if (matrix->data == NULL && matrix->rows == 0 && matrix->cols == 0)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(check_shape(name, matrix->data, matrix->rows, matrix->cols,
                            inputs->n_bars, inputs->n_columns));
  if (allowed != NULL)
    CRUCIBLE__TRY(check_values(name, matrix, allowed));
  *field = (crucible__field){
      .data = matrix->data,
      .row = matrix->rows == 1 ? 0 : matrix->row_stride,
      .col = matrix->cols == 1 ? 0 : matrix->col_stride,
  };
  return CRUCIBLE_OK;
}

static crucible_status take_flags(const char *name, const crucible_flags *given,
                                  const crucible__inputs *inputs,
                                  crucible_flags *flags) {
  *flags = (crucible_flags){0};
  if (given->data == NULL && given->rows == 0 && given->cols == 0)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(check_shape(name, given->data, given->rows, given->cols,
                            inputs->n_bars, inputs->n_columns));
  if (given->layout != CRUCIBLE_FLAGS_BYTES &&
      given->layout != CRUCIBLE_FLAGS_BITS)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "simulation.%s.layout is %d: give a CRUCIBLE_FLAGS_ "
                          "constant",
                          name, (int)given->layout);
  if (given->reserved != 0)
    return crucible__fail(CRUCIBLE_E_VERSION,
                          "simulation.%s.reserved is %d: give 0", name,
                          (int)given->reserved);
  if (given->layout == CRUCIBLE_FLAGS_BITS && given->rows != inputs->n_bars)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "simulation.%s has %zu rows for %zu bars: bits are "
                          "given for every bar",
                          name, given->rows, inputs->n_bars);
  *flags = *given;
  if (flags->rows == 1)
    flags->row_stride = 0;
  if (flags->cols == 1)
    flags->col_stride = 0;
  return CRUCIBLE_OK;
}

static crucible_status take_fields(const crucible_simulation *s,
                                   crucible__inputs *in) {
  const double big = CRUCIBLE__NUMBER_MOST;
  const double tiny = 1 / big, one = 1 - 0x1p-53;
  const domain above_zero = {tiny, big, "it must be > 0 and at most 1e100"};
  const domain distance = {0, one, "it must be >= 0 and < 1"};
  const domain reach = {0, big, "it must be >= 0 and at most 1e100"};
  const domain taker = {0, 0.1 - 0x1p-56, "it must be >= 0 and < 0.1"};
  const domain maker = {-0.01 + 0x1p-59, 0.1 - 0x1p-56,
                        "it must be > -0.01 and < 0.1"};
  const domain finite = {-big, big, "it must be within 1e100 of 0, or NaN"};
  const struct {
    const char *name;
    const crucible_matrix *matrix;
    const domain *allowed;
    crucible__field *field;
  } fields[] = {
      {"scores", &s->scores, NULL, &in->scores},
      {"targets", &s->targets, &finite, &in->targets},
      {"size", &s->size, &above_zero, &in->size},
      {"limit", &s->limit, &above_zero, &in->limit},
      {"trigger", &s->trigger, &above_zero, &in->trigger},
      {"stop", &s->stop, &distance, &in->stop},
      {"take", &s->take, &reach, &in->take},
      {"trail", &s->trail, &distance, &in->trail},
      {"price", &s->price, &above_zero, &in->price},
      {"taker_fee", &s->taker_fee, &taker, &in->taker_fee},
      {"maker_fee", &s->maker_fee, &maker, &in->maker_fee},
      {"slippage", &s->slippage, &distance, &in->slippage},
  };
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; ++i)
    CRUCIBLE__TRY(take_field(fields[i].name, fields[i].matrix, in,
                             fields[i].allowed, fields[i].field));
  const crucible__field *entry[] = {&in->size, &in->limit, &in->trigger,
                                    &in->stop, &in->take,  &in->trail};
  for (size_t i = 0; i < sizeof entry / sizeof entry[0]; ++i)
    in->has_entry_inputs |= entry[i]->data != NULL;
  in->has_fill_inputs = in->price.data != NULL || in->taker_fee.data != NULL ||
                        in->maker_fee.data != NULL || in->slippage.data != NULL;
  const char *const names[] = {"enter_long", "exit_long", "enter_short",
                               "exit_short"};
  const crucible_flags *given[] = {&s->enter_long, &s->exit_long,
                                   &s->enter_short, &s->exit_short};
  for (size_t i = 0; i < 4; ++i)
    CRUCIBLE__TRY(take_flags(names[i], given[i], in, &in->flags[i]));
  return CRUCIBLE_OK;
}

/* ---- markets, plans, columns ---- */

static crucible_status check_aligned(const crucible__inputs *in, size_t m) {
  const crucible_bars *a = &in->markets[0].bars, *b = &in->markets[m].bars;
  if (b->n != a->n || b->timeframe_ms != a->timeframe_ms)
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "simulation.markets[%zu] has %zu bars of %lld ms, the "
        "first market %zu of %lld: align them",
        m, b->n, (long long)b->timeframe_ms, a->n, (long long)a->timeframe_ms);
  if (a->open_time_ms == b->open_time_ms)
    return CRUCIBLE_OK;
  for (size_t i = 0; i < a->n; ++i)
    if (a->open_time_ms[i] != b->open_time_ms[i])
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "simulation.markets[%zu] has bar %zu at %lld ms, "
                            "the first market at %lld: align them",
                            m, i, (long long)b->open_time_ms[i],
                            (long long)a->open_time_ms[i]);
  return CRUCIBLE_OK;
}

static crucible_status take_markets(const crucible_simulation *s,
                                    crucible__inputs *in) {
  if (s->markets == NULL || s->instruments == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "simulation.%s is NULL",
                          s->markets == NULL ? "markets" : "instruments");
  if (s->n_markets == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "simulation.n_markets is 0: give at least one");
  if (s->n_columns >= UINT32_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "simulation.n_columns is %zu: too many",
                          s->n_columns);
  in->markets = crucible__alloc_zero(s->n_markets, sizeof *in->markets);
  if (in->markets == NULL)
    return CRUCIBLE_E_NOMEM;
  in->n_markets = s->n_markets;
  in->n_columns = s->n_columns;
  size_t stride = s->markets->struct_size;
  for (size_t m = 0; m < s->n_markets; ++m) {
    const crucible_market *market =
        (const void *)((const unsigned char *)s->markets + m * stride);
    const crucible_instrument *instrument =
        (const void *)((const unsigned char *)s->instruments +
                       m * s->instruments->struct_size);
    crucible_instrument profile;
    crucible_status status = crucible__market_take(market, &in->markets[m]);
    if (status == CRUCIBLE_OK)
      status = crucible__instrument_take(instrument, &profile);
    if (status == CRUCIBLE_OK)
      status = crucible__market_check_tick(&in->markets[m], &profile);
    if (status != CRUCIBLE_OK)
      return s->n_markets > 1 ? crucible__fail_at(status, "market %zu", m)
                              : status;
    CRUCIBLE__TRY(check_aligned(in, m));
  }
  in->n_bars = in->markets[0].bars.n;
  return CRUCIBLE_OK;
}

static crucible_status check_columns(const crucible_simulation *s,
                                     const crucible__inputs *in) {
  for (size_t c = 0; c < in->n_columns; ++c) {
    if (s->market_of != NULL && s->market_of[c] >= in->n_markets)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "simulation.market_of[%zu] is %u: there are %zu "
                            "markets",
                            c, (unsigned)s->market_of[c], in->n_markets);
    size_t first = crucible__inputs_first(in, c);
    size_t end = crucible__inputs_end(in, c);
    if (first > end || end > in->n_bars)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "column %zu trades the bars [%zu, %zu): there are "
                            "%zu",
                            c, first, end, in->n_bars);
    if (s->group_of == NULL)
      continue;
    uint32_t before = c == 0 ? 0 : s->group_of[c - 1];
    if (s->group_of[c] != before && (c == 0 || s->group_of[c] != before + 1))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "simulation.group_of[%zu] is %u after %u: groups "
                            "count up from 0, members side by side",
                            c, (unsigned)s->group_of[c], (unsigned)before);
    if (c > 0 && s->group_of[c] == before &&
        (first != crucible__inputs_first(in, c - 1) ||
         end != crucible__inputs_end(in, c - 1)))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "column %zu trades the bars [%zu, %zu), the member "
                            "before it others: a group trades the same",
                            c, first, end);
  }
  return CRUCIBLE_OK;
}

static crucible_status make_terms(const crucible_simulation *s,
                                  crucible__inputs *in) {
  if (s->plans == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "simulation.plans is NULL: start "
                                              "from crucible_plan_init");
  if (s->n_plans == 0 || (s->n_plans != 1 && s->n_plans != s->n_columns))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "simulation.n_plans is %zu for %zu columns: give 1 "
                          "or one per column",
                          s->n_plans, s->n_columns);
  in->n_plans = s->n_plans;
  in->n_terms = s->n_plans == 1 ? in->n_markets : s->n_plans;
  in->terms = crucible__alloc_zero(in->n_terms, sizeof *in->terms);
  if (in->terms == NULL)
    return CRUCIBLE_E_NOMEM;
  size_t plan_size = s->plans->struct_size;
  size_t instrument_size = s->instruments->struct_size;
  for (size_t k = 0; k < in->n_terms; ++k) {
    size_t p = s->n_plans == 1 ? 0 : k;
    size_t m = s->n_plans == 1 ? k : crucible__inputs_market(in, k);
    const crucible_plan *plan =
        (const void *)((const unsigned char *)s->plans + p * plan_size);
    const crucible_instrument *instrument =
        (const void *)((const unsigned char *)s->instruments +
                       m * instrument_size);
    crucible_status status = crucible__terms_of_market(
        &in->terms[k], plan, instrument, &in->markets[m], s->options);
    if (status == CRUCIBLE_OK && plan->struct_size != plan_size)
      status = crucible__fail(CRUCIBLE_E_INVALID,
                              "plan.struct_size is %zu, the first plan's is "
                              "%zu: an array has one",
                              plan->struct_size, plan_size);
    if (status == CRUCIBLE_OK && k > 0 &&
        in->terms[k].plan.decides != in->terms[0].plan.decides)
      status = crucible__fail(CRUCIBLE_E_INVALID,
                              "plan.decides is %d, the first plan's is %d: the "
                              "columns of a run decide alike",
                              (int)in->terms[k].plan.decides,
                              (int)in->terms[0].plan.decides);
    if (status != CRUCIBLE_OK)
      return in->n_terms > 1
                 ? crucible__fail_at(status, "plan %zu on market %zu", p, m)
                 : status;
    in->is_long_short |= in->terms[k].plan.side == CRUCIBLE_SIDE_LONG_SHORT;
  }
  in->decides = in->terms[0].plan.decides;
  return CRUCIBLE_OK;
}

/* ---- what decides ---- */

static crucible_status take_source(const crucible_simulation *s,
                                   crucible__inputs *in) {
  if (s->source == NULL)
    return CRUCIBLE_OK;
  crucible_signal_source source = {.struct_size = sizeof source};
  CRUCIBLE__TRY(crucible__options_read(&source, sizeof source, s->source,
                                       "simulation.source"));
  if (source.make == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "simulation.source.make is NULL");
  if (s->group_of != NULL)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "simulation.group_of is given with a source: columns "
                          "that share their cash need their signals as flags");
  in->source = source;
  return CRUCIBLE_OK;
}

static crucible_status check_request(const crucible__inputs *in, size_t k) {
  const crucible_request *request = &in->requests[k];
  if (request->column >= in->n_columns || request->bar >= in->n_bars)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "request %zu is of column %u, bar %llu: there are "
                          "%zu columns of %zu bars",
                          k, (unsigned)request->column,
                          (unsigned long long)request->bar, in->n_columns,
                          in->n_bars);
  if (k == 0)
    return CRUCIBLE_OK;
  const crucible_request *last = &in->requests[k - 1];
  if (request->column < last->column ||
      (request->column == last->column && request->bar < last->bar))
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "request %zu (column %u, bar %llu) comes after one of "
        "column %u, bar %llu: sort by column, then bar",
        k, (unsigned)request->column, (unsigned long long)request->bar,
        (unsigned)last->column, (unsigned long long)last->bar);
  return CRUCIBLE_OK;
}

static crucible_status take_requests(const crucible_simulation *s,
                                     crucible__inputs *in) {
  if (s->n_requests == 0)
    return CRUCIBLE_OK;
  if (s->requests == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "simulation.requests is NULL with %zu requests",
                          s->n_requests);
  in->requests = crucible__alloc_zero(s->n_requests, sizeof *in->requests);
  in->requests_from =
      crucible__alloc_zero(in->n_columns + 1, sizeof *in->requests_from);
  if (in->requests == NULL || in->requests_from == NULL)
    return CRUCIBLE_E_NOMEM;
  size_t stride = s->requests->struct_size;
  for (size_t k = 0; k < s->n_requests; ++k) {
    const crucible_request *given =
        (const void *)((const unsigned char *)s->requests + k * stride);
    crucible_status status = CRUCIBLE_OK;
    if (given->struct_size != stride)
      status = crucible__fail(CRUCIBLE_E_INVALID,
                              "struct_size is %zu, the first request's is %zu: "
                              "an array has one",
                              given->struct_size, stride);
    if (status == CRUCIBLE_OK)
      status = crucible__options_read(&in->requests[k], sizeof in->requests[k],
                                      given, "request");
    if (status == CRUCIBLE_OK)
      status = crucible__request_check(&in->requests[k]);
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "request %zu", k);
    CRUCIBLE__TRY(check_request(in, k));
    ++in->requests_from[in->requests[k].column + 1];
  }
  for (size_t c = 0; c < in->n_columns; ++c)
    in->requests_from[c + 1] += in->requests_from[c];
  return CRUCIBLE_OK;
}

const crucible__terms *
crucible__inputs_market_terms(const crucible__inputs *inputs, size_t market) {
  if (inputs->n_plans == 1)
    return &inputs->terms[market];
  for (size_t c = 0; c < inputs->n_columns; ++c)
    if (crucible__inputs_market(inputs, c) == market)
      return &inputs->terms[c];
  return inputs->terms;
}

const crucible_request *
crucible__inputs_requests(const crucible__inputs *inputs, size_t column,
                          size_t bar, uint32_t *n) {
  *n = 0;
  if (inputs->requests == NULL)
    return NULL;
  size_t low = inputs->requests_from[column];
  size_t end = inputs->requests_from[column + 1], high = end;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (inputs->requests[middle].bar < bar)
      low = middle + 1;
    else
      high = middle;
  }
  size_t first = low;
  while (low < end && inputs->requests[low].bar == bar)
    ++low;
  *n = (uint32_t)(low - first);
  return inputs->requests + first;
}

/* ---- all ---- */

static crucible_status take_all(const crucible_simulation *s,
                                crucible__inputs *in) {
  CRUCIBLE__TRY(take_markets(s, in));
  in->market_of = s->market_of;
  in->group_of = s->group_of;
  in->first_bar = s->first_bar;
  in->end_bar = s->end_bar;
  CRUCIBLE__TRY(check_columns(s, in));
  CRUCIBLE__TRY(make_terms(s, in));
  CRUCIBLE__TRY(take_fields(s, in));
  CRUCIBLE__TRY(take_source(s, in));
  CRUCIBLE__TRY(take_requests(s, in));
  return crucible__inputs_check(in);
}

crucible_status crucible__inputs_take(const crucible_simulation *simulation,
                                      crucible__inputs *inputs) {
  crucible_simulation read;
  crucible_simulation_init(&read, sizeof read);
  *inputs = (crucible__inputs){0};
  if (simulation == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "simulation is NULL: start from "
                                              "crucible_simulation_init");
  CRUCIBLE__TRY(
      crucible__options_read(&read, sizeof read, simulation, "simulation"));
  crucible_status status = take_all(&read, inputs);
  if (status != CRUCIBLE_OK)
    crucible__inputs_free(inputs);
  return status;
}

void crucible__inputs_free(crucible__inputs *inputs) {
  crucible__free(inputs->markets);
  crucible__free(inputs->terms);
  crucible__free(inputs->requests);
  crucible__free(inputs->requests_from);
  *inputs = (crucible__inputs){0};
}
