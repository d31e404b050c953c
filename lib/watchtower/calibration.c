/* SPDX-License-Identifier: Apache-2.0 */
#include "watchtower/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "math/special.h"

static const double tail = 0.025; /* of each side of an interval */

/* ---- intervals ---- */

/* Where a rising function of [low, high] crosses a level, by halving. */
static double crossing(double (*f)(double x, double a, double b), double a,
                       double b, double level, double low, double high) {
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high)
      break;
    if (f(middle, a, b) < level)
      low = middle;
    else
      high = middle;
  }
  return low + (high - low) / 2;
}

static double beta_cdf(double x, double a, double b) {
  return crucible__beta_lower(a, b, x);
}

crucible_share crucible__share_of(uint64_t count, uint64_t of) {
  const double k = (double)count, n = (double)of;
  crucible_share share = {.count = count, .of = of, .low = 0, .high = 1};
  if (count > 0)
    share.low = crossing(beta_cdf, k, n - k + 1, tail, 0, 1);
  if (count < of)
    share.high = crossing(beta_cdf, k + 1, n - k, 1 - tail, 0, 1);
  return share;
}

static double gamma_cdf(double x, double a, double unused) {
  (void)unused;
  return 1 - crucible__gamma_upper(a, x);
}

void crucible__poisson_interval(uint64_t count, double *low, double *high) {
  const double k = (double)count, most = 2 * k + 100;
  *low = count == 0 ? 0 : crossing(gamma_cdf, k, 0, tail, 0, most);
  *high = crossing(gamma_cdf, k + 1, 0, 1 - tail, 0, most);
}

/* ---- the object ---- */

crucible_status
crucible__calibration_create(const crucible_calibrate_options *options,
                             crucible_calibration **calibration) {
  crucible_calibration *made = crucible__alloc_zero(1, sizeof *made);
  *calibration = NULL;
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->n_agents = options->n_agents;
  made->n_sharpes = options->n_sharpes > 0 ? options->n_sharpes : 1;
  made->n_horizons = options->n_horizons > 0 ? options->n_horizons : 1;
  made->head.n_rows = made->n_sharpes * CRUCIBLE_N_SETS * made->n_horizons;
  made->sharpes = crucible__alloc_zero(made->n_sharpes, sizeof *made->sharpes);
  made->horizons = crucible__alloc(made->n_horizons, sizeof *made->horizons);
  made->lives = crucible__alloc(made->n_sharpes * made->n_agents,
                                CRUCIBLE_N_SETS * sizeof *made->lives);
  made->rows = crucible__alloc_zero(made->head.n_rows, sizeof *made->rows);
  if (made->sharpes == NULL || made->horizons == NULL || made->lives == NULL ||
      made->rows == NULL) {
    crucible_calibration_destroy(made);
    return CRUCIBLE_E_NOMEM;
  }
  made->horizons[0] = options->n_bars;
  if (options->n_sharpes > 0)
    memcpy(made->sharpes, options->sharpes,
           made->n_sharpes * sizeof *made->sharpes);
  if (options->n_horizons > 0)
    memcpy(made->horizons, options->horizons,
           made->n_horizons * sizeof *made->horizons);
  *calibration = made;
  return CRUCIBLE_OK;
}

void crucible_calibration_destroy(crucible_calibration *calibration) {
  if (calibration == NULL)
    return;
  crucible__free(calibration->sharpes);
  crucible__free(calibration->horizons);
  crucible__free(calibration->lives);
  crucible__free(calibration->rows);
  crucible__free(calibration);
}

crucible__life *crucible__calibration_lives(crucible_calibration *calibration,
                                            size_t sharpe, size_t agent) {
  return calibration->lives +
         (sharpe * calibration->n_agents + agent) * CRUCIBLE_N_SETS;
}

/* ---- rows ---- */

static int is_about_skill(int32_t rule) {
  return rule == CRUCIBLE_RULE_DECAY_PSR || rule == CRUCIBLE_RULE_DECAY_DSR ||
         rule == CRUCIBLE_RULE_PROVED_BAD || rule == CRUCIBLE_RULE_EDGE_GONE;
}

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The value in the middle of [n], the mean of two where n is even. */
static double median_of(double *x, size_t n) {
  if (n == 0)
    return (double)NAN;
  qsort(x, n, sizeof *x, by_size);
  return (x[(n - 1) / 2] + x[n / 2]) / 2;
}

