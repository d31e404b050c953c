/* SPDX-License-Identifier: Apache-2.0 */
/* Tables through the Arrow C Data Interface, by a consumer that knows nothing but
   its specification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/arrow.h>
#include <crucible/backtest.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/played.h"
#include "support/recorded_run.h"

static int64_t child_of(const struct ArrowSchema *schema, const char *name) {
  for (int64_t i = 0; i < schema->n_children; ++i)
    if (strcmp(schema->children[i]->name, name) == 0)
      return i;
  fail_msg("no column %s", name);
  return -1;
}

/* The one pair of a field's metadata. */
static void assert_metadata(const char *metadata, const char *key,
                            const char *value) {
  int32_t n, length;
  assert_non_null(metadata);
  memcpy(&n, metadata, sizeof n);
  assert_int_equal(n, 1);
  metadata += sizeof n;
  memcpy(&length, metadata, sizeof length);
  assert_int_equal(length, strlen(key));
  metadata += sizeof length;
  assert_memory_equal(metadata, key, strlen(key));
  metadata += length;
  memcpy(&length, metadata, sizeof length);
  assert_int_equal(length, strlen(value));
  metadata += sizeof length;
  assert_memory_equal(metadata, value, strlen(value));
}

static void check_struct(const struct ArrowSchema *schema,
                         const struct ArrowArray *array, int64_t rows) {
  assert_string_equal(schema->format, "+s");
  assert_int_equal(schema->flags, 0);
  assert_null(schema->dictionary);
  assert_int_equal(array->length, rows);
  assert_int_equal(array->null_count, 0);
  assert_int_equal(array->offset, 0);
  assert_int_equal(array->n_buffers, 1);
  assert_null(array->buffers[0]);
  assert_int_equal(array->n_children, schema->n_children);
  for (int64_t i = 0; i < array->n_children; ++i) {
    const struct ArrowArray *child = array->children[i];
    assert_int_equal(child->length, rows);
    assert_int_equal(child->null_count, 0);
    assert_int_equal(child->n_buffers, 2);
    assert_int_equal(child->n_children, 0);
    assert_null(child->buffers[0]);
    assert_true(rows == 0 || child->buffers[1] != NULL);
    assert_non_null(child->release);
    assert_int_equal(schema->children[i]->flags, 0);
    assert_non_null(strstr("g tsm:UTC I c L i", schema->children[i]->format));
  }
}

static void an_arrow_array_outlives_its_run(void **state) {
  (void)state;
  run r = start();
  size_t live = failing_alloc_live();
  struct ArrowSchema schema;
  struct ArrowArray array;
  crucible_orders orders = {.struct_size = sizeof orders};
  assert_int_equal(crucible_backtest_records(r.backtest, &orders, NULL),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_backtest_export_arrow(
                       r.backtest, CRUCIBLE_TABLE_ORDERS, &schema, &array),
                   CRUCIBLE_OK);
  assert_string_equal(schema.name, "orders");
  check_struct(&schema, &array, (int64_t)orders.n);
  int64_t price_at = child_of(&schema, "fill_price");
  int64_t time_at = child_of(&schema, "ended_ms");
  int64_t status_at = child_of(&schema, "status");
  assert_string_equal(schema.children[price_at]->format, "g");
  assert_string_equal(schema.children[time_at]->format, "tsm:UTC");
  assert_string_equal(schema.children[status_at]->format, "c");
  assert_null(schema.children[price_at]->metadata);
  assert_metadata(schema.children[status_at]->metadata, "crucible.words",
                  "1=filled,2=rejected,3=cancelled,4=expired");
  assert_metadata(schema.children[child_of(&schema, "side")]->metadata,
                  "crucible.words", "-1=sell,1=buy");
  /* not copied */
  assert_ptr_equal(array.children[price_at]->buffers[1], orders.fill_price);
  assert_ptr_equal(array.children[time_at]->buffers[1], orders.ended_ms);
  double first = orders.fill_price[0], last = orders.fill_price[orders.n - 1];
  size_t n = orders.n;
  end(&r);
  const double *prices = array.children[price_at]->buffers[1];
  assert_same_bits(prices[0], first);
  assert_same_bits(prices[n - 1], last);
  /* a child that was moved out outlives its parent */
  struct ArrowArray moved = *array.children[price_at];
  array.children[price_at]->release = NULL;
  array.release(&array);
  assert_null(array.release);
  assert_same_bits(((const double *)moved.buffers[1])[n - 1], last);
  struct ArrowSchema moved_schema = *schema.children[status_at];
  schema.children[status_at]->release = NULL;
  schema.release(&schema);
  assert_null(schema.release);
  assert_string_equal(moved_schema.name, "status");
  moved_schema.release(&moved_schema);
  assert_true(failing_alloc_live() < live);
  moved.release(&moved);
  assert_null(moved.release);
  assert_int_equal(failing_alloc_live(), 0);
}

