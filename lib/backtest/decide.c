/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/decide.h"

#include "backtest/execution.h"
#include "backtest/sizing.h"

/* The flags of one side, as if it were long. */
enum { ENTER = CRUCIBLE_ENTER_LONG, EXIT = CRUCIBLE_EXIT_LONG };

static uint32_t flags_of(uint32_t signals, int32_t side) {
  return (side > 0 ? signals : signals >> 2) & (ENTER | EXIT);
}

static uint32_t flags_for(uint32_t flags, int32_t side) {
  return side > 0 ? flags : flags << 2;
}

static void send_exit(crucible__account *account, int32_t purpose) {
  account->exit_purpose = purpose;
  account->exit_placed_ms = account->last_close_ms;
}

static int is_time_up(const crucible__account *account,
                      const crucible_plan *plan) {
  return plan->horizon_bars > 0 &&
         account->n_bars - account->entry_bar + 1 >= plan->horizon_bars;
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
      send_exit(account, CRUCIBLE_PURPOSE_EXIT_TIME);
    else if (side * score < plan->theta_out)
      send_exit(account, CRUCIBLE_PURPOSE_EXIT_SCORE);
    return;
  }
  if (account->order_state != CRUCIBLE__ENTRY_NONE || account->is_stopped)
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

static void signal_in_position(crucible__account *account,
                               const crucible__terms *terms,
                               const crucible_bar *bar,
                               const crucible__wish *wish, uint32_t signals) {
  const crucible_plan *plan = &terms->plan;
  if (account->exit_purpose != 0 ||
      account->order_state != CRUCIBLE__ENTRY_NONE)
    return;
  uint32_t own = flags_of(signals, account->side);
  int is_opposed = (flags_of(signals, -account->side) & ENTER) != 0;
  if (is_opposed && plan->on_opposite == CRUCIBLE_OPPOSITE_REVERSE &&
      !account->is_stopped)
    crucible__send_reversal(account, terms, bar->close, wish);
  else if (is_time_up(account, plan))
    send_exit(account, CRUCIBLE_PURPOSE_EXIT_TIME);
  else if ((own & EXIT) != 0 ||
           (is_opposed && plan->on_opposite != CRUCIBLE_OPPOSITE_IGNORE))
    send_exit(account, CRUCIBLE_PURPOSE_EXIT_SIGNAL);
}

/* Returns whether the order that waits goes on. */
static int keeps_waiting(const crucible__account *account,
                         const crucible_plan *plan, uint32_t signals) {
  uint32_t own = flags_of(signals, account->order_side);
  uint32_t opposed = flags_of(signals, -account->order_side);
  if ((own & EXIT) != 0 && (own & ENTER) == 0)
    return 0;
  return (opposed & ENTER) == 0 ||
         plan->on_opposite == CRUCIBLE_OPPOSITE_IGNORE;
}

static void signal_while_flat(crucible__account *account,
                              const crucible__terms *terms,
                              const crucible_bar *bar,
                              const crucible__wish *wish, uint32_t signals,
                              crucible__events *events) {
  if (account->order_state != CRUCIBLE__ENTRY_NONE) {
    if (keeps_waiting(account, &terms->plan, signals))
      return;
    crucible__end_entry(account, bar->open_time_ms, CRUCIBLE_ORDER_CANCELLED,
                        CRUCIBLE_REASON_REQUESTED, events);
    if (terms->plan.on_opposite != CRUCIBLE_OPPOSITE_REVERSE)
      return;
  }
  if (account->is_stopped)
    return;
  if (flags_of(signals, 1) == ENTER)
    crucible__send_entry(account, terms, bar->close, 1, wish);
  else if (flags_of(signals, -1) == ENTER)
    crucible__send_entry(account, terms, bar->close, -1, wish);
}

static void decide_by_signal(crucible__account *account,
                             const crucible__terms *terms,
                             const crucible_bar *bar,
                             const crucible__wish *wish,
                             crucible__events *events) {
  uint32_t signals = sort_out(&terms->plan, wish->signals);
  if (account->side != 0)
    signal_in_position(account, terms, bar, wish, signals);
  else if (signals != 0)
    signal_while_flat(account, terms, bar, wish, signals, events);
}

/* ---- all of them ---- */

uint32_t crucible__signals_heard(const crucible__account *account,
                                 const crucible__terms *terms) {
  const crucible_plan *plan = &terms->plan;
  const uint32_t enter = plan->side == CRUCIBLE_SIDE_LONG
                             ? CRUCIBLE_ENTER_LONG
                             : CRUCIBLE_ENTER_LONG | CRUCIBLE_ENTER_SHORT;
  int32_t side = account->side;
  if (plan->decides == CRUCIBLE_DECIDE_SCORES) {
    if (side != 0)
      return flags_for(EXIT, side);
    return account->order_state == CRUCIBLE__ENTRY_NONE && !account->is_stopped
               ? enter
               : 0;
  }
  if (side == 0 && account->order_state == CRUCIBLE__ENTRY_NONE)
    return account->is_stopped ? 0 : enter;
  int32_t held = side != 0 ? side : account->order_side;
  uint32_t opposed = plan->on_opposite == CRUCIBLE_OPPOSITE_IGNORE
                         ? 0
                         : enter & flags_for(ENTER, -held);
  return flags_for(EXIT, held) | opposed;
}

void crucible__decide(crucible__account *account, const crucible__terms *terms,
                      const crucible_bar *bar, const crucible__wish *wish,
                      crucible__events *events) {
  if (terms->plan.decides == CRUCIBLE_DECIDE_SCORES)
    decide_by_score(account, terms, bar, wish);
  else
    decide_by_signal(account, terms, bar, wish, events);
}
