/* SPDX-License-Identifier: Apache-2.0 */
#include "tournament/config.h"

#include <stdio.h>
#include <string.h>

#include <crucible/series.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/json.h"

static const char *const crucible__path_names[] = {"pessimistic", "ohlc",
                                                   "olhc", "adaptive"};
static const char *const crucible__spread_names[] = {"fixed", "edge"};
static const char *const crucible__funding_names[] = {"refuse", "unavailable"};
static const char *const crucible__impact_names[] = {"power", "linear",
                                                     "almgren", "fixed"};
static const char *const crucible__gate_names[] = {"explore", "holdout",
                                                   "viable"};
static const char *const crucible__rules_names[] = CRUCIBLE__RULES_NAMES;
static const char *const crucible__decay_names[] = {"crossing", "level", "off"};

#define SECTIONS(S)                                                            \
  S(tournament, CRUCIBLE__CONFIG_TOURNAMENT, ",")                              \
  S(account, CRUCIBLE__CONFIG_ACCOUNT, ",")                                    \
  S(costs, CRUCIBLE__CONFIG_COSTS, ",")                                        \
  S(volatility, CRUCIBLE__CONFIG_VOLATILITY, ",")                              \
  S(genome, CRUCIBLE__CONFIG_GENOME, ",")                                      \
  S(forge, CRUCIBLE__CONFIG_FORGE, ",")                                        \
  S(study, CRUCIBLE__CONFIG_STUDY, ",")                                        \
  S(elites, CRUCIBLE__CONFIG_ELITES, ",")                                      \
  S(watchtower, CRUCIBLE__CONFIG_WATCHTOWER, "")

/* ---- the defaults as commented JSON ---- */

#define DEFAULT_INT(initial) #initial
#define DEFAULT_NUM(initial) #initial
#define DEFAULT_BOOL(initial) #initial
#define DEFAULT_CHOICE(initial) "\"" #initial "\""
#define DEFAULT_SET(initial) initial
#define DEFAULT_TIMES(initial) initial
#define DEFAULT_LINE(kind, section, key, low, high, initial, doc)              \
  "    // " doc "\n    \"" #key "\": " DEFAULT_##kind(initial) ",\n"
#define DEFAULT_LAST(kind, section, key, low, high, initial, doc)              \
  "    // " doc "\n    \"" #key "\": " DEFAULT_##kind(initial) "\n"
#define DEFAULT_SECTION(section, FIELDS, comma)                                \
  "  \"" #section "\": {\n" FIELDS(DEFAULT_LINE, DEFAULT_LAST) "  }" comma "\n"

/* C99 asks compilers for 4,095 characters only; gcc and clang take more. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
static const char defaults_text[] = "{\n" SECTIONS(DEFAULT_SECTION) "}\n";

const char *crucible_config_defaults(void) { return defaults_text; }

/* ---- the schema ---- */

#define SCHEMA_INT(low, high, initial)                                         \
  "\"type\": \"integer\", \"minimum\": " #low ", \"maximum\": " #high
#define SCHEMA_NUM(low, high, initial)                                         \
  "\"type\": \"number\", \"minimum\": " #low ", \"maximum\": " #high
#define SCHEMA_BOOL(low, high, initial) "\"type\": \"boolean\""
#define SCHEMA_CHOICE(low, high, initial) "\"enum\": " high
#define SCHEMA_SET(low, high, initial)                                         \
  "\"type\": \"array\", \"minItems\": 1, \"uniqueItems\": true"                \
  ", \"items\": {\"enum\": " high "}"
#define SCHEMA_TIMES(low, high, initial)                                       \
  "\"type\": \"array\", \"minItems\": " #low ", \"maxItems\": " #high          \
  ", \"items\": {\"type\": \"string\", \"pattern\": \"^[0-9]+[smhdw]$\"}"
#define SCHEMA_LAST(kind, section, key, low, high, initial, doc)               \
  "        \"" #key                                                            \
  "\": {" SCHEMA_##kind(low, high, initial) ", \"default\": " DEFAULT_##kind(  \
      initial) ", \"description\": \"" doc "\"}\n"
