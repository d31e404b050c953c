/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: a file over the defaults, --set over the file, checked by
 * the library; and single values read out of the result.
 */
#ifndef RUN_CONFIG_H
#define RUN_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "args.h"

struct cJSON;

/* A resolved configuration. */
typedef struct run_config {
  char *json;         /* canonical */
  struct cJSON *tree; /* the same, parsed */
} run_config;

/* The options --config and --set as every command that takes them lists
   them. */
#define CONFIG_OPTIONS(type)                                                   \
  {"--config",                                                                 \
   "FILE",                                                                     \
   ARG_TEXT,                                                                   \
   0,                                                                          \
   offsetof(type, config),                                                     \
   0,                                                                          \
   0,                                                                          \
   "JSON, comments allowed; what it leaves out is at its\n"                    \
   "default (crucible-run config prints them)"},                               \
  {                                                                            \
    "--set", "PATH=VALUE", ARG_LIST, 0, offsetof(type, set), 0, 0,             \
        "one value over the file, such as account.cash=500;\n"                 \
        "may stand several times"                                              \
  }

/* Exit code; freed by config_free() in every case. */
int config_load(const char *path, const arg_list *settings, run_config *config);
void config_free(run_config *config);
/* One more setting, "path=value", over what is resolved; exit code. */
int config_set(run_config *config, const char *setting);

/* The number at a path such as "account.cash"; exit code. */
int config_number(const run_config *config, const char *path, double *value);
/* The text at a path, lent until the configuration ends; exit code. */
int config_text(const run_config *config, const char *path, const char **value);
/* The list of texts at a path: their number, and one of them. */
size_t config_size(const run_config *config, const char *path);
const char *config_item(const run_config *config, const char *path,
                        size_t index);

#endif
