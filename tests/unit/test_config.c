/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations: defaults, schema and reader are one list; what is wrong is
   named by its JSON path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/tournament.h>

#include "support/failing_alloc.h"
#include "tournament/config.h"

enum { ROOM = 8192 };

static crucible_status resolve(const char *text, const char *setting,
                               char resolved[ROOM]) {
  size_t length = 0;
  return crucible_config_resolve(text, "my.json", &setting, setting ? 1 : 0,
                                 resolved, ROOM, &length);
}

static void the_defaults_resolve_to_themselves(void **state) {
  (void)state;
  char from_nothing[ROOM], from_defaults[ROOM], again[ROOM];
  assert_int_equal(resolve(NULL, NULL, from_nothing), CRUCIBLE_OK);
  assert_int_equal(resolve(crucible_config_defaults(), NULL, from_defaults),
                   CRUCIBLE_OK);
  assert_string_equal(from_nothing, from_defaults);
  assert_int_equal(resolve(from_nothing, NULL, again), CRUCIBLE_OK);
  assert_string_equal(from_nothing, again);
  assert_non_null(strstr(from_nothing, "\"agents\":10,"));
  assert_non_null(strstr(from_nothing, "\"cash\":200,"));
}

static void
settings_win_over_the_text_and_the_text_over_the_defaults(void **state) {
  (void)state;
  char resolved[ROOM];
  const char *text = "{ // mine\n \"account\": {\"cash\": 101},\n"
                     " \"tournament\": {\"agents\": 3}}";
  assert_int_equal(resolve(text, "tournament.agents=4", resolved), CRUCIBLE_OK);
  assert_non_null(strstr(resolved, "\"agents\":4,"));
  assert_non_null(strstr(resolved, "\"cash\":101,"));
  assert_int_equal(resolve(NULL, "account.path=ohlc", resolved), CRUCIBLE_OK);
  assert_non_null(strstr(resolved, "\"path\":\"ohlc\""));
  assert_int_equal(
      resolve(NULL, "tournament.timeframes=[\"5m\",\"900s\"]", resolved),
      CRUCIBLE_OK);
  assert_non_null(strstr(resolved, "[\"5m\",\"15m\"]"));
}