#define SCHEMA_LINE(kind, section, key, low, high, initial, doc)               \
  "        \"" #key                                                            \
  "\": {" SCHEMA_##kind(low, high, initial) ", \"default\": " DEFAULT_##kind(  \
      initial) ", \"description\": \"" doc "\"},\n"
#define SCHEMA_SECTION(section, FIELDS, comma)                                 \
  "    \"" #section "\": {\n      \"type\": \"object\",\n"                     \
  "      \"additionalProperties\": false,\n      \"properties\": {\n" FIELDS(  \
      SCHEMA_LINE, SCHEMA_LAST) "      }\n    }" comma "\n"

static const char schema_text[] =
    "{\n"
    "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
    "  \"title\": \"Configuration of a libcrucible tournament\",\n"
    "  \"type\": \"object\",\n"
    "  \"additionalProperties\": false,\n"
    "  \"properties\": {\n" SECTIONS(SCHEMA_SECTION) "  }\n}\n";
#pragma GCC diagnostic pop

const char *crucible_config_schema(void) { return schema_text; }

/* ---- the reader ---- */

enum { KIND_INT, KIND_NUM, KIND_BOOL, KIND_CHOICE, KIND_SET, KIND_TIMES };

typedef struct config_field {
  const char *section, *key;
  int kind;
  double low, high;
  const char *const *names;
  size_t n_names;
  size_t offset;
} config_field;

#define RANGE_INT(low, high) (low), (high), NULL, 0
#define RANGE_NUM(low, high) (low), (high), NULL, 0
#define RANGE_BOOL(low, high) 0, 1, NULL, 0
#define RANGE_CHOICE(low, high) 0, 0, low, sizeof(low) / sizeof *(low)
#define RANGE_SET(low, high) RANGE_CHOICE(low, high)
#define RANGE_TIMES(low, high) (low), (high), NULL, 0
#define ROW(kind, section, key, low, high, initial, doc)                       \
  {#section, #key, KIND_##kind, RANGE_##kind(low, high),                       \
   offsetof(crucible__config, section.key)},
#define ROWS(section, FIELDS, comma) FIELDS(ROW, ROW)

static const config_field fields[] = {SECTIONS(ROWS)};
enum { N_FIELDS = sizeof fields / sizeof *fields };

#define SECTION_NAME(section, FIELDS, comma) #section,
static const char *const section_names[] = {SECTIONS(SECTION_NAME)};
enum { N_SECTIONS = sizeof section_names / sizeof *section_names };

static crucible_status read_times(const crucible__json_at *at,
                                  const config_field *field,
                                  crucible__times *times) {
  crucible__times read = {.n = 0};
  CRUCIBLE__TRY(crucible__json_want_array(at));
  size_t n = crucible__json_size(at);
  if ((double)n < field->low || n > CRUCIBLE__TIMES_MAX)
    return crucible__json_fail(at, "has %zu timeframes: give %d to %d", n,
                               (int)field->low, (int)CRUCIBLE__TIMES_MAX);
  for (size_t i = 0; i < n; ++i) {
    crucible__json_at item = crucible__json_item(at, i);
    const char *text;
    CRUCIBLE__TRY(crucible__json_string(&item, &text));
    if (crucible_timeframe_parse(text, &read.timeframes_ms[i]) != CRUCIBLE_OK)
      return crucible__json_fail(
          &item, "is \"%s\": give a timeframe such as \"5m\"", text);
    if (read.timeframes_ms[i] % read.timeframes_ms[0] != 0 ||
        (i > 0 && read.timeframes_ms[i] <= read.timeframes_ms[i - 1]))
      return crucible__json_fail(
          &item, "is \"%s\": give ascending multiples of the first", text);
  }
  read.n = n;
  *times = read;
  return CRUCIBLE_OK;
}

/* Bit i of *set: name i is in the list. */
static crucible_status read_set(const crucible__json_at *at,
                                const config_field *field, int64_t *set) {
  int64_t read = 0;
  CRUCIBLE__TRY(crucible__json_want_array(at));
  if (crucible__json_size(at) == 0)
    return crucible__json_fail(at, "is empty: give at least one name");
  for (size_t i = 0; i < crucible__json_size(at); ++i) {
    crucible__json_at item = crucible__json_item(at, i);
    size_t choice;
    CRUCIBLE__TRY(
        crucible__json_choice(&item, field->names, field->n_names, &choice));
    if ((read >> choice & 1) != 0)
      return crucible__json_fail(&item, "is \"%s\" a second time: give it once",
                                 field->names[choice]);
    read |= (int64_t)1 << choice;
  }
  *set = read;
  return CRUCIBLE_OK;
}

