/* SPDX-License-Identifier: Apache-2.0 */
/* What a command trades on: bars from files and the instrument's profile. */
#ifndef RUN_INPUT_H
#define RUN_INPUT_H

#include <stddef.h>

#include <crucible/crucible.h>

#include "args.h"

/* The options of every command that reads bars. */
typedef struct input_options {
  arg_list replay;
  const char *instruments;
  const char *symbol;
  const char *columns;
  const char *gaps;
  const char *from;
  const char *until;
} input_options;

/* type has a member input_options input. */
#define INPUT_OPTIONS(type)                                                    \
  {"--replay",                                                                 \
   "FILE...",                                                                  \
   ARG_FILES,                                                                  \
   1,                                                                          \
   offsetof(type, input.replay),                                               \
   0,                                                                          \
   0,                                                                          \
   "recorded bars of one symbol: CSV in the Binance kline\n"                   \
   "layout or with a header, plain or gzip"},                                  \
      {"--instruments",                                                        \
       "FILE",                                                                 \
       ARG_TEXT,                                                               \
       0,                                                                      \
       offsetof(type, input.instruments),                                      \
       0,                                                                      \
       0,                                                                      \
       "fees, tick and lot of each symbol (default:\n"                         \
       "instruments.json beside the first file)"},                             \
      {"--symbol",                                                             \
       "NAME",                                                                 \
       ARG_TEXT,                                                               \
       0,                                                                      \
       offsetof(type, input.symbol),                                           \
       0,                                                                      \
       0,                                                                      \
       "default: the file's name up to the first '-'"},                        \
      {"--columns",                                                            \
       "MAP",                                                                  \
       ARG_TEXT,                                                               \
       0,                                                                      \
       offsetof(type, input.columns),                                          \
       0,                                                                      \
       0,                                                                      \
       "where the columns are, as open_time=date,close=5,...:\n"               \
       "our name = header or number"},                                         \
      {"--gaps",                                                               \
       "allow|refuse",                                                         \
       ARG_TEXT,                                                               \
       0,                                                                      \
       offsetof(type, input.gaps),                                             \
       0,                                                                      \
       0,                                                                      \
       "missing bars are data (default), or an error"},                        \
      {"--from",                                                               \
       "TIME",                                                                 \
       ARG_TEXT,                                                               \
       0,                                                                      \
       offsetof(type, input.from),                                             \
       0,                                                                      \
       0,                                                                      \
       "first bar wanted: 2023-03-20 or 2023-03-20T14:30, UTC"},               \
  {                                                                            \
    "--until", "TIME", ARG_TEXT, 0, offsetof(type, input.until), 0, 0,         \
        "bars before this time"                                                \
  }

/* Bars and profile. */
typedef struct run_input {
  crucible_series *series;
  crucible_bars bars;           /* its view */
  crucible_series *fine_series; /* as recorded, where the bars were resampled */
  crucible_bars fine;           /* its view; n is 0: none */
  crucible_instrument instrument;
} run_input;

/* Reads both; exit code. Freed by input_free() in every case. */
int input_read(const input_options *options, run_input *input);
void input_free(run_input *input);

/* Refuses an output that would take the place of a file that is read. Exit
   code. */
int input_check_apart(const input_options *options, const char *path,
                      const char *option);

/* Turns the bars into bars of a longer timeframe, and keeps them as the fine
   ones; nothing happens where they have it already. Exit code. */
int input_resample(run_input *input, int64_t timeframe_ms);

/* CRUCIBLE_NEEDS_* of the columns that the bars have. */
uint32_t input_has(const crucible_bars *bars);

/* Bar number index by value. */
crucible_bar input_bar(const crucible_bars *bars, size_t index);

#endif