static void all_tables_go_through_arrow(void **state) {
  (void)state;
  run r = start();
  for (int32_t table = CRUCIBLE_TABLE_ORDERS; table <= CRUCIBLE_TABLE_SUMMARIES;
       ++table) {
    struct ArrowSchema schema;
    struct ArrowArray array;
    assert_int_equal(
        crucible_backtest_export_arrow(r.backtest, table, &schema, &array),
        CRUCIBLE_OK);
    check_struct(&schema, &array, array.length);
    assert_true(array.length > 0);
    if (table == CRUCIBLE_TABLE_SUMMARIES) {
      const double *equity =
          array.children[child_of(&schema, "ledger.equity")]->buffers[1];
      const int32_t *stopped =
          array.children[child_of(&schema, "ledger.is_stopped")]->buffers[1];
      for (size_t c = 0; c < COLUMNS; ++c) {
        crucible_summary s = {.struct_size = sizeof s};
        assert_int_equal(crucible_backtest_summary(r.backtest, c, &s),
                         CRUCIBLE_OK);
        assert_same_bits(equity[c], s.ledger.equity);
        assert_int_equal(stopped[c], 0);
      }
    }
    schema.release(&schema);
    array.release(&array);
  }
  end(&r);
}

/* Of three accounts the middle one is liquidated. */
static void a_flag_of_summaries_stands_in_its_row(void **state) {
  (void)state;
  enum { N = 4 };
  static const int64_t times[N] = {0, PLAYED_BAR_MS, 2 * PLAYED_BAR_MS,
                                   3 * PLAYED_BAR_MS};
  static const double open[N] = {100, 100, 90, 85},
                      high[N] = {101, 101, 91, 86};
  static const double low[N] = {99, 99, 83, 80}, close[N] = {100, 100, 85, 85};
  static const double volume[N] = {100, 100, 100, 100};
  static const double sigma[N] = {0.1, 0.1, 0.1, 0.1};
  static const double scores[3 * N] = {0, 0, 0, 0, 1};
  const crucible_bars bars = {.struct_size = sizeof bars,
                              .n = N,
                              .timeframe_ms = PLAYED_BAR_MS,
                              .open_time_ms = times,
                              .open = open,
                              .high = high,
                              .low = low,
                              .close = close,
                              .volume = volume};
  const crucible_market market = {.struct_size = sizeof market,
                                  .bars = &bars,
                                  .sigma = sigma,
                                  .volume_forecast = volume};
  const crucible_matrix matrix = {scores, N, 3, 1, N};
  played like = played_future();
  like.instrument.maintenance_margin = 0.02;
  like.options.leverage = 10;
  like.plan.sizing_value = 5;
  crucible_backtest *held;
  struct ArrowSchema schema;
  struct ArrowArray array;
  assert_int_equal(crucible_backtest_run(&market, &like.instrument, &matrix,
                                         &like.plan, 1, &like.options, NULL,
                                         NULL, &held),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_backtest_export_arrow(
                       held, CRUCIBLE_TABLE_SUMMARIES, &schema, &array),
                   CRUCIBLE_OK);
  const int32_t *stopped =
      array.children[child_of(&schema, "ledger.is_stopped")]->buffers[1];
  assert_int_equal(array.length, 3);
  assert_int_equal(stopped[0], 0);
  assert_int_equal(stopped[1], 1);
  assert_int_equal(stopped[2], 0);
  schema.release(&schema);
  array.release(&array);
  crucible_backtest_destroy(held);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_arrow_array_outlives_its_run),
      cmocka_unit_test(all_tables_go_through_arrow),
      cmocka_unit_test(a_flag_of_summaries_stands_in_its_row),
  };
  return cmocka_run_group_tests_name("export_arrow", tests, NULL, NULL);
}