static crucible_status read_field(const crucible__json_at *at,
                                  const config_field *field,
                                  crucible__config *config) {
  unsigned char *place = (unsigned char *)config + field->offset;
  int64_t whole = 0;
  double number;
  int flag;
  size_t choice;
  switch (field->kind) {
  case KIND_NUM:
    CRUCIBLE__TRY(crucible__json_double(at, field->low, field->high, &number));
    memcpy(place, &number, sizeof number);
    return CRUCIBLE_OK;
  case KIND_TIMES:
    return read_times(at, field, (crucible__times *)(void *)place);
  case KIND_INT:
    CRUCIBLE__TRY(crucible__json_int64(at, (int64_t)field->low,
                                       (int64_t)field->high, &whole));
    break;
  case KIND_BOOL:
    CRUCIBLE__TRY(crucible__json_bool(at, &flag));
    whole = flag;
    break;
  case KIND_SET:
    CRUCIBLE__TRY(read_set(at, field, &whole));
    break;
  default:
    CRUCIBLE__TRY(
        crucible__json_choice(at, field->names, field->n_names, &choice));
    whole = (int64_t)choice;
    break;
  }
  memcpy(place, &whole, sizeof whole);
  return CRUCIBLE_OK;
}

static crucible_status read_section(const crucible__json_at *root,
                                    const char *name,
                                    crucible__config *config) {
  crucible__json_at section = crucible__json_get(root, name);
  const char *keys[N_FIELDS];
  size_t n = 0;
  if (!crucible__json_is_present(&section))
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible__json_want_object(&section));
  for (size_t i = 0; i < N_FIELDS; ++i)
    if (strcmp(fields[i].section, name) == 0)
      keys[n++] = fields[i].key;
  CRUCIBLE__TRY(crucible__json_only(&section, keys, n));
  for (size_t i = 0; i < N_FIELDS; ++i) {
    if (strcmp(fields[i].section, name) != 0)
      continue;
    crucible__json_at value = crucible__json_get(&section, fields[i].key);
    if (crucible__json_is_present(&value))
      CRUCIBLE__TRY(read_field(&value, &fields[i], config));
  }
  return CRUCIBLE_OK;
}

/* Reads what text gives over what config holds. */
static crucible_status merge(const char *text, size_t length, const char *name,
                             crucible__config *config) {
  crucible__json *json;
  CRUCIBLE__TRY(
      crucible__json_parse(text, length, name, CRUCIBLE__JSON_COMMENTS, &json));
  crucible__json_at root = crucible__json_root(json);
  crucible_status status = crucible__json_want_object(&root);
  if (status == CRUCIBLE_OK)
    status = crucible__json_only(&root, section_names, N_SECTIONS);
  for (size_t i = 0; i < N_SECTIONS && status == CRUCIBLE_OK; ++i)
    status = read_section(&root, section_names[i], config);
  crucible__json_free(json);
  return status;
}

/* What no single field can tell. */
static crucible_status check(const crucible__config *config, const char *name) {
  if (config->volatility.first > config->volatility.window)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "%s: $.volatility.first is %lld: it must not exceed "
                          "window (%lld)",
                          name, (long long)config->volatility.first,
                          (long long)config->volatility.window);
  if (config->genome.min_horizon_bars > config->genome.max_horizon_bars)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "%s: $.genome.min_horizon_bars is %lld: it must not "
                          "exceed max_horizon_bars (%lld)",
                          name, (long long)config->genome.min_horizon_bars,
                          (long long)config->genome.max_horizon_bars);
  if (config->genome.min_train_bars > config->genome.max_train_bars)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "%s: $.genome.min_train_bars is %lld: it must not "
                          "exceed max_train_bars (%lld)",
                          name, (long long)config->genome.min_train_bars,
                          (long long)config->genome.max_train_bars);
  if (config->costs.fixed_slippage > 0 &&
      config->costs.impact_law != CRUCIBLE_IMPACT_FIXED)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "%s: $.costs.fixed_slippage is %g: it has no effect "
                          "unless impact_law is \"fixed\"",
                          name, config->costs.fixed_slippage);
  if (config->watchtower.decay_dsr > config->watchtower.promote_dsr)
    return crucible__fail(
        CRUCIBLE_E_DATA,
        "%s: $.watchtower.decay_dsr is %g: it must not exceed "
        "promote_dsr (%g), or what is promoted would have "
        "decayed already",
        name, config->watchtower.decay_dsr, config->watchtower.promote_dsr);
  if (config->watchtower.bad_sharpe > config->watchtower.promote_sharpe)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "%s: $.watchtower.bad_sharpe is %g: it must not "
                          "exceed promote_sharpe (%g), or what is promoted "
                          "would be bad already",
                          name, config->watchtower.bad_sharpe,
                          config->watchtower.promote_sharpe);
  return CRUCIBLE_OK;
}

