/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of records: how they grow, are gathered from accounts and lent. */
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "backtest/record_gather.h"
#include "backtest/record_table.h"
#include "base/pool.h"
#include "support/failing_alloc.h"
#include "support/near.h"

/* ---- rows that tell where they belong ---- */

static crucible__order_event order_of(uint32_t column, uint32_t k) {
  double x = 1000.0 * column + k;
  return (crucible__order_event){
      .placed_ms = (int64_t)column << 40 | k,
      .ended_ms = -(int64_t)k - 1,
      .quantity = x + 0.1,
      .limit_price = k % 2 ? x + 0.2 : (double)NAN,
      .filled = x + 0.3,
      .fill_price = x + 0.4,
      .fee = x + 0.5,
      .spread = x + 0.6,
      .slippage = x + 0.7,
      .impact = x + 0.8,
      .side = k % 2 ? 1 : -1,
      .purpose = 1 + (int32_t)k % 12,
      .entry = 1 + (int32_t)k % 5,
      .status = 1 + (int32_t)k % 4,
      .reason = (int32_t)k % 20,
      .liquidity = (int32_t)k % 3,
      .id = UINT32_MAX - k,
  };
}

static crucible__trade_event trade_of(uint32_t column, uint32_t k) {
  double x = 1000.0 * column + k;
  return (crucible__trade_event){
      .entry_ms = (int64_t)column << 40 | k,
      .exit_ms = ((int64_t)column << 40 | k) + 7,
      .quantity = x + 0.1,
      .entry_price = x + 0.2,
      .exit_price = x + 0.3,
      .result = x + 0.4,
      .gross = x + 0.5,
      .most = x + 0.6,
      .mae = x + 0.7,
      .mfe = x + 0.8,
      .costs = {.fee = x + 0.11,
                .spread = x + 0.12,
                .slippage = x + 0.13,
                .impact = x + 0.14,
                .funding = x + 0.15,
                .dust = x + 0.16},
      .side = k % 2 ? 1 : -1,
      .exit = 1 + (int32_t)k % 12,
      .is_last = k % 3 == 0,
      .bars = 5,
      .entry_bar = k,
      .exit_bar = k + 5,
  };
}

static void assert_order(const crucible_orders *o, size_t i, uint32_t column,
                         uint32_t k) {
  crucible__order_event e = order_of(column, k);
  assert_int_equal(o->column[i], column);
  assert_int_equal(o->id[i], e.id);
  assert_int_equal(o->side[i], e.side);
  assert_int_equal(o->purpose[i], e.purpose);
  assert_int_equal(o->entry[i], e.entry);
  assert_int_equal(o->status[i], e.status);
  assert_int_equal(o->reason[i], e.reason);
  assert_int_equal(o->liquidity[i], e.liquidity);
  assert_true(o->placed_ms[i] == e.placed_ms && o->ended_ms[i] == e.ended_ms);
  assert_same_bits(o->quantity[i], e.quantity);
  assert_same_bits(o->limit_price[i], e.limit_price);
  assert_same_bits(o->filled[i], e.filled);
  assert_same_bits(o->fill_price[i], e.fill_price);
  assert_same_bits(o->fee[i], e.fee);
  assert_same_bits(o->spread[i], e.spread);
  assert_same_bits(o->slippage[i], e.slippage);
  assert_same_bits(o->impact[i], e.impact);
}

