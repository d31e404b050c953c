/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/decide.h"

#include <math.h>

#include "backtest/book.h"
#include "backtest/leave.h"
#include "backtest/order_end.h"
#include "backtest/sizing.h"

/* The flags of one side, as if it were long. */
enum { ENTER = CRUCIBLE_ENTER_LONG, EXIT = CRUCIBLE_EXIT_LONG };

static uint32_t flags_of(uint32_t signals, int32_t side) {
  return (side > 0 ? signals : signals >> 2) & (ENTER | EXIT);
}

static uint32_t flags_for(uint32_t flags, int32_t side) {
  return side > 0 ? flags : flags << 2;
}

static int is_time_up(const crucible__account *account,
                      const crucible_plan *plan) {
  return plan->horizon_bars > 0 &&
         account->n_bars - account->entry_bar + 1 >=
             (uint64_t)plan->horizon_bars + (uint64_t)account->entered_at_close;
}

/* ---- scores ---- */

static void decide_by_score(crucible__account *account,
                            const crucible__terms *terms,
                            const crucible_bar *bar,
                            const crucible__wish *wish) {
  const crucible_plan *plan = &terms->plan;
  int32_t side = account->side;
  double score = wish->score;
  if (side != 0) {
    if (account->exit_purpose != 0)
      return;
    if (is_time_up(account, plan))
      crucible__send_exit(account, CRUCIBLE_PURPOSE_EXIT_TIME);
    else if (side * score < plan->theta_out)
      crucible__send_exit(account, CRUCIBLE_PURPOSE_EXIT_SCORE);
    return;
  }
  if (account->entry.state != CRUCIBLE__ORDER_NONE || account->is_stopped)
    return;
  if (score > plan->theta_in)
    crucible__send_entry(account, terms, bar->close, 1, wish);
  else if (plan->side == CRUCIBLE_SIDE_LONG_SHORT && -score > plan->theta_in)
    crucible__send_entry(account, terms, bar->close, -1, wish);
}

/* ---- signals ---- */

/* What is left of the flags once those that the plan does not hear are gone,
   and entries of both sides have cancelled each other. */
static uint32_t sort_out(const crucible_plan *plan, uint32_t signals) {
  const uint32_t both = CRUCIBLE_ENTER_LONG | CRUCIBLE_ENTER_SHORT;
  if (plan->side == CRUCIBLE_SIDE_LONG)
    signals &= CRUCIBLE_ENTER_LONG | CRUCIBLE_EXIT_LONG;
  return (signals & both) == both ? signals & ~both : signals;
}

static void give_up_entry(const crucible__scene *scene) {
  crucible__end_order(scene->account, &scene->account->entry, NULL,
                      scene->bar->open_time_ms, CRUCIBLE_ORDER_CANCELLED,
                      CRUCIBLE_REASON_REQUESTED, scene->events);
}

static void turn(const crucible__scene *scene, const crucible__wish *wish) {
  if (scene->account->entry.state != CRUCIBLE__ORDER_NONE)
    give_up_entry(scene); /* what was left of the entry */
  crucible__send_reversal(scene->account, scene->terms, scene->bar->close,
                          wish);
}

static void signal_in_position(const crucible__scene *scene,
                               const crucible__wish *wish, uint32_t signals) {
  crucible__account *account = scene->account;
  const crucible_plan *plan = &scene->terms->plan;
  if (account->exit_purpose != 0 ||
      crucible__order_opposes(account, &account->entry))
    return;
  uint32_t own = flags_of(signals, account->side);
  int is_opposed = (flags_of(signals, -account->side) & ENTER) != 0;
  if (is_opposed && plan->on_opposite == CRUCIBLE_OPPOSITE_REVERSE &&
      !account->is_stopped)
    turn(scene, wish);
  else if (is_time_up(account, plan))
    crucible__send_exit(account, CRUCIBLE_PURPOSE_EXIT_TIME);
  else if ((own & EXIT) != 0 ||
           (is_opposed && plan->on_opposite != CRUCIBLE_OPPOSITE_IGNORE))
    crucible__send_exit(account, CRUCIBLE_PURPOSE_EXIT_SIGNAL);
}

/* Returns whether the order that waits goes on. */
static int keeps_waiting(const crucible__account *account,
                         const crucible_plan *plan, uint32_t signals) {
  uint32_t own = flags_of(signals, account->entry.side);
  uint32_t opposed = flags_of(signals, -account->entry.side);
  if ((own & EXIT) != 0 && (own & ENTER) == 0)
    return 0;
  return (opposed & ENTER) == 0 ||
         plan->on_opposite == CRUCIBLE_OPPOSITE_IGNORE;
}

