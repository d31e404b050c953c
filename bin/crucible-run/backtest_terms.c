/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest_terms.h"

#include <stdio.h>
#include <string.h>

#include "args.h"
#include "run.h"

/* A word of an option and the library's constant. */
typedef struct word {
  const char *text;
  int32_t value;
} word;

static const word ENTRIES[] = {{"market", CRUCIBLE_ENTRY_MARKET},
                               {"limit", CRUCIBLE_ENTRY_LIMIT},
                               {"post-only", CRUCIBLE_ENTRY_POST_ONLY},
                               {"stop", CRUCIBLE_ENTRY_STOP},
                               {"stop-limit", CRUCIBLE_ENTRY_STOP_LIMIT}};
static const word SIZINGS[] = {{"fraction", CRUCIBLE_SIZE_FRACTION},
                               {"risk", CRUCIBLE_SIZE_RISK},
                               {"cash", CRUCIBLE_SIZE_CASH},
                               {"units", CRUCIBLE_SIZE_UNITS}};
static const word PATHS[] = {{"pessimistic", CRUCIBLE_PATH_PESSIMISTIC},
                             {"ohlc", CRUCIBLE_PATH_OHLC},
                             {"olhc", CRUCIBLE_PATH_OLHC},
                             {"adaptive", CRUCIBLE_PATH_ADAPTIVE},
                             {"fine", CRUCIBLE_PATH_FINE}};
static const word FILLS[] = {{"next-open", CRUCIBLE_FILL_NEXT_OPEN},
                             {"same-close", CRUCIBLE_FILL_SAME_CLOSE}};
static const word REMAINDERS[] = {{"carry", CRUCIBLE_REMAINDER_CARRY},
                                  {"cancel", CRUCIBLE_REMAINDER_CANCEL}};

/* Leaves the value as it is where nothing was given. */
static int take_word(const char *option, const char *given, const word *words,
                     size_t n, int32_t *value) {
  if (given == NULL)
    return RUN_OK;
  run_text known = {0};
  for (size_t i = 0; i < n; ++i) {
    if (strcmp(words[i].text, given) == 0) {
      *value = words[i].value;
      text_free(&known);
      return RUN_OK;
    }
    text_addf(&known, "%s%s",
              i == 0       ? ""
              : i + 1 == n ? " or "
                           : ", ",
              words[i].text);
  }
  int code = run_fail(RUN_USAGE, "%s is \"%s\": give %s", option, given,
                      known.failed ? "another" : known.data);
  text_free(&known);
  return code;
}

/* "3" is three standard deviations, "1.5%" a share of the price. */
static int take_distance(const char *option, const char *given, double *sigma,
                         double *fraction) {
  if (given == NULL)
    return RUN_OK;
  char number[40];
  size_t length = strlen(given);
  int is_share = length > 0 && given[length - 1] == '%';
  (void)snprintf(number, sizeof number, "%s", given);
  if (is_share && length < sizeof number)
    number[length - 1] = 0;
  double value = 0;
  if (length < sizeof number && args_number(number, &value) && value >= 0 &&
      value <= 1000) {
    *(is_share ? fraction : sigma) = is_share ? value / 100 : value;
    return RUN_OK;
  }
  return run_fail(RUN_USAGE,
                  "%s is \"%s\": give standard deviations of a bar such as 3, "
                  "or a share of the price such as 1.5%%",
                  option, given);
}

/* "0.1%" */
static int take_share(const char *option, const char *given, double *fraction) {
  double sigma = 0;
  int code = take_distance(option, given, &sigma, fraction);
  if (code == RUN_OK && sigma > 0)
    code = run_fail(RUN_USAGE,
                    "%s is \"%s\": give a share of the price such as 0.1%%",
                    option, given);
  return code;
}

/* "0.5:0.3,1:0.5": at these parts of the target's distance leave these parts of
   the position. */
static int take_rungs(const char *given, crucible_plan *plan) {
  const char *text = given;
  while (text != NULL && *text != 0) {
    char piece[40], *colon;
    size_t length = strcspn(text, ",");
    if (plan->n_rungs == CRUCIBLE_RUNGS_MOST)
      return run_fail(RUN_USAGE, "--rungs is \"%s\": there may be %d", given,
                      CRUCIBLE_RUNGS_MOST);
    (void)snprintf(piece, sizeof piece, "%.*s", (int)length, text);
    colon = length < sizeof piece ? strchr(piece, ':') : NULL;
    if (colon != NULL)
      *colon = 0;
    if (colon == NULL || !args_number(piece, &plan->rung_at[plan->n_rungs]) ||
        !args_number(colon + 1, &plan->rung_share[plan->n_rungs]))
      return run_fail(RUN_USAGE,
                      "--rungs is \"%s\": give parts of the target's distance "
                      "and of the position such as 0.5:0.3,1:0.7",
                      given);
    ++plan->n_rungs;
    text += length + (text[length] == ',');
  }
  return RUN_OK;
}

