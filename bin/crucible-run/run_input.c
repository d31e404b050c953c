/* SPDX-License-Identifier: Apache-2.0 */
#include "run_input.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "run_file.h"
#include "run_text.h"

void input_free(run_input *input) {
  crucible_series_destroy(input->series);
  crucible_series_destroy(input->fine_series);
  *input = (run_input){0};
}

/* So many digits as a number; moves *text behind them. -1 if there are fewer.
 */
static int take_digits(const char **text, int n) {
  int value = 0;
  for (int i = 0; i < n; ++i, ++*text) {
    if (!isdigit((unsigned char)**text))
      return -1;
    value = 10 * value + (**text - '0');
  }
  return value;
}

static int take_mark(const char **text, char mark) {
  if (**text != mark)
    return 0;
  ++*text;
  return 1;
}

/* "2023-03-20" with or without "T14:30". */
static int read_time(const char *option, const char *text, int64_t *time_ms) {
  static const int longest[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const char *at = text;
  int hour = 0, minute = 0, month = -1, day = -1;
  int year = take_digits(&at, 4);
  int is_right = year >= 0 && take_mark(&at, '-');
  if (is_right)
    month = take_digits(&at, 2);
  is_right = is_right && month >= 1 && month <= 12 && take_mark(&at, '-');
  if (is_right)
    day = take_digits(&at, 2);
  is_right = is_right && day >= 1 && day <= longest[month - 1];
  if (is_right && (take_mark(&at, 'T') || take_mark(&at, ' '))) {
    hour = take_digits(&at, 2);
    minute = take_mark(&at, ':') ? take_digits(&at, 2) : -1;
    is_right = hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59;
  }
  if (!is_right || *at != 0)
    return run_fail(RUN_USAGE,
                    "%s is \"%s\": give a time (UTC) as 2023-03-20 or "
                    "2023-03-20T14:30",
                    option, text);
  *time_ms = (days_of_date(year, month, day) * 1440 + hour * 60 + minute) *
             (int64_t)60000;
  return RUN_OK;
}

static int csv_options(const input_options *given,
                       crucible_csv_options *options) {
  crucible_csv_options_init(options, sizeof *options);
  options->columns = given->columns;
  options->symbol = given->symbol;
  if (given->gaps != NULL && strcmp(given->gaps, "refuse") == 0)
    options->gaps = CRUCIBLE_GAPS_REFUSE;
  else if (given->gaps != NULL && strcmp(given->gaps, "allow") != 0)
    return run_fail(RUN_USAGE, "--gaps is \"%s\": give allow or refuse",
                    given->gaps);
  int code = RUN_OK;
  if (given->from != NULL)
    code = read_time("--from", given->from, &options->from_ms);
  if (code == RUN_OK && given->until != NULL)
    code = read_time("--until", given->until, &options->until_ms);
  if (code == RUN_OK && options->from_ms >= options->until_ms)
    code = run_fail(RUN_USAGE, "--from %s is not before --until %s",
                    given->from, given->until);
  return code;
}

/* One file. */
typedef struct part {
  crucible_series *series;
} part;

static int by_time(const void *a, const void *b) {
  const part *left = a, *right = b;
  crucible_bars l = {.struct_size = sizeof l}, r = {.struct_size = sizeof r};
  if (crucible_series_view(left->series, &l) != CRUCIBLE_OK ||
      crucible_series_view(right->series, &r) != CRUCIBLE_OK)
    return 0;
  return (l.open_time_ms[0] > r.open_time_ms[0]) -
         (l.open_time_ms[0] < r.open_time_ms[0]);
}

/* Files of one symbol in any order become one series; parts[0] has it then. */
static int join(part *parts, const char *const *names, size_t n) {
  qsort(parts, n, sizeof *parts, by_time);
  for (size_t i = 1; i < n; ++i) {
    crucible_status status =
        crucible_series_append(parts[0].series, parts[i].series);
    if (status != CRUCIBLE_OK) {
      run_text doing = {0};
      text_addf(&doing, "joining %zu files (%s, ...)", n, names[0]);
      int code = status == CRUCIBLE_E_NOMEM ? RUN_FAILED : RUN_DATA;
      code = run_fail_as(code, doing.failed ? NULL : doing.data);
      text_free(&doing);
      return code;
    }
  }
  return RUN_OK;
}

static int read_bars(const input_options *given, run_input *input) {
  crucible_csv_options options;
  int code = csv_options(given, &options);
  if (code != RUN_OK)
    return code;
  part *parts = calloc(given->replay.n, sizeof *parts);
  if (parts == NULL)
    return run_fail(RUN_FAILED, "out of memory");
  for (size_t i = 0; i < given->replay.n && code == RUN_OK; ++i) {
    crucible_status status = crucible_series_read_csv(
        given->replay.items[i], &options, &parts[i].series);
    if (status == CRUCIBLE_E_INVALID)
      code = run_fail_as(RUN_USAGE, NULL);
    else if (status == CRUCIBLE_E_IO)
      code = run_fail_as(RUN_DATA, NULL);
    else if (status != CRUCIBLE_OK)
      code = run_fail_status(status, NULL);
  }
  if (code == RUN_OK)
    code = join(parts, given->replay.items, given->replay.n);
  if (code == RUN_OK) {
    input->series = parts[0].series;
    parts[0].series = NULL;
  }
  for (size_t i = 0; i < given->replay.n; ++i)
    crucible_series_destroy(parts[i].series);
  free(parts);
  return code;
}

static int look_at(run_input *input) {
  input->bars = (crucible_bars){.struct_size = sizeof input->bars};
  crucible_status status = crucible_series_view(input->series, &input->bars);
  return status == CRUCIBLE_OK ? RUN_OK : run_fail_status(status, NULL);
}

static int read_instrument(const input_options *given, run_input *input) {
  run_text path = {0};
  if (given->instruments != NULL) {
    text_add(&path, given->instruments);
  } else {
    const char *file = given->replay.items[0];
    const char *slash = strrchr(file, '/');
    if (slash != NULL)
      text_add_bytes(&path, file, (size_t)(slash - file) + 1);
    text_add(&path, "instruments.json");
  }
  if (path.failed) {
    text_free(&path);
    return run_fail(RUN_FAILED, "out of memory");
  }
  input->instrument =
      (crucible_instrument){.struct_size = sizeof input->instrument};
  crucible_status status = crucible_instrument_read(
      path.data, input->bars.symbol, &input->instrument);
  int code = RUN_OK;
  if (status != CRUCIBLE_OK)
    code = run_fail_as(status == CRUCIBLE_E_NOMEM ? RUN_FAILED : RUN_DATA,
                       given->instruments != NULL
                           ? NULL
                           : "no trading without a profile (--instruments)");
  text_free(&path);
  return code;
}

int input_read(const input_options *options, run_input *input) {
  *input = (run_input){0};
  int code = read_bars(options, input);
  if (code == RUN_OK)
    code = look_at(input);
  if (code == RUN_OK)
    code = read_instrument(options, input);
  return code;
}

int input_check_apart(const input_options *options, const char *path,
                      const char *option) {
  int code = file_check_apart(path, option, options->instruments);
  for (size_t i = 0; i < options->replay.n && code == RUN_OK; ++i)
    code = file_check_apart(path, option, options->replay.items[i]);
  return code;
}

int input_resample(run_input *input, int64_t timeframe_ms) {
  if (timeframe_ms == input->bars.timeframe_ms)
    return RUN_OK;
  if (timeframe_ms < input->bars.timeframe_ms ||
      timeframe_ms % input->bars.timeframe_ms != 0)
    return run_fail(RUN_DATA,
                    "bars of %s cannot be made from bars of %s: replay finer "
                    "ones or choose a multiple",
                    figure_timeframe(timeframe_ms).text,
                    figure_timeframe(input->bars.timeframe_ms).text);
  crucible_series *coarse;
  crucible_status status =
      crucible_series_resample(input->series, timeframe_ms, &coarse);
  if (status != CRUCIBLE_OK)
    return run_fail_status(status, NULL);
  crucible_series_destroy(input->fine_series);
  input->fine_series = input->series;
  input->fine = input->bars;
  input->series = coarse;
  return look_at(input);
}

uint32_t input_has(const crucible_bars *bars) {
  return (bars->quote_volume != NULL ? CRUCIBLE_NEEDS_QUOTE_VOLUME : 0u) |
         (bars->trades != NULL ? CRUCIBLE_NEEDS_TRADES : 0u) |
         (bars->taker_buy_base != NULL ? CRUCIBLE_NEEDS_TAKER_BUY_BASE : 0u);
}

crucible_bar input_bar(const crucible_bars *bars, size_t index) {
  return (crucible_bar){
      .open_time_ms = bars->open_time_ms[index],
      .open = bars->open[index],
      .high = bars->high[index],
      .low = bars->low[index],
      .close = bars->close[index],
      .volume = bars->volume[index],
      .quote_volume =
          bars->quote_volume != NULL ? bars->quote_volume[index] : (double)NAN,
      .trades = bars->trades != NULL ? bars->trades[index] : (double)NAN,
      .taker_buy_base = bars->taker_buy_base != NULL
                            ? bars->taker_buy_base[index]
                            : (double)NAN};
}
