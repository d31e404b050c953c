/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: read in one go, written complete or not at all. */
#ifndef RUN_FILE_H
#define RUN_FILE_H

#include "run_text.h"

/* Reads a file; its content has a closing zero. Exit code. */
int file_read(const char *path, run_text *content);

/* Writes next to path and renames: a file that was there stays whole until
   the new one is. "-" is stdout. Exit code. */
int file_write(const char *path, const run_text *content);

/* Whether path can be written later: its folder exists and takes files. Said
   before hours of work, not after. Exit code. */
int file_check_writable(const char *path, const char *option);

/* Refuses to write to path what would take the place of another file of the
   same call. Either may not be there yet; NULL and "-" are no file. Exit
   code. */
int file_check_apart(const char *path, const char *option, const char *other);

#endif
