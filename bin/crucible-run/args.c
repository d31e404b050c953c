/* SPDX-License-Identifier: Apache-2.0 */
#include "args.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum { HELP_COLUMN = 26 }; /* where the texts of --help begin */

int args_number(const char *text, double *value) {
  if (text[0] == 0 || isspace((unsigned char)text[0]))
    return 0;
  char *end;
  errno = 0;
  *value = strtod(text, &end);
  return *end == 0 && isfinite(*value) && !(errno == ERANGE && *value != 0);
}

int args_whole(const char *text, uint64_t *value) {
  if (!isdigit((unsigned char)text[0]))
    return 0;
  char *end;
  errno = 0;
  unsigned long long read = strtoull(text, &end, 10);
  *value = read;
  return *end == 0 && errno == 0;
}

int args_each(const char *option, const char *text, args_take take,
              void *into) {
  for (;;) {
    char word[32];
    size_t length = strcspn(text, ",");
    if (length == 0 || length >= sizeof word)
      return run_fail(RUN_USAGE, "%s: give values with commas between them",
                      option);
    memcpy(word, text, length);
    word[length] = 0;
    int code = take(option, word, into);
    if (code != RUN_OK || text[length] == 0)
      return code;
    text += length + 1;
  }
}

static void print_option(const arg_option *option) {
  char left[80];
  if (option->kind == ARG_HEADING) {
    printf("\n%s:\n", option->name);
    return;
  }
  snprintf(left, sizeof left, "  %s%s%s", option->name,
           option->value != NULL ? " " : "",
           option->value != NULL ? option->value : "");
  int used = printf("%s", left);
  const char *line = option->help;
  if (used > HELP_COLUMN - 2) {
    printf("\n");
    used = 0;
  }
  while (line != NULL) {
    const char *end = strchr(line, '\n');
    int length = end != NULL ? (int)(end - line) : (int)strlen(line);
    printf("%*s%.*s\n", HELP_COLUMN - used, "", length, line);
    used = 0;
    line = end != NULL ? end + 1 : NULL;
  }
}

void args_help(const arg_command *command) {
  printf("usage: crucible-run %s %s\n\n%s\n", command->name, command->synopsis,
         command->summary);
  if (command->n_options > 0 && command->options[0].kind != ARG_HEADING)
    printf("\nOptions:\n");
  for (size_t i = 0; i < command->n_options; ++i)
    print_option(&command->options[i]);
  printf("%-*s%s\n", HELP_COLUMN, "  --help", "this text");
  if (command->about != NULL)
    printf("\n%s\n", command->about);
}

static int add(arg_list *list, const char *word) {
  const char **items =
      realloc((void *)list->items, (list->n + 1) * sizeof *items);
  if (items == NULL)
    return run_fail(RUN_FAILED, "out of memory");
  items[list->n++] = word;
  list->items = items;
  return ARGS_RUN;
}

/* Puts one value where the option wants it. */
static int take(const arg_command *command, const arg_option *option,
                const char *value, void *options) {
  char *place = (char *)options + option->offset;
  double number = 0;
  switch (option->kind) {
  case ARG_TEXT:
    memcpy(place, &value, sizeof value);
    return ARGS_RUN;
  case ARG_LIST:
  case ARG_FILES:
    return add((arg_list *)(void *)place, value);
  case ARG_WHOLE: {
    uint64_t whole;
    if (args_whole(value, &whole) && (double)whole >= option->low &&
        (double)whole <= option->high) {
      memcpy(place, &whole, sizeof whole);
      return ARGS_RUN;
    }
    return run_fail(
        ARGS_WRONG, "%s: %s is \"%s\": give a whole number from %.0f to %.0f",
        command->name, option->name, value, option->low, option->high);
  }
  default:
    if (args_number(value, &number) && number >= option->low &&
        number <= option->high) {
      memcpy(place, &number, sizeof number);
      return ARGS_RUN;
    }
    return run_fail(ARGS_WRONG, "%s: %s is \"%s\": give a number from %g to %g",
                    command->name, option->name, value, option->low,
                    option->high);
  }
}

/* The option a word names, up to a '=' if it has one. */
static const arg_option *find(const arg_command *command, const char *word) {
  size_t length = strcspn(word, "=");
  for (size_t i = 0; i < command->n_options; ++i) {
    const arg_option *option = &command->options[i];
    if (option->kind != ARG_HEADING && strlen(option->name) == length &&
        strncmp(option->name, word, length) == 0)
      return option;
  }
  return NULL;
}

/* Takes the option at argv[*at] with its values and moves *at behind them. */
static int take_option(const arg_command *command, int argc, char **argv,
                       int *at, void *options) {
  const char *word = argv[(*at)++];
  const arg_option *option = find(command, word);
  if (option == NULL && strncmp(word, "--", 2) != 0)
    return run_fail(ARGS_WRONG,
                    "%s: \"%s\" belongs to no option: see crucible-run %s "
                    "--help",
                    command->name, word, command->name);
  if (option == NULL)
    return run_fail(
        ARGS_WRONG, "%s: there is no option %.*s: see crucible-run %s --help",
        command->name, (int)strcspn(word, "="), word, command->name);
  const char *value = strchr(word, '=');
  if (option->kind == ARG_FLAG) {
    int on = 1;
    if (value != NULL)
      return run_fail(ARGS_WRONG, "%s: %s takes no value", command->name,
                      option->name);
    memcpy((char *)options + option->offset, &on, sizeof on);
    return ARGS_RUN;
  }
  if (value != NULL)
    return take(command, option, value + 1, options);
  if (*at >= argc || strncmp(argv[*at], "--", 2) == 0)
    return run_fail(ARGS_WRONG, "%s: %s needs a value: %s %s", command->name,
                    option->name, option->name, option->value);
  do {
    int outcome = take(command, option, argv[(*at)++], options);
    if (outcome != ARGS_RUN)
      return outcome;
  } while (option->kind == ARG_FILES && *at < argc &&
           strncmp(argv[*at], "--", 2) != 0);
  return ARGS_RUN;
}

static int is_given(const arg_option *option, const void *options) {
  const char *place = (const char *)options + option->offset;
  if (option->kind == ARG_LIST || option->kind == ARG_FILES)
    return ((const arg_list *)(const void *)place)->n > 0;
  const char *text;
  memcpy(&text, place, sizeof text);
  return text != NULL;
}

int args_parse(const arg_command *command, int argc, char **argv,
               void *options) {
  for (int i = 0; i < argc; ++i)
    if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
      args_help(command);
      return ARGS_DONE;
    }
  for (int at = 0; at < argc;) {
    int outcome = take_option(command, argc, argv, &at, options);
    if (outcome != ARGS_RUN)
      return outcome;
  }
  for (size_t i = 0; i < command->n_options; ++i)
    if (command->options[i].is_required &&
        !is_given(&command->options[i], options))
      return run_fail(ARGS_WRONG,
                      "%s: %s %s is needed: see crucible-run %s "
                      "--help",
                      command->name, command->options[i].name,
                      command->options[i].value, command->name);
  return ARGS_RUN;
}

void args_free(const arg_command *command, void *options) {
  for (size_t i = 0; i < command->n_options; ++i) {
    const arg_option *option = &command->options[i];
    if (option->kind != ARG_LIST && option->kind != ARG_FILES)
      continue;
    arg_list *list = (arg_list *)(void *)((char *)options + option->offset);
    free((void *)list->items);
    *list = (arg_list){0};
  }
}
