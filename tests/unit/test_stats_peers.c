/* SPDX-License-Identifier: Apache-2.0 */
/* Figures against vectorbt, empyrical, SciPy and NumPy; the curves and trades
   are made as in tests/peers/peers_metrics.py, which also runs them live. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include <crucible/series.h>

#include "support/figure_names.h"
#include "support/golden_rows.h"
#include "support/lcg_series.h"
#include "support/near.h"

#define EXAMPLES CRUCIBLE_SOURCE_DIR "/examples/data/"

static const double tolerance = 1e-10;

typedef struct curve {
  double *equity, *price; /* [n] */
  size_t n;
} curve;

static double *room(size_t n) {
  double *x = malloc((n > 0 ? n : 1) * sizeof *x);
  if (x == NULL)
    abort();
  return x;
}

static double *closes(const char *file, size_t *n) {
  crucible_series *series;
  crucible_bars bars = {.struct_size = sizeof bars};
  assert_int_equal(crucible_series_read_csv(file, NULL, &series), CRUCIBLE_OK);
  assert_int_equal(crucible_series_view(series, &bars), CRUCIBLE_OK);
  double *price = room(bars.n);
  memcpy(price, bars.close, bars.n * sizeof *price);
  *n = bars.n;
  crucible_series_destroy(series);
  return price;
}

static double *drawn(uint32_t seed, size_t n) {
  double *price = room(n + 1);
  lcg_series("returns", seed, n, price + 1);
  price[0] = 100;
  for (size_t t = 0; t < n; ++t)
    price[t + 1] = price[t] * (1 + price[t + 1]);
  return price;
}

/* Long, flat and short for 37 bars each, a fee on each change. */
static double *followed(const double *price, size_t n) {
  double *equity = room(n), held = 0;
  equity[0] = 200;
  for (size_t t = 0; t + 1 < n; ++t) {
    const double wanted = (double)(t / 37 % 3) - 1;
    const double fee = 0.0005 * fabs(wanted - held);
    const double b = price[t + 1] / price[t] - 1;
    equity[t + 1] = equity[t] * (1 + (wanted * b - fee));
    held = wanted;
  }
  return equity;
}

static curve curve_of(const char *name) {
  const char *btc = EXAMPLES "BTCUSDT-5m-2023-03-20_2023-03-28.csv";
  const char *eth = EXAMPLES "ETHUSDT-5m-2023-03-20_2023-03-28.csv";
  const char *future = EXAMPLES "IFL8-5m-2023-12-04_2024-09-27.csv";
  curve c = {0};
  if (strcmp(name, "btc") == 0) {
    c.price = closes(btc, &c.n);
    c.equity = followed(c.price, c.n);
  } else if (strcmp(name, "eth") == 0 || strcmp(name, "held") == 0) {
    double *price = closes(eth, &c.n);
    c.equity = name[0] == 'h' ? price : followed(price, c.n);
    if (price != c.equity)
      free(price);
    c.price = closes(btc, &c.n);
  } else if (strcmp(name, "future") == 0) {
    c.price = closes(future, &c.n);
    c.equity = followed(c.price, c.n);
  } else if (strcmp(name, "drawn") == 0) {
    double *price = drawn(21, 20000);
    c.n = 20001;
    c.equity = followed(price, c.n);
    free(price);
    c.price = drawn(22, 20000);
  }
  return c;
}

static void compare(const golden_row *row, const figure_name *names,
                    const void *figures, const char *figure) {
  const double found = figure_of(names, figures, figure);
  if (!near_holds(found, row->cell[2], tolerance, 0))
    print_error("%s %s\n", row->word, figure);
  assert_near(found, row->cell[2], tolerance, 0);
}

static void figures_of_curves_equal_those_of_the_peers(void **state) {
  (void)state;
  const char *names[] = {"btc", "eth", "future", "held", "drawn"};
  golden_rows rows = golden_rows_read("stats/metrics_peers.csv");
  size_t n_compared = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    const curve c = curve_of(names[i]);
    crucible_metrics_options options;
    crucible_metrics_options_init(&options, sizeof options);
    options.periods_per_year = 105120;
    options.risk_free = 1e-7;
    options.benchmark = c.price;
    crucible_metrics m = {.struct_size = sizeof m}, target = m;
    assert_int_equal(crucible_metrics_of(c.equity, c.n, &options, &m),
                     CRUCIBLE_OK);
    options.target_return = 2e-6;
    assert_int_equal(crucible_metrics_of(c.equity, c.n, &options, &target),
                     CRUCIBLE_OK);
    for (size_t k = 0; k < rows.n; ++k) {
      const golden_row *row = &rows.row[k];
      if (strcmp(row->word, names[i]) != 0)
        continue;
      const int other = strncmp(row->second, "target.", 7) == 0;
      compare(row, curve_figures, other ? &target : &m,
              row->second + (other ? 7 : 0));
      ++n_compared;
    }
    free(c.equity);
    free(c.price);
  }
  assert_int_equal(n_compared, 5 * 46);
  golden_rows_free(&rows);
}

