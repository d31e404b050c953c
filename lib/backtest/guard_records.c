/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/guard_records.h"

#include <math.h>

#include "base/base_status.h"

/* A column of a table, by its place in the struct. */
enum { INT8, UINT32, INT64, DOUBLE };

typedef struct field {
  const char *name;
  size_t offset;
  int type;
} field;

#define ORDER(name, type)                                                      \
  { #name, offsetof(crucible_orders, name), type }
#define TRADE(name, type)                                                      \
  { #name, offsetof(crucible_trades, name), type }

/* First what tells which record it is. */
enum { TIME, SIDE, N_KEYS, ENDED = N_KEYS, PURPOSE };

static const field ORDERS[] = {
    ORDER(placed_ms, INT64),   ORDER(side, INT8),
    ORDER(ended_ms, INT64),    ORDER(purpose, INT8),
    ORDER(id, UINT32),         ORDER(entry, INT8),
    ORDER(quantity, DOUBLE),   ORDER(limit_price, DOUBLE),
    ORDER(status, INT8),       ORDER(reason, INT8),
    ORDER(liquidity, INT8),    ORDER(filled, DOUBLE),
    ORDER(fill_price, DOUBLE), ORDER(fee, DOUBLE),
    ORDER(spread, DOUBLE),     ORDER(slippage, DOUBLE),
    ORDER(impact, DOUBLE),
};

static const field TRADES[] = {
    TRADE(entry_ms, INT64),    TRADE(side, INT8),
    TRADE(exit_ms, INT64),     TRADE(exit, INT8),
    TRADE(quantity, DOUBLE),   TRADE(entry_price, DOUBLE),
    TRADE(exit_price, DOUBLE), TRADE(result, DOUBLE),
    TRADE(gross, DOUBLE),      TRADE(fee, DOUBLE),
    TRADE(spread, DOUBLE),     TRADE(slippage, DOUBLE),
    TRADE(impact, DOUBLE),     TRADE(funding, DOUBLE),
    TRADE(dust, DOUBLE),       TRADE(mae, DOUBLE),
    TRADE(mfe, DOUBLE),
};

/* Orders or trades of one run. */
typedef struct table {
  const void *columns; /* crucible_orders or crucible_trades */
  const uint32_t *column;
  size_t n;
  const field *fields;
  size_t n_fields;
  int32_t kind;
} table;

static table orders_of(const crucible__guard_run *run) {
  return (table){&run->orders,
                 run->orders.column,
                 run->orders.n,
                 ORDERS,
                 sizeof ORDERS / sizeof ORDERS[0],
                 CRUCIBLE_RUN_ORDER};
}

static table trades_of(const crucible__guard_run *run) {
  return (table){&run->trades,
                 run->trades.column,
                 run->trades.n,
                 TRADES,
                 sizeof TRADES / sizeof TRADES[0],
                 CRUCIBLE_RUN_TRADE};
}

/* Times below 2^53 ms are exact as doubles. */
static double value_at(const table *t, size_t f, size_t i) {
  const field *wanted = &t->fields[f];
  const char *place = (const char *)t->columns + wanted->offset;
  const void *column = *(const void *const *)(const void *)place;
  switch (wanted->type) {
  case INT8:
    return ((const int8_t *)column)[i];
  case UINT32:
    return ((const uint32_t *)column)[i];
  case INT64:
    return (double)((const int64_t *)column)[i];
  default:
    return ((const double *)column)[i];
  }
}

static int64_t time_at(const table *t, size_t f, size_t i) {
  return (int64_t)value_at(t, f, i);
}

static int is_same(const crucible_lookahead_options *options, int type,
                   double a, double b) {
  if (isnan(a) || isnan(b))
    return isnan(a) && isnan(b);
  if (a == b)
    return 1;
  double larger = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
  return type == DOUBLE && options != NULL &&
         fabs(a - b) <= options->absolute + options->relative * larger;
}

static void note(crucible__guard_difference *found, const table *t, size_t i,
                 int32_t how, int32_t kind) {
  int64_t time = time_at(t, TIME, i);
  if (found->kind != 0 && time >= found->time_ms)
    return;
  *found = (crucible__guard_difference){
      .kind = kind,
      .how = how,
      .time_ms = time,
      .column = t->column[i],
      .side = (int32_t)value_at(t, SIDE, i),
      .purpose = (int32_t)value_at(t, PURPOSE, i),
      .with = (double)NAN,
      .without = (double)NAN,
  };
}

/* Two records that stand in the same place; 1: they are the same. */
static int compare_pair(const table *full, size_t i, const table *cut, size_t j,
                        const crucible_lookahead_options *options,
                        crucible__guard_difference *found) {
  for (size_t f = 0; f < full->n_fields; ++f) {
    double with = value_at(full, f, i), without = value_at(cut, f, j);
    if (is_same(options, full->fields[f].type, with, without))
      continue;
    if (f < N_KEYS) { /* not the same one */
      int64_t here = time_at(full, TIME, i), there = time_at(cut, TIME, j);
      if (here <= there)
        note(found, full, i, CRUCIBLE_ONLY_WITH, full->kind);
      else
        note(found, cut, j, CRUCIBLE_ONLY_WITHOUT, full->kind);
      return 0;
    }
    int64_t before = found->kind != 0 ? found->time_ms : INT64_MAX;
    note(found, full, i, CRUCIBLE_DIFFERS, full->kind);
    if (found->time_ms < before) {
      found->field = full->fields[f].name;
      found->with = with;
      found->without = without;
    }
    return 0;
  }
  return 1;
}

/* Records of one column that ended before a time: they are its first. */
static size_t count_ended(const table *t, size_t begin, size_t end,
                          int64_t before_ms) {
  size_t n = 0;
  while (begin + n < end && time_at(t, ENDED, begin + n) < before_ms)
    ++n;
  return n;
}

static void compare_ended(const table *full, size_t i, size_t i_end,
                          const table *cut, size_t j, size_t j_end,
                          const crucible_lookahead_options *options,
                          int64_t before_ms,
                          crucible__guard_difference *found) {
  size_t n_full = count_ended(full, i, i_end, before_ms);
  size_t n_cut = count_ended(cut, j, j_end, before_ms);
  size_t both = n_full < n_cut ? n_full : n_cut;
  for (size_t k = 0; k < both; ++k)
    if (!compare_pair(full, i + k, cut, j + k, options, found))
      return;
  if (n_full > both)
    note(found, full, i + both, CRUCIBLE_ONLY_WITH, full->kind);
  if (n_cut > both)
    note(found, cut, j + both, CRUCIBLE_ONLY_WITHOUT, full->kind);
}

/* Sent at a close by a decision; what follows from its fill is not. */
static int is_decision(const table *t, size_t i, int64_t decided_ms) {
  if (time_at(t, TIME, i) != decided_ms)
    return 0;
  switch ((int)value_at(t, PURPOSE, i)) {
  case CRUCIBLE_PURPOSE_STOP:
  case CRUCIBLE_PURPOSE_TARGET:
  case CRUCIBLE_PURPOSE_TRAIL:
  case CRUCIBLE_PURPOSE_LIQUIDATION:
  case CRUCIBLE_PURPOSE_END:
    return 0;
  default:
    return 1;
  }
}

static int is_market(const crucible__guard_run *run, size_t i) {
  return isnan(run->orders.limit_price[i]);
}

static int is_same_decision(const crucible__guard_run *a, size_t i,
                            const crucible__guard_run *b, size_t j,
                            const crucible_lookahead_options *options) {
  const crucible_orders *x = &a->orders, *y = &b->orders;
  return x->placed_ms[i] == y->placed_ms[j] && x->side[i] == y->side[j] &&
         x->purpose[i] == y->purpose[j] && x->entry[i] == y->entry[j] &&
         x->id[i] == y->id[j] &&
         is_same(options, DOUBLE, x->quantity[i], y->quantity[j]) &&
         is_same(options, DOUBLE, x->limit_price[i], y->limit_price[j]);
}

/* In the bar behind the cut prices are others, and so is what becomes of
   orders. A market order ends there in any case; of what rests this is known
   only where it did end. */
static void compare_decisions(const crucible__guard_run *full, size_t i,
                              size_t i_end, const crucible__guard_run *cut,
                              size_t j, size_t j_end,
                              const crucible_lookahead_options *options,
                              int64_t before_ms, int64_t decided_ms,
                              crucible__guard_difference *found) {
  table with = orders_of(full), without = orders_of(cut);
  for (size_t a = i; a < i_end; ++a) {
    int is_there = !is_market(full, a) || !is_decision(&with, a, decided_ms) ||
                   full->orders.ended_ms[a] != before_ms;
    for (size_t b = j; b < j_end && !is_there; ++b)
      is_there = is_same_decision(full, a, cut, b, options);
    if (!is_there)
      note(found, &with, a, CRUCIBLE_ONLY_WITH, CRUCIBLE_RUN_DECISION);
  }
  for (size_t b = j; b < j_end; ++b) {
    int is_there = !is_decision(&without, b, decided_ms);
    for (size_t a = i; a < i_end && !is_there; ++a)
      is_there = is_same_decision(full, a, cut, b, options);
    if (!is_there)
      note(found, &without, b, CRUCIBLE_ONLY_WITHOUT, CRUCIBLE_RUN_DECISION);
  }
}

static size_t end_of(const table *t, size_t begin, uint32_t column) {
  while (begin < t->n && t->column[begin] == column)
    ++begin;
  return begin;
}

crucible__guard_difference
crucible__guard_compare(const crucible__guard_run *full,
                        const crucible__guard_run *cut,
                        const crucible_lookahead_options *options,
                        int64_t before_ms, int64_t decided_ms) {
  crucible__guard_difference found = {.kind = 0};
  for (int pass = 0; pass < 2; ++pass) {
    table a = pass == 0 ? orders_of(full) : trades_of(full);
    table b = pass == 0 ? orders_of(cut) : trades_of(cut);
    for (size_t i = 0, j = 0; i < a.n || j < b.n;) {
      uint32_t column = i == a.n                                ? b.column[j]
                        : j == b.n || a.column[i] < b.column[j] ? a.column[i]
                                                                : b.column[j];
      size_t i_end = end_of(&a, i, column), j_end = end_of(&b, j, column);
      compare_ended(&a, i, i_end, &b, j, j_end, options, before_ms, &found);
      if (pass == 0 && decided_ms != INT64_MIN)
        compare_decisions(full, i, i_end, cut, j, j_end, options, before_ms,
                          decided_ms, &found);
      i = i_end;
      j = j_end;
    }
  }
  return found;
}

crucible_status crucible__guard_run_source(const crucible_run_source *given,
                                           crucible_run_source *source) {
  *source = (crucible_run_source){.struct_size = sizeof *source};
  if (given == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "source is NULL");
  CRUCIBLE__TRY(
      crucible__options_read(source, sizeof *source, given, "source"));
  if (source->rerun == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "source.rerun is NULL: give the function that runs "
                          "a backtest over the bars it gets");
  if (source->is_thread_safe != 0 && source->is_thread_safe != 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "source.is_thread_safe is %d: give 0 or 1",
                          (int)source->is_thread_safe);
  if (source->reserved != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "source.reserved is %d: leave it 0",
                          (int)source->reserved);
  return CRUCIBLE_OK;
}

crucible_status crucible__guard_rerun(const crucible_run_source *source,
                                      const crucible__guard_slice *slice,
                                      crucible__guard_run *run, int *is_short) {
  *run = (crucible__guard_run){.orders = {.struct_size = sizeof run->orders},
                               .trades = {.struct_size = sizeof run->trades}};
  int32_t answer =
      source->rerun(&slice->view, &run->backtest, source->user_data);
  CRUCIBLE__TRY(
      crucible__guard_answer(answer, "source.rerun", slice->view.n, is_short));
  if (*is_short)
    return CRUCIBLE_OK;
  if (run->backtest == NULL)
    return crucible__fail(CRUCIBLE_E_CALLBACK,
                          "source.rerun returned 0 and no backtest on %zu bars",
                          slice->view.n);
  crucible_status status =
      crucible_backtest_records(run->backtest, &run->orders, &run->trades);
  if (status == CRUCIBLE_E_STATE)
    return crucible__fail_at(status, "source.rerun: set keep_records to 1");
  return status;
}

void crucible__guard_run_free(crucible__guard_run *run) {
  crucible_backtest_destroy(run->backtest);
  run->backtest = NULL;
}