static void signal_while_flat(const crucible__scene *scene,
                              const crucible__wish *wish, uint32_t signals) {
  crucible__account *account = scene->account;
  const crucible__terms *terms = scene->terms;
  double close = scene->bar->close;
  if (account->entry.state != CRUCIBLE__ORDER_NONE) {
    if (keeps_waiting(account, &terms->plan, signals))
      return;
    give_up_entry(scene);
    if (terms->plan.on_opposite != CRUCIBLE_OPPOSITE_REVERSE)
      return;
  }
  if (account->is_stopped)
    return;
  if (flags_of(signals, 1) == ENTER)
    crucible__send_entry(account, terms, close, 1, wish);
  else if (flags_of(signals, -1) == ENTER)
    crucible__send_entry(account, terms, close, -1, wish);
}

static void decide_by_signal(const crucible__scene *scene,
                             const crucible__wish *wish) {
  uint32_t signals = sort_out(&scene->terms->plan, wish->signals);
  if (scene->account->side != 0)
    signal_in_position(scene, wish, signals);
  else if (signals != 0)
    signal_while_flat(scene, wish, signals);
}

/* ---- targets ---- */

static double position_wanted(const crucible__account *account,
                              const crucible__terms *terms, double target,
                              double close) {
  const crucible_plan *plan = &terms->plan;
  double units = target;
  if (plan->target_unit == CRUCIBLE_TARGET_FRACTION)
    units = target * account->equity / close;
  else if (plan->target_unit == CRUCIBLE_TARGET_CASH)
    units = target / close;
  double most = account->equity / (close * terms->margin);
  double size = fabs(units) < most ? fabs(units) : most;
  size = size > 0 ? crucible__sellable(terms, size) : 0;
  return units < 0 ? -size : size;
}

/* The order that leads from the position held to the one wanted. */
static void decide_by_target(const crucible__scene *scene,
                             const crucible__wish *wish) {
  crucible__account *account = scene->account;
  const crucible__terms *terms = scene->terms;
  double close = scene->bar->close;
  if (account->exit_purpose != 0 ||
      account->entry.state != CRUCIBLE__ORDER_NONE)
    return;
  if (account->side != 0 && is_time_up(account, &terms->plan)) {
    crucible__send_exit(account, CRUCIBLE_PURPOSE_EXIT_TIME);
    return;
  }
  if (isnan(wish->target) || account->is_stopped)
    return;
  double wanted = position_wanted(account, terms, wish->target, close);
  double change = crucible__lots(terms, wanted - account->position);
  if (fabs(change) < terms->lot.value ||
      (wanted != 0 && fabs(change) * close < terms->instrument.min_notional))
    return;
  crucible__send_change(account, terms, close, change, wish);
}

/* ---- all of them ---- */

uint32_t crucible__signals_heard(const crucible__account *account,
                                 const crucible__terms *terms) {
  const crucible_plan *plan = &terms->plan;
  const uint32_t enter = plan->side == CRUCIBLE_SIDE_LONG
                             ? CRUCIBLE_ENTER_LONG
                             : CRUCIBLE_ENTER_LONG | CRUCIBLE_ENTER_SHORT;
  int32_t side = account->side;
  if (plan->decides > CRUCIBLE_DECIDE_SIGNALS)
    return 0;
  if (plan->decides == CRUCIBLE_DECIDE_SCORES) {
    if (side != 0)
      return flags_for(EXIT, side);
    return account->entry.state == CRUCIBLE__ORDER_NONE && !account->is_stopped
               ? enter
               : 0;
  }
  if (side == 0 && account->entry.state == CRUCIBLE__ORDER_NONE)
    return account->is_stopped ? 0 : enter;
  int32_t held = side != 0 ? side : account->entry.side;
  uint32_t opposed = plan->on_opposite == CRUCIBLE_OPPOSITE_IGNORE
                         ? 0
                         : enter & flags_for(ENTER, -held);
  return flags_for(EXIT, held) | opposed;
}

void crucible__decide(const crucible__scene *scene,
                      const crucible__wish *wish) {
  switch (scene->terms->plan.decides) {
  case CRUCIBLE_DECIDE_SCORES:
    decide_by_score(scene->account, scene->terms, scene->bar, wish);
    break;
  case CRUCIBLE_DECIDE_SIGNALS:
    decide_by_signal(scene, wish);
    break;
  case CRUCIBLE_DECIDE_TARGETS:
    decide_by_target(scene, wish);
    break;
  default:
    if (scene->book != NULL && wish->n_requests > 0)
      crucible__book_request(scene, wish);
  }
}