typedef struct columns {
  double result[1000], quantity[1000], entry_price[1000];
  double mae[1000], mfe[1000], fee[1000];
  uint32_t bars[1000];
  int8_t side[1000];
  crucible_trade_columns view;
} columns;

static void draw(columns *c, uint32_t seed, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    double u[7];
    for (size_t k = 0; k < 7; ++k)
      u[k] = lcg_next(&seed);
    c->result[i] = (floor(u[0] * 61) - 28) / 100;
    c->quantity[i] = floor(u[1] * 9) + 1;
    c->entry_price[i] = floor(u[2] * 100) + 50;
    c->bars[i] = (uint32_t)floor(u[3] * 40);
    c->mae[i] = u[4] / 64;
    c->mfe[i] = u[5] / 64;
    c->fee[i] = floor(u[6] * 16) / 1024;
    c->side[i] = u[3] < 0.5 ? -1 : 1;
  }
  c->view = (crucible_trade_columns){.struct_size = sizeof c->view,
                                     .n = n,
                                     .result = c->result,
                                     .quantity = c->quantity,
                                     .entry_price = c->entry_price,
                                     .bars = c->bars,
                                     .side = c->side,
                                     .mae = c->mae,
                                     .mfe = c->mfe,
                                     .fee = c->fee};
}

static void figures_of_trades_equal_those_of_the_peers(void **state) {
  (void)state;
  static columns c;
  golden_rows rows = golden_rows_read("stats/metrics_peers.csv");
  size_t n_compared = 0;
  for (size_t i = 0; i < rows.n; ++i) {
    const golden_row *row = &rows.row[i];
    if (strcmp(row->word, "trades") == 0)
      draw(&c, 31, 1000);
    else if (strcmp(row->word, "few_trades") == 0)
      draw(&c, 32, 9);
    else
      continue;
    crucible_trade_metrics m = {.struct_size = sizeof m};
    assert_int_equal(crucible_trade_metrics_from(&c.view, &m), CRUCIBLE_OK);
    compare(row, trade_figures, &m, row->second);
    ++n_compared;
  }
  assert_int_equal(n_compared, 2 * 53);
  golden_rows_free(&rows);
}

static void ratios_are_deflated_by_all_columns_as_in_vectorbt(void **state) {
  (void)state;
  enum { N = 5 };
  crucible_metrics m[N];
  double ratios[N];
  for (size_t i = 0; i < N; ++i) {
    double *price = drawn(41 + (uint32_t)i, 2000);
    double *equity = followed(price, 2001);
    m[i].struct_size = sizeof m[i];
    assert_int_equal(crucible_metrics_of(equity, 2001, NULL, &m[i]),
                     CRUCIBLE_OK);
    ratios[i] = m[i].sharpe;
    free(price);
    free(equity);
  }
  crucible_dsr_options trials = {.struct_size = sizeof trials};
  assert_int_equal(crucible_dsr_trials(ratios, N, &trials), CRUCIBLE_OK);
  assert_int_equal(trials.n_trials, N);
  golden_rows rows = golden_rows_read("stats/metrics_peers.csv");
  for (size_t i = 0; i < N; ++i) {
    const golden_row *row = &rows.row[rows.n - N + i];
    assert_string_equal(row->word, "deflated");
    assert_near(m[i].dsr, m[i].psr, 0, 0); /* one trial until told */
    assert_int_equal(crucible_metrics_deflate(&m[i], &trials), CRUCIBLE_OK);
    assert_near(m[i].dsr, row->cell[2], tolerance, 0);
  }
  golden_rows_free(&rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(figures_of_curves_equal_those_of_the_peers),
      cmocka_unit_test(figures_of_trades_equal_those_of_the_peers),
      cmocka_unit_test(ratios_are_deflated_by_all_columns_as_in_vectorbt),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
