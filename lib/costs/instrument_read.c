/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include <crucible/costs.h>

#include "base/base_status.h"
#include "base/json.h"
#include "costs/cost_model.h"

static const char *const MARKETS[] = {"spot", "linear_perpetual", "future"};
static const char *const FEE_ASSETS[] = {"quote", "base"};

/* A number's name in the file and its place in the struct; the range is left
   to the check of the whole profile. */
typedef struct number {
  const char *name;
  size_t offset;
  int is_required;
} number;

static const number NUMBERS[] = {
    {"maker_fee", offsetof(crucible_instrument, maker_fee), 1},
    {"taker_fee", offsetof(crucible_instrument, taker_fee), 1},
    {"price_tick", offsetof(crucible_instrument, price_tick), 1},
    {"lot_step", offsetof(crucible_instrument, lot_step), 1},
    {"min_quantity", offsetof(crucible_instrument, min_quantity), 1},
    {"min_notional", offsetof(crucible_instrument, min_notional), 1},
    {"max_leverage", offsetof(crucible_instrument, max_leverage), 0},
    {"maintenance_margin", offsetof(crucible_instrument, maintenance_margin),
     0},
};

static const char *const KEYS[] = {"venue",
                                   "symbol",
                                   "base_currency",
                                   "quote_currency",
                                   "market_type",
                                   "fee_asset",
                                   "maker_fee",
                                   "taker_fee",
                                   "price_tick",
                                   "lot_step",
                                   "min_quantity",
                                   "min_notional",
                                   "max_leverage",
                                   "maintenance_margin",
                                   "funding_interval_ms",
                                   "is_shortable",
                                   "source"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static crucible_status read_name(const crucible__json_at *object,
                                 const char *key, char name[]) {
  crucible__json_at at = crucible__json_get(object, key);
  const char *text;
  CRUCIBLE__TRY(crucible__json_string(&at, &text));
  size_t length = strlen(text);
  if (length == 0 || length >= CRUCIBLE_NAME_SIZE)
    return crucible__json_fail(&at, "a name has 1 to %d bytes, this has %zu",
                               CRUCIBLE_NAME_SIZE - 1, length);
  memcpy(name, text, length + 1);
  return CRUCIBLE_OK;
}

static crucible_status read_kinds(const crucible__json_at *object,
                                  crucible_instrument *instrument) {
  size_t choice;
  crucible__json_at at = crucible__json_get(object, "market_type");
  CRUCIBLE__TRY(crucible__json_choice(&at, MARKETS, COUNT(MARKETS), &choice));
  instrument->market_type = (int32_t)choice + CRUCIBLE_MARKET_SPOT;
  at = crucible__json_get(object, "fee_asset");
  CRUCIBLE__TRY(
      crucible__json_choice(&at, FEE_ASSETS, COUNT(FEE_ASSETS), &choice));
  instrument->fee_asset = (int32_t)choice + CRUCIBLE_FEE_IN_QUOTE;
  at = crucible__json_get(object, "is_shortable");
  if (crucible__json_is_present(&at)) {
    int is_shortable;
    CRUCIBLE__TRY(crucible__json_bool(&at, &is_shortable));
    instrument->is_shortable = is_shortable;
  }
  at = crucible__json_get(object, "funding_interval_ms");
  if (crucible__json_is_present(&at))
    CRUCIBLE__TRY(crucible__json_int64(&at, 0, INT64_MAX,
                                       &instrument->funding_interval_ms));
  return CRUCIBLE_OK;
}

static crucible_status read_numbers(const crucible__json_at *object,
                                    crucible_instrument *instrument) {
  instrument->max_leverage = 1;
  for (size_t i = 0; i < COUNT(NUMBERS); ++i) {
    crucible__json_at at = crucible__json_get(object, NUMBERS[i].name);
    if (!NUMBERS[i].is_required && !crucible__json_is_present(&at))
      continue;
    double value;
    CRUCIBLE__TRY(crucible__json_double(&at, -(double)INFINITY,
                                        (double)INFINITY, &value));
    memcpy((char *)instrument + NUMBERS[i].offset, &value, sizeof value);
  }
  return CRUCIBLE_OK;
}

/* One entry of the list. Whoever gives no source for its figures does not know
   them: it stands with the instrument or with the file. */
static crucible_status read_instrument(const crucible__json_at *object,
                                       int has_source,
                                       crucible_instrument *instrument) {
  crucible_instrument read = {.struct_size = sizeof read};
  CRUCIBLE__TRY(crucible__json_want_object(object));
  CRUCIBLE__TRY(crucible__json_only(object, KEYS, COUNT(KEYS)));
  CRUCIBLE__TRY(read_name(object, "venue", read.venue));
  CRUCIBLE__TRY(read_name(object, "symbol", read.symbol));
  CRUCIBLE__TRY(read_name(object, "base_currency", read.base_currency));
  CRUCIBLE__TRY(read_name(object, "quote_currency", read.quote_currency));
  CRUCIBLE__TRY(read_kinds(object, &read));
  CRUCIBLE__TRY(read_numbers(object, &read));
  crucible__json_at source = crucible__json_get(object, "source");
  if (crucible__json_is_present(&source) || !has_source) {
    const char *text;
    CRUCIBLE__TRY(crucible__json_string(&source, &text));
  }
  crucible_status status = crucible__instrument_take(&read, &read);
  if (status != CRUCIBLE_OK) {
    char text[256];
    strncpy(text, crucible_last_error(), sizeof text - 1);
    text[sizeof text - 1] = 0;
    return crucible__json_fail(object, "%s", text);
  }
  *instrument = read;
  return CRUCIBLE_OK;
}

static crucible_status no_such_symbol(const crucible__json_at *list,
                                      const char *path, const char *symbol) {
  crucible__text names = {0};
  for (size_t i = 0; i < crucible__json_size(list); ++i) {
    crucible__json_at object = crucible__json_item(list, i);
    crucible__json_at at = crucible__json_get(&object, "symbol");
    const char *name;
    if (crucible__json_string(&at, &name) == CRUCIBLE_OK)
      crucible__text_addf(&names, "%s%s", names.length > 0 ? ", " : "", name);
  }
  crucible_status status =
      crucible__fail(names.failed ? CRUCIBLE_E_NOMEM : CRUCIBLE_E_INVALID,
                     "symbol \"%s\" is not in %s: it has %s", symbol, path,
                     names.length > 0 ? names.data : "none");
  crucible__text_free(&names);
  return status;
}

static crucible_status find(const crucible__json *json, const char *path,
                            const char *symbol,
                            crucible_instrument *instrument) {
  static const char *const top[] = {"instruments", "source"};
  crucible__json_at root = crucible__json_root(json);
  CRUCIBLE__TRY(crucible__json_want_object(&root));
  CRUCIBLE__TRY(crucible__json_only(&root, top, COUNT(top)));
  crucible__json_at source = crucible__json_get(&root, "source");
  int has_source = crucible__json_is_present(&source);
  const char *text;
  if (has_source)
    CRUCIBLE__TRY(crucible__json_string(&source, &text));
  crucible__json_at list = crucible__json_get(&root, "instruments");
  CRUCIBLE__TRY(crucible__json_want_array(&list));
  int found = 0;
  for (size_t i = 0; i < crucible__json_size(&list); ++i) {
    /* all are read: a file with one bad entry is a bad file */
    crucible__json_at object = crucible__json_item(&list, i);
    crucible_instrument read;
    CRUCIBLE__TRY(read_instrument(&object, has_source, &read));
    if (strcmp(read.symbol, symbol) != 0)
      continue;
    if (found)
      return crucible__json_fail(&object, "symbol \"%s\" stands here twice",
                                 symbol);
    *instrument = read;
    found = 1;
  }
  return found ? CRUCIBLE_OK : no_such_symbol(&list, path, symbol);
}

crucible_status crucible_instrument_read(const char *path, const char *symbol,
                                         crucible_instrument *instrument) {
  if (path == NULL || symbol == NULL || instrument == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          path == NULL     ? "path"
                          : symbol == NULL ? "symbol"
                                           : "instrument");
  crucible__json *json;
  CRUCIBLE__TRY(crucible__json_read_file(path, CRUCIBLE__JSON_COMMENTS, &json));
  crucible_instrument read;
  crucible_status status = find(json, path, symbol, &read);
  crucible__json_free(json);
  CRUCIBLE__TRY(status);
  return crucible__result_write(instrument, &read, sizeof read, "instrument");
}