crucible_status crucible__config_read(const char *text, size_t length,
                                      const char *name,
                                      crucible__config *config) {
  crucible__config read = {.tournament = {.agents = 0}};
  CRUCIBLE__TRY(
      merge(defaults_text, sizeof defaults_text - 1, "the defaults", &read));
  if (text != NULL)
    CRUCIBLE__TRY(merge(text, length, name, &read));
  CRUCIBLE__TRY(check(&read, name));
  *config = read;
  return CRUCIBLE_OK;
}

/* ---- resolving ---- */

/* {"section":{"key":value}} of "section.key=value". */
static void write_setting(crucible__text *text, const char *setting,
                          const char *point, const char *equals, int quoted) {
  crucible__text_add(text, "{\"");
  crucible__text_add_n(text, setting, (size_t)(point - setting));
  crucible__text_add(text, "\":{\"");
  crucible__text_add_n(text, point + 1, (size_t)(equals - point - 1));
  crucible__text_add(text, "\":");
  if (quoted)
    crucible__json_add_string(text, equals + 1);
  else
    crucible__text_add(text, equals + 1);
  crucible__text_add(text, "}}");
}

/* A value that is no JSON by itself is taken as a string. */
static crucible_status merge_setting(const char *setting,
                                     crucible__config *config) {
  const char *equals = strchr(setting, '=');
  const char *point = strchr(setting, '.');
  if (equals == NULL || point == NULL || point > equals || point == setting ||
      point + 1 == equals)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "setting \"%s\": give section.key=value, such as "
                          "tournament.agents=20",
                          setting);
  crucible__text text = {0};
  crucible__json *json;
  write_setting(&text, setting, point, equals, 0);
  crucible_status status =
      text.failed
          ? CRUCIBLE_E_NOMEM
          : crucible__json_parse(text.data, text.length, setting, 0, &json);
  if (status == CRUCIBLE_OK) {
    crucible__json_free(json);
  } else if (status == CRUCIBLE_E_DATA) {
    crucible__text_free(&text);
    memset(&text, 0, sizeof text);
    write_setting(&text, setting, point, equals, 1);
    status = text.failed ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
  }
  if (status == CRUCIBLE_OK)
    status = merge(text.data, text.length, setting, config);
  crucible__text_free(&text);
  return status;
}

static void write_times(crucible__text *text, const crucible__times *times) {
  static const struct {
    int64_t ms;
    char unit;
  } units[] = {{604800000, 'w'},
               {86400000, 'd'},
               {3600000, 'h'},
               {60000, 'm'},
               {1000, 's'}};
  crucible__text_add(text, "[");
  for (size_t i = 0; i < times->n; ++i)
    for (size_t u = 0; u < sizeof units / sizeof *units; ++u)
      if (times->timeframes_ms[i] % units[u].ms == 0) {
        crucible__text_addf(text, "%s\"%lld%c\"", i > 0 ? "," : "",
                            (long long)(times->timeframes_ms[i] / units[u].ms),
                            units[u].unit);
        break;
      }
  crucible__text_add(text, "]");
}