static void what_is_wrong_is_named_by_its_path(void **state) {
  (void)state;
  static const struct {
    const char *text, *setting, *place;
    crucible_status status;
  } cases[] = {
      {"{\"acount\": {}}", NULL, "acount", CRUCIBLE_E_DATA},
      {"{\"account\": {\"csh\": 1}}", NULL, "csh", CRUCIBLE_E_DATA},
      {"{\"account\": {\"cash\": \"200\"}}", NULL, "$.account.cash",
       CRUCIBLE_E_DATA},
      {"{\"account\": {\"cash\": -1}}", NULL, "$.account.cash",
       CRUCIBLE_E_DATA},
      {"{\"costs\": {\"impact_law\": \"cubic\"}}", NULL, "$.costs.impact_law",
       CRUCIBLE_E_DATA},
      {"{\"costs\": {\"spread\": \"roll\"}}", NULL, "\"fixed\", \"edge\"",
       CRUCIBLE_E_DATA},
      {"{\"costs\": {\"edge_window\": 2}}", NULL, "$.costs.edge_window",
       CRUCIBLE_E_DATA},
      {NULL, "account.borrow_rate=-1", "$.account.borrow_rate",
       CRUCIBLE_E_DATA},
      {"{\"costs\": {\"fixed_slippage\": 0.001}}", NULL,
       "$.costs.fixed_slippage", CRUCIBLE_E_DATA},
      {"{\"costs\": {\"bars_per_day\": -1}}", NULL, "$.costs.bars_per_day",
       CRUCIBLE_E_DATA},
      {"{\"account\": 5}", NULL, "$.account", CRUCIBLE_E_DATA},
      {"{\"account\": {\"path\": \"best\"}}", NULL, "$.account.path",
       CRUCIBLE_E_DATA},
      {"{\"tournament\": {\"agents\": 2.5}}", NULL, "$.tournament.agents",
       CRUCIBLE_E_DATA},
      {"{\"tournament\": {\"timeframes\": [\"5m\", \"7m\"]}}", NULL,
       "$.tournament.timeframes[1]", CRUCIBLE_E_DATA},
      {"{\"tournament\": {\"timeframes\": []}}", NULL,
       "$.tournament.timeframes", CRUCIBLE_E_DATA},
      {"{\"watchtower\": {\"rules\": [\"bound\", \"luck\"]}}", NULL,
       "$.watchtower.rules[1]", CRUCIBLE_E_DATA},
      {"{\"watchtower\": {\"rules\": [\"bound\", \"bound\"]}}", NULL,
       "give it once", CRUCIBLE_E_DATA},
      {NULL, "watchtower.rules=[]", "at least one", CRUCIBLE_E_DATA},
      {NULL, "watchtower.rules=anytime", "$.watchtower.rules", CRUCIBLE_E_DATA},
      {"{\"watchtower\": {\"promote_dsr\": 0.8}}", NULL,
       "$.watchtower.decay_dsr is 0.9", CRUCIBLE_E_DATA},
      {NULL, "watchtower.bad_sharpe=0.01", "$.watchtower.bad_sharpe",
       CRUCIBLE_E_DATA},
      {NULL, "watchtower.alpha=0.5", "$.watchtower.alpha", CRUCIBLE_E_DATA},
      {NULL, "watchtower.lags=65", "$.watchtower.lags", CRUCIBLE_E_DATA},
      {"{\"forge\": {\"holdout\": 1}}", NULL, "$.forge.holdout",
       CRUCIBLE_E_DATA},
      {"{\"genome\": {\"allow_short\": 1}}", NULL, "$.genome.allow_short",
       CRUCIBLE_E_DATA},
      {"{\"volatility\": {\"window\": 500}}", NULL, "$.volatility.first",
       CRUCIBLE_E_DATA},
      {"{\"account\": {\"cash\": 1}, \"account\": {}}", NULL, "account",
       CRUCIBLE_E_DATA},
      {"{\"account\": {\"cash\": 1}", NULL, "my.json", CRUCIBLE_E_DATA},
      {NULL, "agents=3", "agents=3", CRUCIBLE_E_INVALID},
      {NULL, "tournament.agents", "tournament.agents", CRUCIBLE_E_INVALID},
      {NULL, "tournament.agnts=3", "agnts", CRUCIBLE_E_DATA},
      {NULL, "account.cash=lots", "cash", CRUCIBLE_E_DATA},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char resolved[ROOM] = "untouched";
    assert_int_equal(resolve(cases[i].text, cases[i].setting, resolved),
                     cases[i].status);
    assert_string_equal(resolved, "untouched");
    if (strstr(crucible_last_error(), cases[i].place) == NULL)
      fail_msg("case %zu: \"%s\" does not name %s", i, crucible_last_error(),
               cases[i].place);
  }
}

static void a_short_buffer_tells_the_length_it_needs(void **state) {
  (void)state;
  char whole[ROOM], part[16];
  size_t length, again;
  assert_int_equal(
      crucible_config_resolve(NULL, NULL, NULL, 0, NULL, 0, &length),
      CRUCIBLE_OK);
  assert_int_equal(
      crucible_config_resolve(NULL, NULL, NULL, 0, whole, ROOM, &again),
      CRUCIBLE_OK);
  assert_int_equal(length, again);
  assert_int_equal(strlen(whole), length);
  assert_int_equal(
      crucible_config_resolve(NULL, NULL, NULL, 0, part, sizeof part, &again),
      CRUCIBLE_OK);
  assert_int_equal(again, length);
  assert_memory_equal(part, whole, sizeof part - 1);
  assert_int_equal(
      crucible_config_resolve(NULL, NULL, NULL, 0, NULL, 5, &length),
      CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_config_resolve(NULL, NULL, NULL, 1, NULL, 0, &length),
      CRUCIBLE_E_INVALID);
}

static void the_schema_has_every_field_of_the_defaults(void **state) {
  (void)state;
  const char *schema = crucible_config_schema();
  for (const char *p = crucible_config_defaults();
       (p = strstr(p, "\": ")) != NULL; p += 3) {
    const char *begin = p;
    char name[64];
    while (begin[-1] != '"')
      --begin;
    size_t n = (size_t)(p - begin);
    assert_true(n + 3 < sizeof name);
    name[0] = '"';
    memcpy(name + 1, begin, n);
    memcpy(name + 1 + n, "\"", 2);
    if (strstr(schema, name) == NULL)
      fail_msg("%s is not in the schema", name);
  }
}

