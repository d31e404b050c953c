/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

typedef struct command {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *summary;
} command;

static const command COMMANDS[] = {
    {"tournament", cmd_tournament,
     "train agents on recorded bars and let them trade the rest"},
    {"backtest", cmd_backtest, "trade rules over recorded bars"},
    {"viability", cmd_viability,
     "does a timeframe move enough to pay for trading it?"},
    {"calibrate", cmd_calibrate,
     "how often do the rules promote luck and kill skill?"},
    {"report", cmd_report, "show what a tournament came to"},
    {"digest", cmd_digest, "one hash over all that a tournament recorded"},
    {"config", cmd_config,
     "print the configuration: defaults, schema, or as resolved"},
};

void run_say(const char *format, ...) {
  va_list list;
  va_start(list, format);
  (void)fputs("crucible-run: ", stderr);
  (void)vfprintf(stderr, format, list);
  (void)fputc('\n', stderr);
  va_end(list);
}

int run_fail_as(int code, const char *doing) {
  return run_fail(code, "%s%s%s", doing != NULL ? doing : "",
                  doing != NULL ? ": " : "", crucible_last_error());
}

int run_fail_status(crucible_status status, const char *doing) {
  int code = RUN_FAILED;
  switch (status) {
  case CRUCIBLE_E_INVALID:
  case CRUCIBLE_E_STATE:
    code = RUN_USAGE;
    break;
  case CRUCIBLE_E_DATA:
  case CRUCIBLE_E_TOO_SHORT:
  case CRUCIBLE_E_DOMAIN:
  case CRUCIBLE_E_UNSUPPORTED:
    code = RUN_DATA;
    break;
  case CRUCIBLE_E_CANCELLED:
    code = RUN_INTERRUPTED;
    break;
  default:
    break;
  }
  return run_fail_as(code, doing);
}

int run_end_output(void) {
  if (fflush(stdout) == 0 && !ferror(stdout))
    return RUN_OK;
  return run_fail(RUN_FAILED, "the output cannot be written: %s",
                  strerror(errno));
}

static void print_help(FILE *to) {
  fprintf(to,
          "usage: crucible-run COMMAND [OPTION...]\n\n"
          "Trains trading models, lets them trade recorded markets with paper "
          "money\nand keeps a journal of everything.\n\nCommands:\n");
  for (size_t i = 0; i < RUN_COUNT(COMMANDS); ++i)
    fprintf(to, "  %-12s%s\n", COMMANDS[i].name, COMMANDS[i].summary);
  fprintf(to,
          "\n"
          "crucible-run COMMAND --help  lists a command's options.\n"
          "crucible-run --version       prints the version and the build.\n\n"
          "Results go to stdout, progress and errors to stderr.\n\n"
          "Exit codes:\n"
          "  0    done\n"
          "  1    a file, the database, memory or a model failed\n"
          "  2    an option or the configuration is wrong\n"
          "  3    bars or instruments are wrong, or too few\n"
          "  4    a check of a backtest did not pass\n"
          "  130  ended by Ctrl-C; what was recorded until then is kept\n");
}

int main(int argc, char **argv) {
  if (argc < 2 || strcmp(argv[1], "--help") == 0 ||
      strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
    print_help(argc < 2 ? stderr : stdout);
    return argc < 2 ? RUN_USAGE : run_end_output();
  }
  if (strcmp(argv[1], "--version") == 0) {
    printf("crucible-run %s\n%s\n", crucible_version_string(),
           crucible_build_info());
    return run_end_output();
  }
  for (size_t i = 0; i < RUN_COUNT(COMMANDS); ++i)
    if (strcmp(argv[1], COMMANDS[i].name) == 0) {
      int code = COMMANDS[i].run(argc - 2, argv + 2);
      int end = run_end_output();
      return code != RUN_OK ? code : end;
    }
  return run_fail(RUN_USAGE,
                  "there is no command \"%s\": crucible-run --help lists them",
                  argv[1]);
}
