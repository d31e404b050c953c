/* SPDX-License-Identifier: Apache-2.0 */
#include "run_scores.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "args.h"
#include "run.h"
#include "run_text.h"

enum { LINE_MAX_CHARS = 256 };

/* Where a line stands, for messages. */
typedef struct reader {
  const char *name;
  size_t line;
  size_t next_bar; /* bars before it are done */
} reader;

static int complain(const reader *in, const char *line) {
  return run_fail(RUN_DATA,
                  "%s:%zu: \"%.60s\" is no score: give open_time_ms,score "
                  "(such as 1679270400000,0.25; nan: none)",
                  in->name, in->line, line);
}

static int is_nan(const char *text) {
  return *text == 0 || strcmp(text, "nan") == 0 || strcmp(text, "NaN") == 0;
}

static int take_line(reader *in, char *line, const crucible_bars *bars,
                     double *scores) {
  char *comma = strchr(line, ',');
  uint64_t time;
  double score = (double)NAN;
  if (comma == NULL)
    return complain(in, line);
  *comma = 0;
  int has_time = args_whole(line, &time);
  if (!has_time && in->line == 1)
    return RUN_OK; /* names */
  int has_score = is_nan(comma + 1) || args_number(comma + 1, &score);
  *comma = ',';
  if (!has_time || !has_score)
    return complain(in, line);
  if ((int64_t)time < bars->open_time_ms[0] ||
      (int64_t)time > bars->open_time_ms[bars->n - 1])
    return RUN_OK; /* more than --from and --until take */
  size_t bar = in->next_bar;
  while (bar < bars->n && bars->open_time_ms[bar] < (int64_t)time)
    ++bar;
  if (bar == bars->n || bars->open_time_ms[bar] != (int64_t)time)
    return run_fail(RUN_DATA,
                    "%s:%zu: no bar opens at %" PRIu64 ", or a line before it "
                    "has that time: give the bars' open times in ms, ascending",
                    in->name, in->line, time);
  scores[bar] = score;
  in->next_bar = bar + 1;
  return RUN_OK;
}

static int take_lines(FILE *from, const char *name, const crucible_bars *bars,
                      double *scores) {
  reader in = {.name = name};
  char line[LINE_MAX_CHARS];
  for (size_t i = 0; i < bars->n; ++i)
    scores[i] = (double)NAN;
  while (fgets(line, sizeof line, from) != NULL) {
    ++in.line;
    line[strcspn(line, "\r\n")] = 0;
    int code = *line != 0 ? take_line(&in, line, bars, scores) : RUN_OK;
    if (code != RUN_OK)
      return code;
  }
  return ferror(from) ? run_fail(RUN_FAILED, "%s cannot be read: %s", name,
                                 strerror(errno))
                      : RUN_OK;
}

int scores_read(const char *path, const crucible_bars *bars, double *scores) {
  FILE *file = fopen(path, "r");
  if (file == NULL)
    return run_fail(RUN_USAGE, "--scores: %s cannot be read: %s", path,
                    strerror(errno));
  int code = take_lines(file, path, bars, scores);
  (void)fclose(file);
  return code;
}

/* A shell script that runs the command with the file as its input. */
static int run_with(const char *command, const char *path,
                    const crucible_bars *bars, double *scores) {
  run_text script = {0};
  text_addf(&script, "exec <'%s'\n%s\n", path, command);
  if (script.failed) {
    text_free(&script);
    return run_fail(RUN_FAILED, "out of memory");
  }
  (void)fflush(NULL);
  /* the user's own command: a shell is what --scores-from promises */
  FILE *pipe = popen(script.data, "r"); // NOLINT(cert-env33-c)
  text_free(&script);
  if (pipe == NULL)
    return run_fail(RUN_FAILED, "--scores-from: %s", strerror(errno));
  int code = take_lines(pipe, "--scores-from", bars, scores);
  char rest[4096]; /* or the program would die of a broken pipe */
  while (fread(rest, 1, sizeof rest, pipe) > 0)
    ;
  int status = pclose(pipe);
  if (status == 0)
    return code;
  if (code == RUN_OK && WIFEXITED(status))
    return run_fail(RUN_FAILED,
                    "--scores-from: the program ended with status %d on %zu "
                    "bars",
                    WEXITSTATUS(status), bars->n);
  return code != RUN_OK
             ? code
             : run_fail(RUN_FAILED,
                        "--scores-from: the program was ended by signal %d on "
                        "%zu bars",
                        WTERMSIG(status), bars->n);
}

int scores_ask(const char *command, const crucible_bars *bars, double *scores) {
  const char *base = getenv("TMPDIR");
  if (base == NULL || *base == 0 || strchr(base, '\'') != NULL)
    base = "/tmp";
  char folder[512], path[sizeof folder + 16];
  if ((size_t)snprintf(folder, sizeof folder, "%s/crucible-run-XXXXXX", base) >=
          sizeof folder ||
      mkdtemp(folder) == NULL)
    return run_fail(RUN_FAILED, "--scores-from: no folder in %s: %s", base,
                    strerror(errno));
  (void)snprintf(path, sizeof path, "%s/bars.csv", folder);
  crucible_status status = crucible_bars_write_csv(bars, path);
  int code = status == CRUCIBLE_OK ? run_with(command, path, bars, scores)
                                   : run_fail_status(status, "--scores-from");
  (void)unlink(path);
  (void)rmdir(folder);
  return code;
}
