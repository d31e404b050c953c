/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a CSV: from a file or from memory, plain or gzip. */
#ifndef CRUCIBLE__CSV_SOURCE_H
#define CRUCIBLE__CSV_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include <zlib.h>

#include <crucible/status.h>

#include "base/internal.h"

enum { CRUCIBLE__SOURCE_CHUNK = 1 << 16 };

typedef struct crucible__csv_source {
  const char *name; /* for error texts, borrowed */
  int file;         /* descriptor, or -1: from memory */
  const unsigned char *memory;
  size_t memory_left;
  unsigned char *raw; /* [CRUCIBLE__SOURCE_CHUNK] bytes as they are stored */
  size_t raw_begin, raw_end;
  uint64_t n_raw; /* bytes taken from the file so far */
  int gzip;       /* zlib's state is set up */
  int in_member;  /* between a member's header and its trailer */
  z_stream zlib;
} crucible__csv_source;

/* On failure nothing stays open. */
CRUCIBLE__SHARED crucible_status crucible__csv_source_open(
    crucible__csv_source *source, const char *path, const char *name);
crucible_status crucible__csv_source_from(crucible__csv_source *source,
                                          const char *bytes, size_t n_bytes,
                                          const char *name);

/* Up to capacity plain bytes; *n = 0 at the end, which is reached only if the
   gzip stream, where it is one, was whole and its checksums were right. */
CRUCIBLE__SHARED crucible_status crucible__csv_source_read(
    crucible__csv_source *source, char *bytes, size_t capacity, size_t *n);

CRUCIBLE__SHARED void crucible__csv_source_close(crucible__csv_source *source);

#endif
