/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "args.h"
#include "run.h"

typedef struct options {
  const char *db;
} options;

static const arg_option OPTIONS[] = {
    {"--db", "PATH", ARG_TEXT, 1, offsetof(options, db), 0, 0,
     "database of a tournament; it is not changed"},
};

static const arg_command COMMAND = {
    "digest",
    "Prints one line: SHA-256 over journal, ledgers and verdicts.",
    "--db PATH",
    "When and on which machine a tournament ran is left out: the same bars, "
    "configuration\nand seed on the same build give the same line, whatever "
    "the number of threads. A\nfield changed by hand changes it.",
    OPTIONS,
    RUN_COUNT(OPTIONS)};

int cmd_digest(int argc, char **argv) {
  options given = {0};
  int outcome = args_parse(&COMMAND, argc, argv, &given);
  if (outcome != ARGS_RUN)
    return outcome == ARGS_DONE ? RUN_OK : RUN_USAGE;
  crucible_store *store;
  uint8_t digest[32];
  crucible_status status =
      crucible_store_open(given.db, CRUCIBLE_STORE_READ, &store);
  if (status == CRUCIBLE_OK) {
    status = crucible_store_digest(store, digest);
    if (status != CRUCIBLE_OK)
      run_fail_status(status, NULL);
    crucible_store_close(store);
    if (status != CRUCIBLE_OK)
      return RUN_FAILED;
  } else {
    return run_fail_status(status, NULL);
  }
  for (size_t i = 0; i < sizeof digest; ++i)
    printf("%02x", digest[i]);
  printf("\n");
  return RUN_OK;
}
