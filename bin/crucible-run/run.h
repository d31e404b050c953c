/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crucible-run: what its files share. Exit codes, how an error is said, and
 * the commands. The program never calls setlocale(): numbers are read and
 * printed in the C locale whatever the environment says.
 */
#ifndef RUN_H
#define RUN_H

#include <crucible/crucible.h>

/* Exit codes; the manual page and --help list them. */
enum {
  RUN_OK = 0,           /* done */
  RUN_FAILED = 1,       /* a file, the database, memory or a model failed */
  RUN_USAGE = 2,        /* an option or the configuration is wrong */
  RUN_DATA = 3,         /* bars or instruments are wrong or too few */
  RUN_CHECK = 4,        /* a check did not pass */
  RUN_INTERRUPTED = 130 /* ended by Ctrl-C or a request to terminate */
};

#define RUN_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Prints "crucible-run: <text>" on stderr. */
void run_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same; its value is code, which is then known wherever it is returned. */
#define run_fail(code, ...) (run_say(__VA_ARGS__), (code))

/* Prints the library's text of the latest failure; the exit code follows from
   the status. doing: what was being done, or NULL where the text says it. */
int run_fail_status(crucible_status status, const char *doing);

/* The same with an exit code of the caller's: a wrong configuration and a
   wrong bar are both CRUCIBLE_E_DATA, but not the same to a script. */
int run_fail_as(int code, const char *doing);

/* Flushes stdout; RUN_FAILED with a message if anything could not be
   written. */
int run_end_output(void);

/* The commands: arguments after the command's name, exit code. */
int cmd_tournament(int argc, char **argv);
int cmd_backtest(int argc, char **argv);
int cmd_viability(int argc, char **argv);
int cmd_calibrate(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_digest(int argc, char **argv);
int cmd_config(int argc, char **argv);

#endif