static void write_set(crucible__text *text, const config_field *field,
                      int64_t set) {
  const char *separator = "";
  crucible__text_add(text, "[");
  for (size_t i = 0; i < field->n_names; ++i) {
    if ((set >> i & 1) == 0)
      continue;
    crucible__text_add(text, separator);
    crucible__json_add_string(text, field->names[i]);
    separator = ",";
  }
  crucible__text_add(text, "]");
}

static void write_field(crucible__text *text, const config_field *field,
                        const crucible__config *config) {
  const unsigned char *place = (const unsigned char *)config + field->offset;
  int64_t whole;
  double number;
  crucible__text_addf(text, "\"%s\":", field->key);
  memcpy(&whole, place, sizeof whole);
  switch (field->kind) {
  case KIND_NUM:
    memcpy(&number, place, sizeof number);
    crucible__json_add_double(text, number);
    break;
  case KIND_TIMES:
    write_times(text, (const crucible__times *)(const void *)place);
    break;
  case KIND_INT:
    crucible__text_addf(text, "%lld", (long long)whole);
    break;
  case KIND_BOOL:
    crucible__text_add(text, whole ? "true" : "false");
    break;
  case KIND_SET:
    write_set(text, field, whole);
    break;
  default:
    crucible__json_add_string(text, field->names[whole]);
    break;
  }
}

static void write_config(crucible__text *text, const crucible__config *config) {
  const char *section = "";
  crucible__text_add(text, "{");
  for (size_t i = 0; i < N_FIELDS; ++i) {
    if (strcmp(section, fields[i].section) != 0) {
      crucible__text_addf(text, "%s\"%s\":{", i > 0 ? "}," : "",
                          fields[i].section);
      section = fields[i].section;
    } else {
      crucible__text_add(text, ",");
    }
    write_field(text, &fields[i], config);
  }
  crucible__text_add(text, "}}");
}

crucible_status crucible_config_resolve(const char *text, const char *name,
                                        const char *const *settings,
                                        size_t n_settings, char *resolved,
                                        size_t capacity, size_t *length) {
  if (length == NULL || (resolved == NULL && capacity > 0) ||
      (settings == NULL && n_settings > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          length == NULL                       ? "length"
                          : settings == NULL && n_settings > 0 ? "settings"
                                                               : "resolved");
  crucible__config config;
  const char *label = name != NULL ? name : "configuration";
  CRUCIBLE__TRY(crucible__config_read(text, text != NULL ? strlen(text) : 0,
                                      label, &config));
  for (size_t i = 0; i < n_settings; ++i) {
    if (settings[i] == NULL)
      return crucible__fail(CRUCIBLE_E_INVALID, "settings[%zu] is NULL", i);
    CRUCIBLE__TRY(merge_setting(settings[i], &config));
  }
  CRUCIBLE__TRY(check(&config, label));
  crucible__text written = {0};
  write_config(&written, &config);
  if (written.failed)
    return crucible__fail(CRUCIBLE_E_NOMEM, "out of memory for the text");
  if (capacity > 0) {
    size_t n = written.length < capacity ? written.length : capacity - 1;
    memcpy(resolved, written.data, n);
    resolved[n] = '\0';
  }
  *length = written.length;
  crucible__text_free(&written);
  return CRUCIBLE_OK;
}

/* ---- comparing ---- */

crucible_status crucible__config_difference(const char *there, const char *here,
                                            char *text, size_t capacity) {
  crucible__config a, b;
  CRUCIBLE__TRY(crucible__config_read(there, strlen(there), "the journal", &a));
  CRUCIBLE__TRY(crucible__config_read(here, strlen(here), "here", &b));
  (void)snprintf(text, capacity, "a field that this release does not know");
  for (size_t i = 0; i < N_FIELDS; ++i) {
    crucible__text x = {0}, y = {0};
    write_field(&x, &fields[i], &a);
    write_field(&y, &fields[i], &b);
    int failed = x.failed || y.failed;
    int differ = !failed && strcmp(x.data, y.data) != 0;
    if (differ)
      (void)snprintf(text, capacity, "$.%s has %.80s there and %.80s here",
                     fields[i].section, x.data, y.data);
    crucible__text_free(&x);
    crucible__text_free(&y);
    if (failed)
      return crucible__fail(CRUCIBLE_E_NOMEM, "out of memory for the text");
    if (differ)
      break;
  }
  return CRUCIBLE_OK;
}