/* A fraction of what is traded: "0.001", or "0.1%". */
static int take_fee(const char *option, const char *given, double *fee) {
  char number[40];
  size_t length = given != NULL ? strlen(given) : 0;
  if (given == NULL)
    return RUN_OK;
  int is_share = length > 0 && given[length - 1] == '%';
  (void)snprintf(number, sizeof number, "%s", given);
  if (is_share && length < sizeof number)
    number[length - 1] = 0;
  if (length >= sizeof number || !args_number(number, fee))
    return run_fail(RUN_USAGE,
                    "%s is \"%s\": give a fraction of what is traded such as "
                    "0.001, or 0.1%%",
                    option, given);
  if (is_share)
    *fee /= 100;
  return RUN_OK;
}

int terms_fees(const backtest_options *given, crucible_instrument *instrument) {
  int code = take_fee("--taker-fee", given->taker_fee, &instrument->taker_fee);
  if (code == RUN_OK)
    code = take_fee("--maker-fee", given->maker_fee, &instrument->maker_fee);
  if (code == RUN_OK &&
      (given->taker_fee != NULL || given->maker_fee != NULL) &&
      crucible_instrument_check(instrument) != CRUCIBLE_OK)
    code = run_fail_as(RUN_USAGE, given->taker_fee == NULL   ? "--maker-fee"
                                  : given->maker_fee == NULL ? "--taker-fee"
                                                             : "fees");
  return code;
}

int terms_plan(const backtest_options *given, crucible_plan *plan) {
  plan->horizon_bars = (uint32_t)given->horizon;
  plan->stop_sigma = given->stop;
  plan->target_sigma = given->target;
  plan->sizing_value = given->size;
  plan->limit_ttl_bars = (uint32_t)given->ttl;
  int code = take_word("--entry", given->entry, ENTRIES, RUN_COUNT(ENTRIES),
                       &plan->entry);
  if (code == RUN_OK)
    code = take_word("--size-in", given->size_in, SIZINGS, RUN_COUNT(SIZINGS),
                     &plan->sizing);
  if (code == RUN_OK)
    code = take_distance("--stop", given->stop_at, &plan->stop_sigma,
                         &plan->stop_fraction);
  if (code == RUN_OK)
    code = take_distance("--target", given->target_at, &plan->target_sigma,
                         &plan->target_fraction);
  if (code == RUN_OK)
    code = take_distance("--trail", given->trail_at, &plan->trail_sigma,
                         &plan->trail_fraction);
  if (code == RUN_OK)
    code = take_distance("--offset", given->offset, &plan->limit_offset_sigma,
                         &plan->offset_fraction);
  if (code == RUN_OK)
    code = take_share("--limit-beyond", given->limit_beyond,
                      &plan->stop_limit_fraction);
  if (code == RUN_OK)
    code = take_rungs(given->rungs, plan);
  if (code == RUN_OK && given->size_in == NULL && given->size > 1000)
    code = run_fail(RUN_USAGE,
                    "--size is %g: of the equity that is too much; with "
                    "--size-in cash or units it may be as much",
                    given->size);
  return code;
}

int terms_options(const backtest_options *given,
                  crucible_backtest_options *how) {
  how->participation = given->participation;
  int code =
      take_word("--path", given->path, PATHS, RUN_COUNT(PATHS), &how->path);
  if (code == RUN_OK)
    code = take_word("--fill", given->fill, FILLS, RUN_COUNT(FILLS),
                     &how->fill_at);
  if (code == RUN_OK)
    code = take_word("--remainder", given->remainder, REMAINDERS,
                     RUN_COUNT(REMAINDERS), &how->remainder);
  return code;
}

int terms_leave(const crucible_plan *plan) {
  return plan->horizon_bars > 0 || plan->stop_sigma > 0 ||
         plan->stop_fraction > 0 || plan->target_sigma > 0 ||
         plan->target_fraction > 0 || plan->trail_sigma > 0 ||
         plan->trail_fraction > 0;
}