static void assert_trade(const crucible_trades *t, size_t i, uint32_t column,
                         uint32_t k) {
  crucible__trade_event e = trade_of(column, k);
  assert_int_equal(t->column[i], column);
  assert_int_equal(t->side[i], e.side);
  assert_int_equal(t->exit[i], e.exit);
  assert_int_equal(t->is_last[i], e.is_last);
  assert_int_equal(t->bars[i], e.bars);
  assert_int_equal(t->entry_bar[i], e.entry_bar);
  assert_int_equal(t->exit_bar[i], e.exit_bar);
  assert_true(t->entry_ms[i] == e.entry_ms && t->exit_ms[i] == e.exit_ms);
  assert_same_bits(t->quantity[i], e.quantity);
  assert_same_bits(t->entry_price[i], e.entry_price);
  assert_same_bits(t->exit_price[i], e.exit_price);
  assert_same_bits(t->result[i], e.result);
  assert_same_bits(t->gross[i], e.gross);
  assert_same_bits(t->fee[i], e.costs.fee);
  assert_same_bits(t->spread[i], e.costs.spread);
  assert_same_bits(t->slippage[i], e.costs.slippage);
  assert_same_bits(t->impact[i], e.costs.impact);
  assert_same_bits(t->funding[i], e.costs.funding);
  assert_same_bits(t->dust[i], e.costs.dust);
  assert_same_bits(t->mae[i], e.mae);
  assert_same_bits(t->mfe[i], e.mfe);
}

static crucible_status add_rows(crucible__records *records, uint32_t column,
                                uint32_t n_orders, uint32_t n_trades) {
  for (uint32_t k = 0; k < n_orders; ++k) {
    crucible__order_event order = order_of(column, k);
    crucible_status status = crucible__records_reserve(records, 1, 0);
    if (status != CRUCIBLE_OK)
      return status;
    crucible__orders_write(&records->orders, records->orders.table.n++, column,
                           &order, 1);
  }
  for (uint32_t k = 0; k < n_trades; ++k) {
    crucible__trade_event trade = trade_of(column, k);
    crucible_status status = crucible__records_reserve(records, 0, 1);
    if (status != CRUCIBLE_OK)
      return status;
    crucible__trades_write(&records->trades, records->trades.table.n++, column,
                           &trade, 1);
  }
  return CRUCIBLE_OK;
}

static crucible_status log_rows(crucible__log *log, uint32_t column,
                                uint32_t n_orders, uint32_t n_trades) {
  for (uint32_t k = 0; k < n_orders || k < n_trades; ++k) {
    crucible_status status =
        crucible__log_reserve(log, k < n_orders, k < n_trades);
    if (status != CRUCIBLE_OK)
      return status;
    if (k < n_orders)
      log->orders[log->n_orders++] = order_of(column, k);
    if (k < n_trades)
      log->trades[log->n_trades++] = trade_of(column, k);
  }
  return CRUCIBLE_OK;
}

static void views_of(const crucible__records *records, crucible_orders *orders,
                     crucible_trades *trades) {
  *orders = (crucible_orders){.struct_size = sizeof *orders};
  *trades = (crucible_trades){.struct_size = sizeof *trades};
  assert_int_equal(crucible__records_lend(records, orders, trades),
                   CRUCIBLE_OK);
}

static void rows_survive_every_change_of_capacity(void **state) {
  (void)state;
  crucible__records r = {.orders = {.id = NULL}};
  assert_int_equal(add_rows(&r, 3, 1000, 700), CRUCIBLE_OK);
  const size_t sizes[] = {1000, 5000, 1001, 1024, 1000};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
    assert_int_equal(
        crucible__table_resize(&r.orders, &crucible__order_kind, sizes[s]),
        CRUCIBLE_OK);
    assert_int_equal(
        crucible__table_resize(&r.trades, &crucible__trade_kind, sizes[s]),
        CRUCIBLE_OK);
    assert_true(r.orders.table.capacity >= sizes[s]);
    assert_true(r.orders.table.capacity < sizes[s] + 520);
    crucible_orders o;
    crucible_trades t;
    views_of(&r, &o, &t);
    assert_int_equal(o.n, 1000);
    assert_int_equal(t.n, 700);
    for (uint32_t k = 0; k < 1000; ++k)
      assert_order(&o, k, 3, k);
    for (uint32_t k = 0; k < 700; ++k)
      assert_trade(&t, k, 3, k);
  }
  crucible__records_free(&r);
  assert_null(r.orders.id);
}

static void empty_tables_lend_nothing(void **state) {
  (void)state;
  crucible__records r = {.orders = {.id = NULL}};
  crucible_orders o;
  crucible_trades t;
  views_of(&r, &o, &t);
  assert_int_equal(o.n, 0);
  assert_int_equal(t.n, 0);
  assert_null(o.quantity);
  crucible__records_free(&r);
}

