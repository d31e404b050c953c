/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: into a file beside the wanted one, which takes its place when all
   of it is on the disk. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <crucible/series.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/new_file.h"
#include "base/numtext.h"
#include "series/bars.h"
#include "series/zlib_alloc.h"

enum {
  PLAIN_BUFFER = 1 << 16,
  PACKED_BUFFER = 1 << 14,
  ROW_TEXT = 11 * CRUCIBLE__DOUBLE_TEXT, /* the longest row fits */
  GZIP_ONLY = 16 + MAX_WBITS,
  MEMORY_LEVEL = 8 /* zlib's default */
};

static const char header[] =
    "open_time,open,high,low,close,volume,close_time,quote_volume,trades,"
    "taker_buy_base,taker_buy_quote\n";

typedef struct writer {
  const char *path;
  crucible__new_file file;
  int gzip; /* zlib's state is set up */
  z_stream zlib;
  size_t n_plain;
  char plain[PLAIN_BUFFER];
  unsigned char packed[PACKED_BUFFER];
} writer;

/* What is in the plain buffer goes to the file. */
static crucible_status flush(writer *w, int at_end) {
  size_t n = w->n_plain;
  w->n_plain = 0;
  if (!w->gzip)
    return crucible__new_file_write(&w->file, w->plain, n);
  w->zlib.next_in = (unsigned char *)w->plain;
  w->zlib.avail_in = (uInt)n;
  do { /* until zlib leaves room: then it has taken all, or is at its end */
    w->zlib.next_out = w->packed;
    w->zlib.avail_out = PACKED_BUFFER;
    (void)deflate(&w->zlib, at_end ? Z_FINISH : Z_NO_FLUSH);
    CRUCIBLE__TRY(crucible__new_file_write(&w->file, w->packed,
                                           PACKED_BUFFER - w->zlib.avail_out));
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
  CRUCIBLE__TRY(crucible__new_file_open(&w->file, w->path));
  CRUCIBLE__TRY(write_rows(w, bars));
  return crucible__new_file_keep(&w->file);
}

static void clean_up(writer *w) {
  if (w->gzip)
    (void)deflateEnd(&w->zlib);
  crucible__new_file_close(&w->file);
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
  crucible_status status = write_all(w, &view);
  clean_up(w);
  return status;
}
