/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/input_checks.h"

#include "base/base_status.h"

/* A law of slippage needs what it reckons with. */
static crucible_status check_forecasts(const crucible__inputs *in) {
  for (size_t m = 0; m < in->n_markets; ++m) {
    const crucible__market_view *market = &in->markets[m];
    const crucible__terms *terms = crucible__inputs_market_terms(in, m);
    if (in->slippage.data == NULL && terms->fixed_slippage < 0)
      CRUCIBLE__TRY(crucible__market_need_forecasts(market));
  }
  return CRUCIBLE_OK;
}

/* A price at which market orders fill lies in its bar. */
static crucible_status check_price(const crucible__inputs *in) {
  if (in->price.data == NULL)
    return CRUCIBLE_OK;
  size_t n = in->price.col == 0 && in->n_markets == 1 ? 1 : in->n_columns;
  for (size_t c = 0; c < n; ++c) {
    const crucible_bars *bars =
        &in->markets[crucible__inputs_market(in, c)].bars;
    for (size_t i = 0; i < in->n_bars; ++i) {
      double price = crucible__field_at(&in->price, i, c);
      if (price < bars->low[i] || price > bars->high[i])
        return crucible__fail(CRUCIBLE_E_DATA,
                              "simulation.price is %g at bar %zu, column %zu, "
                              "whose low is %g and high %g: nothing traded "
                              "there, give NaN for the open",
                              price, i, c, bars->low[i], bars->high[i]);
    }
  }
  return CRUCIBLE_OK;
}

/* Whether a plan has entries that stand at a price of their own. */
static int has_entry(const crucible__inputs *in, int is_trigger) {
  for (size_t k = 0; k < in->n_terms; ++k) {
    int32_t entry = in->terms[k].plan.entry;
    if (entry == CRUCIBLE_ENTRY_STOP_LIMIT ||
        (is_trigger ? entry == CRUCIBLE_ENTRY_STOP
                    : entry == CRUCIBLE_ENTRY_LIMIT ||
                          entry == CRUCIBLE_ENTRY_POST_ONLY))
      return 1;
  }
  return 0;
}

/* Prices of entries need entries that have one. */
static crucible_status check_entries(const crucible__inputs *in) {
  for (int is_trigger = 0; is_trigger < 2; ++is_trigger) {
    const crucible__field *field = is_trigger ? &in->trigger : &in->limit;
    if (field->data != NULL && !has_entry(in, is_trigger))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "simulation.%s is given, but no plan.entry has a "
                            "%s: nothing listens to it",
                            is_trigger ? "trigger" : "limit",
                            is_trigger ? "trigger" : "limit price");
  }
  return CRUCIBLE_OK;
}

static crucible_status check_no_short(const crucible__field *targets,
                                      size_t from, size_t to, size_t c) {
  for (size_t i = from; i < to; ++i)
    if (crucible__field_at(targets, i, c) < 0)
      return crucible__fail(CRUCIBLE_E_DATA,
                            "simulation.targets is %g at bar %zu, column %zu, "
                            "whose plan.side is CRUCIBLE_SIDE_LONG: give 0 or "
                            "more, or set CRUCIBLE_SIDE_LONG_SHORT",
                            crucible__field_at(targets, i, c), i, c);
  return CRUCIBLE_OK;
}

/* A target below zero is a short: a plan that is long or flat has none. */
static crucible_status check_targets(const crucible__inputs *in) {
  const crucible__field *targets = &in->targets;
  if (targets->data == NULL)
    return CRUCIBLE_OK;
  size_t n_columns = targets->col == 0 && in->n_plans == 1 ? 1 : in->n_columns;
  size_t n_bars = targets->row == 0 && in->n_bars > 0 ? 1 : in->n_bars;
  /* some bars of all columns, which may be side by side */
  enum { SOME = 256 };
  for (size_t from = 0; from < n_bars; from += SOME)
    for (size_t c = 0; c < n_columns; ++c) {
      size_t to = n_bars - from < SOME ? n_bars : from + SOME;
      if (crucible__inputs_terms(in, c)->plan.side == CRUCIBLE_SIDE_LONG)
        CRUCIBLE__TRY(check_no_short(targets, from, to, c));
    }
  return CRUCIBLE_OK;
}

static int flag_at(const crucible_flags *flags, size_t i, size_t c) {
  ptrdiff_t bar = (ptrdiff_t)i, column = (ptrdiff_t)c * flags->col_stride;
  if (flags->layout == CRUCIBLE_FLAGS_BITS)
    return (int)(((const uint64_t *)flags->data)[column + bar / 64] >>
                     (i % 64) &
                 1);
  return ((const unsigned char *)
              flags->data)[bar * flags->row_stride + column] != 0;
}

/* Where plans of both kinds stand side by side: those that are long or flat
   get no signal of a short. */
static crucible_status check_shorts(const crucible__inputs *in) {
  for (size_t k = 2; k < 4; ++k) {
    const crucible_flags *flags = &in->flags[k];
    for (size_t c = 0; flags->data != NULL && c < in->n_columns; ++c) {
      if (crucible__inputs_terms(in, c)->plan.side != CRUCIBLE_SIDE_LONG)
        continue;
      for (size_t i = 0; i < in->n_bars; ++i)
        if (flag_at(flags, i, c))
          return crucible__fail(CRUCIBLE_E_DATA,
                                "simulation.%s is set at bar %zu, column %zu, "
                                "whose plan.side is CRUCIBLE_SIDE_LONG: clear "
                                "it, or set CRUCIBLE_SIDE_LONG_SHORT",
                                k == 2 ? "enter_short" : "exit_short", i, c);
    }
  }
  return CRUCIBLE_OK;
}

/* Each way to decide has inputs of its own. */
static crucible_status check_listened(const crucible__inputs *in) {
  int has_flags = 0;
  for (size_t i = 0; i < 4; ++i)
    has_flags |= in->flags[i].data != NULL;
  const struct {
    const char *name;
    int is_given;
    int32_t decides;
  } inputs[] = {
      {"scores", in->scores.data != NULL, CRUCIBLE_DECIDE_SCORES},
      {"enter_long (or another signal)", has_flags, CRUCIBLE_DECIDE_SIGNALS},
      {"source", in->source.make != NULL, CRUCIBLE_DECIDE_SIGNALS},
      {"targets", in->targets.data != NULL, CRUCIBLE_DECIDE_TARGETS},
      {"requests", in->requests != NULL, CRUCIBLE_DECIDE_ORDERS},
  };
  for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; ++i)
    if (inputs[i].is_given && inputs[i].decides != in->decides)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "simulation.%s is given, but plan.decides is %d: "
                            "nothing listens to it",
                            inputs[i].name, (int)in->decides);
  if (has_flags && in->source.make != NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "simulation has signals and a source of signals: "
                          "give one of them");
  if ((in->flags[2].data != NULL || in->flags[3].data != NULL) &&
      !in->is_long_short)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "simulation.%s is given, but no plan trades short: "
                          "set plan.side to CRUCIBLE_SIDE_LONG_SHORT",
                          in->flags[2].data != NULL ? "enter_short"
                                                    : "exit_short");
  CRUCIBLE__TRY(check_targets(in));
  return check_shorts(in);
}

crucible_status crucible__inputs_check(const crucible__inputs *inputs) {
  CRUCIBLE__TRY(check_price(inputs));
  CRUCIBLE__TRY(check_entries(inputs));
  CRUCIBLE__TRY(check_forecasts(inputs));
  return check_listened(inputs);
}