static crucible_watchtower_options rules_of(const char *text) {
  crucible__config config;
  crucible_watchtower_options options;
  assert_int_equal(
      crucible__config_read(text, strlen(text), "my.json", &config),
      CRUCIBLE_OK);
  crucible__config_watchtower(&config, &options);
  return options;
}

static void any_rule_acts_under_its_name(void **state) {
  (void)state;
  for (int32_t rule = CRUCIBLE_RULE_DEATH; rule <= CRUCIBLE_RULE_DISCOVERY;
       ++rule) {
    char text[96];
    snprintf(text, sizeof text, "{\"watchtower\": {\"rules\": [\"%s\"]}}",
             crucible_rule_name(rule));
    assert_int_equal(rules_of(text).rules, 1u << rule);
  }
  assert_int_equal(rules_of("{}").rules, CRUCIBLE_RULES_DEFAULT);
  assert_int_equal(
      rules_of("{\"watchtower\": {\"rules\": [\"anytime\"]}}").rules,
      CRUCIBLE_RULES_ANYTIME);
  assert_int_equal(
      rules_of("{\"watchtower\": {\"rules\": [\"discovery\", \"blueprint\"],"
               " \"decay\": \"off\"}}")
          .rules,
      ((uint32_t)CRUCIBLE_RULES_BLUEPRINT | 1u << CRUCIBLE_RULE_DISCOVERY) &
          ~(1u << CRUCIBLE_RULE_DECAY_PSR | 1u << CRUCIBLE_RULE_DECAY_DSR));
  char resolved[ROOM];
  assert_int_equal(
      resolve(NULL, "watchtower.rules=[\"bound\",\"anytime\"]", resolved),
      CRUCIBLE_OK);
  assert_non_null(strstr(resolved, "\"rules\":[\"anytime\",\"bound\"]"));
}

static void the_defaults_are_those_of_the_watchtower(void **state) {
  (void)state;
  crucible_watchtower_options read = rules_of("{}"), own;
  crucible_watchtower_options_init(&own, sizeof own);
  assert_memory_equal(&read, &own, sizeof own);
}

static void each_threshold_arrives_in_its_place(void **state) {
  (void)state;
  crucible_watchtower_options o =
      rules_of("{\"watchtower\": {\"alpha\": 0.01, \"promote_sharpe\": 0.003,"
               " \"bad_sharpe\": -0.004, \"bound_bars\": 500, \"lags\": 6,"
               " \"edge_sharpe\": 0.005, \"edge_run\": 1000,"
               " \"discovery_alpha\": 0.07}}");
  assert_true(o.alpha == 0.01 && o.promote_sharpe == 0.003);
  assert_true(o.bad_sharpe == -0.004 && o.edge_sharpe == 0.005);
  assert_true(o.edge_run == 1000 && o.discovery_alpha == 0.07);
  assert_int_equal(o.bound_bars, 500);
  assert_int_equal(o.lags, 6);
}

static crucible_status resolve_once(void *data) {
  char resolved[ROOM];
  return resolve(data, "account.path=ohlc", resolved);
}

static void running_out_of_memory_is_an_error(void **state) {
  (void)state;
  char text[] = "{\"account\": {\"cash\": 101}}";
  assert_true(failing_alloc_run(resolve_once, text) > 0);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_defaults_resolve_to_themselves),
      cmocka_unit_test(
          settings_win_over_the_text_and_the_text_over_the_defaults),
      cmocka_unit_test(what_is_wrong_is_named_by_its_path),
      cmocka_unit_test(a_short_buffer_tells_the_length_it_needs),
      cmocka_unit_test(the_schema_has_every_field_of_the_defaults),
      cmocka_unit_test(any_rule_acts_under_its_name),
      cmocka_unit_test(the_defaults_are_those_of_the_watchtower),
      cmocka_unit_test(each_threshold_arrives_in_its_place),
      cmocka_unit_test(running_out_of_memory_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