static void a_wrong_struct_size_changes_neither_view(void **state) {
  (void)state;
  crucible__records r = {.orders = {.id = NULL}};
  assert_int_equal(add_rows(&r, 0, 3, 3), CRUCIBLE_OK);
  crucible_orders o = {.struct_size = sizeof o, .n = 77};
  crucible_trades t = {.struct_size = 1, .n = 78};
  assert_int_equal(crucible__records_lend(&r, &o, &t), CRUCIBLE_E_INVALID);
  assert_int_equal(o.n, 77);
  assert_int_equal(t.n, 78);
  /* a caller of an older header gets the columns that he knows */
  crucible_trades old;
  memset(&old, 0x5a, sizeof old);
  old.struct_size = offsetof(crucible_trades, mae);
  assert_int_equal(crucible__records_lend(&r, NULL, &old), CRUCIBLE_OK);
  assert_int_equal(old.n, 3);
  assert_ptr_equal(old.dust, r.trades.dust);
  assert_int_equal((uintptr_t)old.mae, 0x5a5a5a5a5a5a5a5a);
  crucible__records_free(&r);
}

/* ---- gathering ---- */

typedef struct gathering {
  crucible__gather gather;
  crucible__log *logs; /* of the workers */
} gathering;

/* Very unlike amounts, so that what was foretold falls short or is too much. */
static uint32_t orders_in(size_t account) {
  return (uint32_t)(account * account * 37 % 501);
}

static crucible_status one_account(size_t i, uint32_t worker, void *data) {
  gathering *g = data;
  uint32_t n = orders_in(i);
  crucible_status status = log_rows(&g->logs[worker], (uint32_t)i, n, n / 2);
  return status == CRUCIBLE_OK
             ? crucible__gather_take(&g->gather, i, &g->logs[worker])
             : status;
}

static crucible_status gather_accounts(size_t n, crucible_pool *pool,
                                       crucible__records *all) {
  crucible__log logs[8] = {{.orders = NULL}};
  gathering g = {.logs = logs};
  crucible_status status = crucible__gather_init(&g.gather, all, n);
  if (status != CRUCIBLE_OK)
    return status;
  status = crucible__pool_run(pool, n, one_account, &g, NULL);
  if (status == CRUCIBLE_OK)
    status = crucible__gather_finish(&g.gather);
  crucible__gather_free(&g.gather);
  for (int w = 0; w < 8; ++w)
    crucible__log_free(&logs[w]);
  return status;
}

static void accounts_come_out_in_order_whoever_ran_them(void **state) {
  (void)state;
  const size_t n_accounts[] = {0, 1, 2, 7, 8, 31, 32, 33, 100, 131};
  for (uint32_t threads = 0; threads < 6; ++threads) {
    crucible_pool *pool = NULL;
    if (threads > 0)
      assert_int_equal(crucible_pool_create(threads, &pool), CRUCIBLE_OK);
    for (size_t s = 0; s < sizeof n_accounts / sizeof *n_accounts; ++s) {
      crucible__records all = {.orders = {.id = NULL}};
      assert_int_equal(gather_accounts(n_accounts[s], pool, &all), CRUCIBLE_OK);
      crucible_orders o;
      crucible_trades t;
      views_of(&all, &o, &t);
      size_t order = 0, trade = 0;
      for (uint32_t c = 0; c < n_accounts[s]; ++c) {
        uint32_t n = orders_in(c);
        assert_true(order + n <= o.n && trade + n / 2 <= t.n);
        for (uint32_t k = 0; k < n; ++k)
          assert_order(&o, order++, c, k);
        for (uint32_t k = 0; k < n / 2; ++k)
          assert_trade(&t, trade++, c, k);
      }
      assert_int_equal(order, o.n);
      assert_int_equal(trade, t.n);
      crucible__records_free(&all);
    }
    crucible_pool_destroy(pool);
  }
}

