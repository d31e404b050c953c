/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines by table: each command lists its options, parse fills them. */
#ifndef ARGS_H
#define ARGS_H

#include <stddef.h>
#include <stdint.h>

/* Where the value of an option goes and how it is read. */
typedef enum arg_kind {
  ARG_FLAG,   /* int: 1 when given */
  ARG_TEXT,   /* const char * */
  ARG_LIST,   /* arg_list: adds one value each time */
  ARG_FILES,  /* arg_list: adds all words up to the next option */
  ARG_WHOLE,  /* uint64_t within [low, high] */
  ARG_NUMBER, /* double within [low, high], finite */
  ARG_HEADING /* no option: a line between groups in --help */
} arg_kind;

/* Values in the order given; the words belong to argv. */
typedef struct arg_list {
  const char **items;
  size_t n;
} arg_list;

/* One option. */
typedef struct arg_option {
  const char *name;  /* with its dashes */
  const char *value; /* how --help calls the value; NULL for a flag */
  arg_kind kind;
  int is_required;  /* 1: the command refuses to run without */
  size_t offset;    /* in the command's struct of options */
  double low, high; /* of ARG_WHOLE and ARG_NUMBER */
  const char *help; /* lines separated by \n */
} arg_option;

/* A command as --help shows it. */
typedef struct arg_command {
  const char *name;
  const char *summary;  /* one line */
  const char *synopsis; /* what follows the name */
  const char *about;    /* paragraphs below the options */
  const arg_option *options;
  size_t n_options;
} arg_command;

/* What args_parse() found. */
enum {
  ARGS_RUN = 0,  /* go on */
  ARGS_DONE = 1, /* --help was printed: exit with success */
  ARGS_WRONG = 2 /* a message was printed: exit with RUN_USAGE */
};

/* Fills the struct at options, which holds the defaults already. Lists are
   released by args_free(), in every case. */
int args_parse(const arg_command *command, int argc, char **argv,
               void *options);
void args_free(const arg_command *command, void *options);

/* Prints the help of a command on stdout. */
void args_help(const arg_command *command);

/* Cuts text at commas and calls take for each piece until one fails; exit code.
   option: named where a piece is empty or long. */
typedef int (*args_take)(const char *option, const char *word, void *into);
int args_each(const char *option, const char *text, args_take take, void *into);

/* Reads a number in full, without the locale: 0 if text is none. */
int args_number(const char *text, double *value);
int args_whole(const char *text, uint64_t *value);

#endif
