/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that is there whole or not at all: it is written beside the wanted
 * one and takes its place when all of it is on the disk.
 */
#ifndef CRUCIBLE__NEW_FILE_H
#define CRUCIBLE__NEW_FILE_H

#include <stddef.h>

#include <crucible/status.h>

#include "base/internal.h"

typedef struct crucible__new_file {
  const char *path; /* borrowed */
  char *temporary;  /* path + ".tmp0", ... */
  int file;
  int is_there; /* the temporary file, to be removed on failure */
} crucible__new_file;

/* Opens a name beside path that nothing has. Refuses a path that is NULL,
   empty, or something other than a regular file; file is to be closed in any
   case. */
CRUCIBLE__SHARED crucible_status
crucible__new_file_open(crucible__new_file *file, const char *path);

CRUCIBLE__SHARED crucible_status
crucible__new_file_write(crucible__new_file *file, const void *bytes, size_t n);

/* Brings it to the disk and gives it its name. */
CRUCIBLE__SHARED crucible_status
crucible__new_file_keep(crucible__new_file *file);

/* Frees; removes what was not kept. All zero, or opened before, once. */
CRUCIBLE__SHARED void crucible__new_file_close(crucible__new_file *file);

#endif