/* One row; room: [n_agents]. */
static void tally(crucible_calibration *c, size_t sharpe, int set,
                  uint32_t horizon, double *room,
                  crucible_calibration_row *row) {
  uint64_t promoted = 0, ended = 0, killed = 0;
  size_t n = 0;
  for (size_t i = 0; i < c->n_agents; ++i) {
    const crucible__life *life =
        &crucible__calibration_lives(c, sharpe, i)[set];
    const int is_in = life->promoted > 0 && life->promoted <= horizon;
    promoted += (uint64_t)is_in;
    room[i] = is_in ? life->promoted : (double)INFINITY;
    if (life->promoted == 0 && life->ended > 0 && life->ended <= horizon) {
      ++ended;
      killed += (uint64_t)is_about_skill(life->rule);
    }
  }
  *row = (crucible_calibration_row){
      .struct_size = sizeof *row,
      .annual_sharpe = c->sharpes[sharpe],
      .sharpe = c->sharpes[sharpe] / sqrt(c->head.periods_per_year),
      .rule_set = set,
      .horizon = horizon,
      .promoted = crucible__share_of(promoted, c->n_agents),
      .ended = crucible__share_of(ended, c->n_agents),
      .killed = crucible__share_of(killed, c->n_agents)};
  row->promote_bars = median_of(room, c->n_agents);
  row->promoted_bars = median_of(room, promoted); /* sorted: they are first */
  for (size_t i = 0; i < c->n_agents; ++i) {
    const crucible__life *life =
        &crucible__calibration_lives(c, sharpe, i)[set];
    if (life->promoted == 0 && life->ended > 0 && life->ended <= horizon &&
        is_about_skill(life->rule))
      room[n++] = life->ended;
  }
  row->kill_bars = median_of(room, n);
}

crucible_status crucible__calibration_tally(crucible_calibration *calibration) {
  double *room = crucible__alloc(calibration->n_agents, sizeof *room);
  crucible_calibration_row *row = calibration->rows;
  if (room == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t s = 0; s < calibration->n_sharpes; ++s)
    for (int set = 0; set < CRUCIBLE_N_SETS; ++set)
      for (size_t h = 0; h < calibration->n_horizons; ++h)
        tally(calibration, s, set, calibration->horizons[h], room, row++);
  crucible__free(room);
  return CRUCIBLE_OK;
}

/* ---- what is told ---- */

static crucible_status check(const crucible_calibration *calibration,
                             const void *place, size_t index, size_t n,
                             const char *name) {
  if (calibration == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "calibration is NULL: make one with "
                          "crucible_calibrate()");
  if (place == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "there is no place for one of the %s: give one",
                          name);
  if (index >= n)
    return crucible__fail(CRUCIBLE_E_INVALID, "index is %zu of %zu %s", index,
                          n, name);
  return CRUCIBLE_OK;
}

crucible_status
crucible_calibration_get(const crucible_calibration *calibration,
                         crucible_calibration_head *head) {
  CRUCIBLE__TRY(check(calibration, head, 0, 1, "heads"));
  return crucible__result_write(head, &calibration->head, sizeof *head,
                                "crucible_calibration_head");
}

crucible_status
crucible_calibration_row_at(const crucible_calibration *calibration,
                            size_t index, crucible_calibration_row *row) {
  CRUCIBLE__TRY(check(calibration, row, index,
                      calibration == NULL ? 0 : calibration->head.n_rows,
                      "rows"));
  return crucible__result_write(row, &calibration->rows[index], sizeof *row,
                                "crucible_calibration_row");
}

crucible_status crucible_calibration_tournament_at(
    const crucible_calibration *calibration, size_t index,
    crucible_calibration_tournament *tournament) {
  CRUCIBLE__TRY(check(calibration, tournament, index,
                      calibration == NULL ? 0 : calibration->head.n_tournaments,
                      "tournaments"));
  return crucible__result_write(tournament, &calibration->tournaments[index],
                                sizeof *tournament,
                                "crucible_calibration_tournament");
}
