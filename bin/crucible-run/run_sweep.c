/* SPDX-License-Identifier: Apache-2.0 */
#include "run_sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

void sweep_free(run_sweep *sweep) {
  for (size_t i = 0; i < sweep->n_names; ++i)
    free(sweep->names[i].values);
  *sweep = (run_sweep){0};
}

static int add_value(sweep_name *name, double value) {
  if (name->n >= SWEEP_COLUMNS_MAX)
    return run_fail(RUN_USAGE, "--sweep %s has more than %d values", name->name,
                    SWEEP_COLUMNS_MAX);
  double *values = realloc(name->values, (name->n + 1) * sizeof *values);
  if (values == NULL)
    return run_fail(RUN_FAILED, "out of memory");
  values[name->n++] = value;
  name->values = values;
  return RUN_OK;
}

static int complain(const char *given) {
  return run_fail(RUN_USAGE,
                  "--sweep \"%s\": give name=5,10,20 or name=low:high:step",
                  given);
}

/* "5:25:5", both ends included. */
static int read_range(const char *given, const char *text, sweep_name *name) {
  double low, high, step;
  char parts[3][40] = {"", "", ""};
  int used = 0;
  if (sscanf(text, "%39[^:]:%39[^:]:%39[^:]%n", parts[0], parts[1], parts[2],
             &used) != 3 ||
      text[used] != 0 || !args_number(parts[0], &low) ||
      !args_number(parts[1], &high) || !args_number(parts[2], &step) ||
      !(step > 0) || low > high)
    return complain(given);
  int code = RUN_OK;
  for (size_t i = 0; code == RUN_OK; ++i) {
    double value = low + (double)i * step;
    if (value > high + 1e-9 * step)
      break;
    code = add_value(name, value);
  }
  return code;
}

static int read_list(const char *given, const char *text, sweep_name *name) {
  while (1) {
    char word[40];
    double value;
    size_t length = strcspn(text, ",");
    if (length == 0 || length >= sizeof word)
      return complain(given);
    memcpy(word, text, length);
    word[length] = 0;
    if (!args_number(word, &value))
      return complain(given);
    int code = add_value(name, value);
    if (code != RUN_OK || text[length] == 0)
      return code;
    text += length + 1;
  }
}

static int read_one(const char *given, run_sweep *sweep) {
  size_t length = strcspn(given, "=");
  if (sweep->n_names == SWEEP_NAMES_MAX)
    return run_fail(RUN_USAGE, "--sweep may stand at most %d times",
                    SWEEP_NAMES_MAX);
  sweep_name *name = &sweep->names[sweep->n_names];
  if (given[length] == 0 || length == 0 || length >= sizeof name->name)
    return complain(given);
  *name = (sweep_name){.n = 0};
  ++sweep->n_names;
  memcpy(name->name, given, length);
  for (size_t i = 0; i + 1 < sweep->n_names; ++i)
    if (strcmp(sweep->names[i].name, name->name) == 0)
      return run_fail(RUN_USAGE, "--sweep %s stands twice", name->name);
  const char *text = given + length + 1;
  int code = strchr(text, ':') != NULL ? read_range(given, text, name)
                                       : read_list(given, text, name);
  if (code != RUN_OK)
    return code;
  sweep->n_columns *= name->n;
  if (sweep->n_columns > SWEEP_COLUMNS_MAX)
    return run_fail(RUN_USAGE, "the sweeps make more than %d combinations",
                    SWEEP_COLUMNS_MAX);
  return RUN_OK;
}

int sweep_parse(const arg_list *given, run_sweep *sweep) {
  *sweep = (run_sweep){.n_columns = 1};
  int code = RUN_OK;
  for (size_t i = 0; i < given->n && code == RUN_OK; ++i)
    code = read_one(given->items[i], sweep);
  return code;
}

double sweep_value(const run_sweep *sweep, size_t column, size_t name) {
  for (size_t i = sweep->n_names; i-- > name + 1;)
    column /= sweep->names[i].n;
  return sweep->names[name].values[column % sweep->names[name].n];
}

int sweep_fill(const run_sweep *sweep, size_t column, const char *option,
               const char *text, run_text *filled) {
  while (*text != 0) {
    size_t plain = strcspn(text, "{");
    text_add_bytes(filled, text, plain);
    text += plain;
    if (*text == 0)
      break;
    size_t length = strcspn(text, "}");
    size_t i = 0;
    while (i < sweep->n_names &&
           !(strlen(sweep->names[i].name) + 1 == length &&
             strncmp(sweep->names[i].name, text + 1, length - 1) == 0))
      ++i;
    if (i == sweep->n_names || text[length] == 0)
      return run_fail(RUN_USAGE,
                      "%s: %.*s} has no values: give --sweep %.*s=5,10,20",
                      option, (int)length, text, (int)length - 1, text + 1);
    text_addf(filled, "%.12g", sweep_value(sweep, column, i));
    text += length + 1;
  }
  text_add(filled, "");
  return filled->failed ? run_fail(RUN_FAILED, "out of memory") : RUN_OK;
}
