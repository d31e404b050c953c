/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "args.h"
#include "run.h"
#include "run_file.h"
#include "run_report.h"

typedef struct options {
  const char *db;
  const char *report;
  int json;
} options;

static const arg_option OPTIONS[] = {
    {"--db", "PATH", ARG_TEXT, 1, offsetof(options, db), 0, 0,
     "database of a tournament; it is not changed"},
    {"--report", "PATH", ARG_TEXT, 0, offsetof(options, report), 0, 0,
     "writes the HTML report there (\"-\" = stdout)"},
    {"--json", NULL, ARG_FLAG, 0, offsetof(options, json), 0, 0,
     "prints everything as JSON instead of the leaderboard"},
};

static const arg_command COMMAND = {
    "report",
    "Shows what a tournament came to: a leaderboard, an HTML page or JSON.",
    "--db PATH [--report PATH] [--json]",
    "The HTML report is one file without any outside resource. All times are "
    "UTC.",
    OPTIONS,
    RUN_COUNT(OPTIONS)};

static int show(const options *given, const run_report *report) {
  if (given->report != NULL) {
    run_text page = {0};
    report_write_html(report, &page);
    int code = file_write(given->report, &page);
    text_free(&page);
    if (code != RUN_OK || (given->report[0] == '-' && given->report[1] == 0))
      return code;
  }
  return given->json ? report_print_json(report) : report_print(report);
}

int cmd_report(int argc, char **argv) {
  options given = {0};
  int outcome = args_parse(&COMMAND, argc, argv, &given);
  if (outcome != ARGS_RUN)
    return outcome == ARGS_DONE ? RUN_OK : RUN_USAGE;
  int code = file_check_apart(given.report, "--report", given.db);
  if (code != RUN_OK)
    return code;
  crucible_store *store;
  crucible_status status =
      crucible_store_open(given.db, CRUCIBLE_STORE_READ, &store);
  if (status != CRUCIBLE_OK)
    return run_fail_status(status, NULL);
  run_report report;
  code = report_load(store, &report);
  if (code == RUN_OK)
    code = show(&given, &report);
  report_free(&report);
  crucible_store_close(store);
  return code;
}