/* The first accounts bring ten times what the others do: by the weights that
   were told the room fits, without them it would be many times too much. */
static void the_room_goes_by_what_accounts_may_bring(void **state) {
  (void)state;
  enum { N = 100, MANY_ORDERS = 1000, FEW_ORDERS = 100 };
  crucible__records all = {.orders = {.id = NULL}};
  crucible__log log = {.orders = NULL};
  crucible__gather gather;
  assert_int_equal(crucible__gather_init(&gather, &all, N), CRUCIBLE_OK);
  for (size_t i = 0; i < N; ++i)
    crucible__gather_weigh(&gather, i, i < 10 ? MANY_ORDERS : FEW_ORDERS);
  for (uint32_t i = 0; i < N; ++i) {
    assert_int_equal(log_rows(&log, i, i < 10 ? MANY_ORDERS : FEW_ORDERS, 0),
                     CRUCIBLE_OK);
    assert_int_equal(crucible__gather_take(&gather, i, &log), CRUCIBLE_OK);
  }
  size_t n = all.orders.table.n;
  assert_int_equal(n, 10 * MANY_ORDERS + 90 * FEW_ORDERS);
  assert_true(all.orders.table.capacity < n + n / 8 + 600);
  assert_int_equal(crucible__gather_finish(&gather), CRUCIBLE_OK);
  crucible__gather_free(&gather);
  crucible__log_free(&log);
  crucible__records_free(&all);
}

static crucible_status gather_forty(void *nothing) {
  (void)nothing;
  crucible__records all = {.orders = {.id = NULL}};
  crucible_status status = gather_accounts(40, NULL, &all);
  crucible__records_free(&all);
  return status;
}

static void gathering_survives_any_failing_allocation(void **state) {
  (void)state;
  (void)failing_alloc_run(gather_forty, NULL);
}

/* Kilobytes that a hundred columns with 1,900 orders and 950 trades each need
   at the most, in a process of its own; a sixteenth and a table's rows are
   room, the rest is what runs before the table is made. */
enum { MANY = 100, SAME_ORDERS = 1900, SAME_TRADES = 950 };

static long peak_of_this_process(void) {
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : LONG_MAX;
}

#ifndef __has_feature /* of clang */
#define __has_feature(name) 0
#endif

/* By a tool whose own memory is not told from ours. */
static int is_watched(void) {
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ ||             \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||     \
    __has_feature(memory_sanitizer)
  return 1;
#else
  const char *loaded = getenv("LD_PRELOAD");
  return loaded != NULL && strstr(loaded, "vgpreload") != NULL;
#endif
}

static void gather_many_and_exit(void) {
  long before = peak_of_this_process();
  crucible__records all = {.orders = {.id = NULL}};
  crucible__log log = {.orders = NULL};
  crucible__gather gather;
  int failed = crucible__gather_init(&gather, &all, MANY) != CRUCIBLE_OK;
  for (size_t i = 0; i < MANY && !failed; ++i)
    failed =
        log_rows(&log, (uint32_t)i, SAME_ORDERS, SAME_TRADES) != CRUCIBLE_OK ||
        crucible__gather_take(&gather, i, &log) != CRUCIBLE_OK;
  const long rows = (long)MANY * (SAME_ORDERS * 94 + SAME_TRADES * 147);
  long needed = peak_of_this_process() - before;
  _exit(failed || (!is_watched() && needed > rows / 1024 * 18 / 16 + 6 * 1024));
}

static void nothing_is_in_memory_twice(void **state) {
  (void)state;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0)
    gather_many_and_exit();
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_survive_every_change_of_capacity),
      cmocka_unit_test(empty_tables_lend_nothing),
      cmocka_unit_test(a_wrong_struct_size_changes_neither_view),
      cmocka_unit_test(accounts_come_out_in_order_whoever_ran_them),
      cmocka_unit_test(the_room_goes_by_what_accounts_may_bring),
      cmocka_unit_test(gathering_survives_any_failing_allocation),
      cmocka_unit_test(nothing_is_in_memory_twice),
  };
  return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
