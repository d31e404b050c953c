/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__CONFIG_H
#define CRUCIBLE__CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/factory.h>
#include <crucible/tournament.h>
#include <crucible/watchtower.h>

#include "tournament/config_fields.h"

enum { CRUCIBLE__TIMES_MAX = 8 };

typedef struct crucible__times {
  int64_t timeframes_ms[CRUCIBLE__TIMES_MAX];
  size_t n;
} crucible__times;

#define CRUCIBLE__FIELD_INT(key) int64_t key;
#define CRUCIBLE__FIELD_NUM(key) double key;
#define CRUCIBLE__FIELD_BOOL(key) int64_t key;
#define CRUCIBLE__FIELD_CHOICE(key) int64_t key; /* number of the name */
#define CRUCIBLE__FIELD_SET(key) int64_t key;    /* bit i: name i is in it */
#define CRUCIBLE__FIELD_TIMES(key) crucible__times key;
#define CRUCIBLE__FIELD(kind, section, key, low, high, initial, doc)           \
  CRUCIBLE__FIELD_##kind(key)

typedef struct crucible__config {
  struct {
    CRUCIBLE__CONFIG_TOURNAMENT(CRUCIBLE__FIELD, CRUCIBLE__FIELD)
  } tournament;
  struct {
    CRUCIBLE__CONFIG_ACCOUNT(CRUCIBLE__FIELD, CRUCIBLE__FIELD)
  } account;
  struct {
    CRUCIBLE__CONFIG_COSTS(CRUCIBLE__FIELD, CRUCIBLE__FIELD)
  } costs;
  struct {
    CRUCIBLE__CONFIG_VOLATILITY(CRUCIBLE__FIELD, CRUCIBLE__FIELD)
  } volatility;
  struct {
    CRUCIBLE__CONFIG_GENOME(CRUCIBLE__FIELD, CRUCIBLE__FIELD)
  } genome;
  struct {
    CRUCIBLE__CONFIG_FORGE(CRUCIBLE__FIELD, CRUCIBLE__FIELD)
  } forge;
  struct {
    CRUCIBLE__CONFIG_STUDY(CRUCIBLE__FIELD, CRUCIBLE__FIELD)
  } study;
  struct {
    CRUCIBLE__CONFIG_ELITES(CRUCIBLE__FIELD, CRUCIBLE__FIELD)
  } elites;
  struct {
    CRUCIBLE__CONFIG_WATCHTOWER(CRUCIBLE__FIELD, CRUCIBLE__FIELD)
  } watchtower;
} crucible__config;

/* The defaults, then text over them (NULL: none). */
crucible_status crucible__config_read(const char *text, size_t length,
                                      const char *name,
                                      crucible__config *config);

/* Bars that a search looks back, of the shortest timeframe. */
int64_t crucible__config_window(const crucible__config *config);

/* What watchtower.rules may name: two sets of rules, then every rule under the
   name that crucible_rule_name() gives it, from the first on. */
#define CRUCIBLE__RULES_NAMES                                                  \
  {                                                                            \
    "blueprint", "anytime", "death", "decay_psr", "decay_dsr", "inactive",     \
        "expired", "cannot_trade", "promotion", "proved_bad", "edge_gone",     \
        "bound", "discovery"                                                   \
  }

/* Fills what the rooms below take from a configuration. */
void crucible__config_backtest(const crucible__config *config,
                               crucible_backtest_options *options);
void crucible__config_forge(const crucible__config *config,
                            crucible_forge_options *options);
void crucible__config_elites(const crucible__config *config,
                             crucible_elite_options *options);
void crucible__config_study(const crucible__config *config,
                            crucible_genetic_options *genetic,
                            crucible_percentile_options *median);
void crucible__config_watchtower(const crucible__config *config,
                                 crucible_watchtower_options *options);

/* Says in which field two resolved configurations differ first. */
crucible_status crucible__config_difference(const char *there, const char *here,
                                            char *text, size_t capacity);

#endif
