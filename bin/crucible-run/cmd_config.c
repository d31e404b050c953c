/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "args.h"
#include "run.h"
#include "run_config.h"

typedef struct options {
  const char *config;
  arg_list set;
  int schema;
} options;

static const arg_option OPTIONS[] = {
    CONFIG_OPTIONS(options),
    {"--schema", NULL, ARG_FLAG, 0, offsetof(options, schema), 0, 0,
     "prints the JSON schema (draft 2020-12) instead"},
};

static const arg_command COMMAND = {
    "config",
    "Prints the configuration: the commented defaults, or with --config or "
    "--set\nthe result of both, checked.",
    "[--config FILE] [--set PATH=VALUE]... [--schema]",
    "  crucible-run config > my.json    a file to start from",
    OPTIONS,
    RUN_COUNT(OPTIONS)};

static int print_resolved(const options *given) {
  run_config config;
  int code = config_load(given->config, &given->set, &config);
  if (code == RUN_OK) {
    char *text = cJSON_Print(config.tree);
    if (text != NULL)
      (void)printf("%s\n", text);
    else
      code = run_fail(RUN_FAILED, "out of memory");
    cJSON_free(text);
  }
  config_free(&config);
  return code;
}

int cmd_config(int argc, char **argv) {
  options given = {0};
  int outcome = args_parse(&COMMAND, argc, argv, &given);
  int code = outcome == ARGS_WRONG ? RUN_USAGE : RUN_OK;
  if (outcome == ARGS_RUN && given.schema &&
      (given.config != NULL || given.set.n > 0))
    code = run_fail(RUN_USAGE, "config: --schema stands alone");
  else if (outcome == ARGS_RUN && given.schema)
    (void)fputs(crucible_config_schema(), stdout);
  else if (outcome == ARGS_RUN && given.config == NULL && given.set.n == 0)
    (void)fputs(crucible_config_defaults(), stdout);
  else if (outcome == ARGS_RUN)
    code = print_resolved(&given);
  args_free(&COMMAND, &given);
  return code;
}
