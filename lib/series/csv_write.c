/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: into a file beside the wanted one, which takes its place when all
   of it is on the disk. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <crucible/series.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/numtext.h"
#include "series/bars.h"
#include "series/zlib_alloc.h"

enum {
  PLAIN_BUFFER = 1 << 16,
  PACKED_BUFFER = 1 << 14,
  ROW_TEXT = 11 * CRUCIBLE__DOUBLE_TEXT, /* the longest row fits */
  GZIP_ONLY = 16 + MAX_WBITS,
  MEMORY_LEVEL = 8, /* zlib's default */
  NAMES_TRIED = 100,
  NAME_SHOWN = 200
};

static const char header[] =
    "open_time,open,high,low,close,volume,close_time,quote_volume,trades,"
    "taker_buy_base,taker_buy_quote\n";

typedef struct writer {
  const char *path;
  char *temporary; /* path + ".tmp0", ... */
  int is_there;    /* the temporary file, to be removed on failure */
  int file;
  int gzip; /* zlib's state is set up */
  z_stream zlib;
  size_t n_plain;
  char plain[PLAIN_BUFFER];
  unsigned char packed[PACKED_BUFFER];
} writer;

static crucible_status fail_system(const writer *w, const char *what,
                                   int error) {
  char text[128] = "unknown error";
  (void)strerror_r(error, text, sizeof text);
  size_t length = strlen(w->path);
  return crucible__fail(
      CRUCIBLE_E_IO, "%s%s: cannot %s: %s; nothing was written",
      length > NAME_SHOWN ? "..." : "",
      w->path + (length > NAME_SHOWN ? length - NAME_SHOWN : 0), what, text);
}

static crucible_status write_file(writer *w, const void *bytes, size_t n) {
  const char *next = bytes;
  while (n > 0) {
    ssize_t done = write(w->file, next, n);
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return fail_system(w, "write", errno);
    next += done;
    n -= (size_t)done;
  }
  return CRUCIBLE_OK;
}

/* What is in the plain buffer goes to the file. */
static crucible_status flush(writer *w, int at_end) {
  size_t n = w->n_plain;
  w->n_plain = 0;
  if (!w->gzip)
    return write_file(w, w->plain, n);
  w->zlib.next_in = (unsigned char *)w->plain;
  w->zlib.avail_in = (uInt)n;
  do { /* until zlib leaves room: then it has taken all, or is at its end */
    w->zlib.next_out = w->packed;
    w->zlib.avail_out = PACKED_BUFFER;
    (void)deflate(&w->zlib, at_end ? Z_FINISH : Z_NO_FLUSH);
    CRUCIBLE__TRY(write_file(w, w->packed, PACKED_BUFFER - w->zlib.avail_out));
  } while (w->zlib.avail_out == 0);
  return CRUCIBLE_OK;
}

static void add_time(writer *w, int64_t time_ms, char after) {
  w->n_plain +=
      (size_t)sprintf(w->plain + w->n_plain, "%" PRId64 "%c", time_ms, after);
}

/* NaN: an absent column. */
static void add_number(writer *w, const double *column, size_t i, char after) {
  if (column != NULL)
    w->n_plain += crucible__write_double(column[i], w->plain + w->n_plain);
  w->plain[w->n_plain++] = after;
}

static crucible_status write_rows(writer *w, const crucible_bars *bars) {
  memcpy(w->plain, header, sizeof header - 1);
  w->n_plain = sizeof header - 1;
  for (size_t i = 0; i < bars->n; ++i) {
    if (w->n_plain > PLAIN_BUFFER - ROW_TEXT)
      CRUCIBLE__TRY(flush(w, 0));
    const int64_t t = bars->open_time_ms[i];
    add_time(w, t, ',');
    add_number(w, bars->open, i, ',');
    add_number(w, bars->high, i, ',');
    add_number(w, bars->low, i, ',');
    add_number(w, bars->close, i, ',');
    add_number(w, bars->volume, i, ',');
    add_time(w, t + bars->timeframe_ms - 1, ',');
    add_number(w, bars->quote_volume, i, ',');
    add_number(w, bars->trades, i, ',');
    add_number(w, bars->taker_buy_base, i, ',');
    w->plain[w->n_plain++] = '\n'; /* taker_buy_quote is not kept */
  }
  return flush(w, 1);
}

/* A name beside the wanted one that nothing has, so that nothing is lost. */
static crucible_status open_temporary(writer *w) {
  struct stat there;
  if (stat(w->path, &there) == 0 && !S_ISREG(there.st_mode))
    return fail_system(w, "replace what is no regular file",
                       S_ISDIR(there.st_mode) ? EISDIR : EINVAL);
  size_t size = strlen(w->path) + 16;
  w->temporary = crucible__alloc(size, 1);
  if (w->temporary == NULL)
    return CRUCIBLE_E_NOMEM;
  for (int i = 0; i < NAMES_TRIED; ++i) {
    (void)snprintf(w->temporary, size, "%s.tmp%d", w->path, i);
    w->file = open(w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    w->is_there = w->file >= 0;
    if (w->is_there)
      return CRUCIBLE_OK;
    if (errno != EEXIST)
      return fail_system(w, "create a file beside it", errno);
  }
  return fail_system(w, "find a free name beside it (remove the *.tmp files)",
                     EEXIST);
}

static crucible_status start_gzip(writer *w) {
  size_t n = strlen(w->path);
  if (n < 3 || strcmp(w->path + n - 3, ".gz") != 0)
    return CRUCIBLE_OK;
  w->zlib.zalloc = crucible__zlib_alloc;
  w->zlib.zfree = crucible__zlib_free;
  if (deflateInit2(&w->zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_ONLY,
                   MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
    return crucible__fail(CRUCIBLE_E_NOMEM, "no memory for zlib");
  w->gzip = 1;
  return CRUCIBLE_OK;
}

static crucible_status write_all(writer *w, const crucible_bars *bars) {
  CRUCIBLE__TRY(start_gzip(w));
  CRUCIBLE__TRY(open_temporary(w));
  CRUCIBLE__TRY(write_rows(w, bars));
  if (fsync(w->file) != 0)
    return fail_system(w, "bring it to the disk", errno);
  int closed = close(w->file);
  w->file = -1;
  if (closed != 0)
    return fail_system(w, "close it", errno);
  if (rename(w->temporary, w->path) != 0)
    return fail_system(w, "rename the finished file", errno);
  w->is_there = 0;
  return CRUCIBLE_OK;
}

static void clean_up(writer *w) {
  if (w->gzip)
    (void)deflateEnd(&w->zlib);
  if (w->file >= 0)
    (void)close(w->file);
  if (w->is_there)
    (void)unlink(w->temporary);
  crucible__free(w->temporary);
  crucible__free(w);
}

crucible_status crucible_bars_write_csv(const crucible_bars *bars,
                                        const char *path) {
  crucible_bars view;
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &view));
  if (path == NULL || *path == '\0')
    return crucible__fail(CRUCIBLE_E_INVALID, "path is %s: name a file",
                          path == NULL ? "NULL" : "empty");
  CRUCIBLE__TRY(crucible_bars_validate(&view));
  writer *w = crucible__alloc_zero(1, sizeof *w);
  if (w == NULL)
    return CRUCIBLE_E_NOMEM;
  w->path = path;
  w->file = -1;
  crucible_status status = write_all(w, &view);
  clean_up(w);
  return status;
}
