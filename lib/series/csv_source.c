/* SPDX-License-Identifier: Apache-2.0 */
#include "series/csv_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/base_status.h"
#include "series/zlib_alloc.h"

enum { GZIP_ONLY = 16 + MAX_WBITS, GZIP_MAGIC_1 = 0x1f, GZIP_MAGIC_2 = 0x8b };

static crucible_status fail_system(const crucible__csv_source *source,
                                   const char *what, int error) {
  char text[128] = "unknown error";
  (void)strerror_r(error, text, sizeof text);
  return crucible__fail(CRUCIBLE_E_IO, "%s: cannot %s: %s", source->name, what,
                        text);
}

/* As stored, straight from the file or memory. */
static crucible_status read_stored(crucible__csv_source *source, void *bytes,
                                   size_t capacity, size_t *n) {
  if (source->file < 0) {
    *n = source->memory_left < capacity ? source->memory_left : capacity;
    if (*n > 0)
      memcpy(bytes, source->memory, *n);
    source->memory += *n;
    source->memory_left -= *n;
  } else {
    ssize_t got;
    do
      got = read(source->file, bytes, capacity);
    while (got < 0 && errno == EINTR);
    if (got < 0)
      return fail_system(source, "read", errno);
    *n = (size_t)got;
  }
  source->n_raw += *n;
  return CRUCIBLE_OK;
}

/* At least `need` bytes in the raw buffer, unless the end comes before. */
static crucible_status fill_raw(crucible__csv_source *source, size_t need) {
  size_t held = source->raw_end - source->raw_begin;
  if (held >= need)
    return CRUCIBLE_OK;
  memmove(source->raw, source->raw + source->raw_begin, held);
  source->raw_begin = 0;
  source->raw_end = held;
  while (source->raw_end < need) {
    size_t n;
    CRUCIBLE__TRY(read_stored(source, source->raw + source->raw_end,
                              CRUCIBLE__SOURCE_CHUNK - source->raw_end, &n));
    if (n == 0)
      break;
    source->raw_end += n;
  }
  return CRUCIBLE_OK;
}

/* Looks at the first bytes: gzip, or something that is no CSV at all. */
static crucible_status recognise(crucible__csv_source *source) {
  CRUCIBLE__TRY(fill_raw(source, 4));
  const unsigned char *b = source->raw;
  size_t n = source->raw_end;
  if (n >= 4 && memcmp(b, "PK\3\4", 4) == 0)
    return crucible__fail(CRUCIBLE_E_IO,
                          "%s: is a zip archive: unpack it, or pack the CSV as "
                          "gzip",
                          source->name);
  if (n >= 2 &&
      ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff)))
    return crucible__fail(CRUCIBLE_E_IO,
                          "%s: is UTF-16 text: save it as UTF-8 or ASCII",
                          source->name);
  if (n < 2 || b[0] != GZIP_MAGIC_1 || b[1] != GZIP_MAGIC_2)
    return CRUCIBLE_OK;
  source->zlib.zalloc = crucible__zlib_alloc;
  source->zlib.zfree = crucible__zlib_free;
  if (inflateInit2(&source->zlib, GZIP_ONLY) != Z_OK)
    return crucible__fail(CRUCIBLE_E_NOMEM, "%s: no memory for zlib",
                          source->name);
  source->gzip = 1;
  source->in_member = 1;
  return CRUCIBLE_OK;
}

static crucible_status start(crucible__csv_source *source) {
  source->raw = crucible__alloc(CRUCIBLE__SOURCE_CHUNK, 1);
  crucible_status status =
      source->raw != NULL ? recognise(source) : CRUCIBLE_E_NOMEM;
  if (status != CRUCIBLE_OK)
    crucible__csv_source_close(source);
  return status;
}

crucible_status crucible__csv_source_open(crucible__csv_source *source,
                                          const char *path, const char *name) {
  *source = (crucible__csv_source){.name = name};
  source->file = open(path, O_RDONLY | O_CLOEXEC);
  if (source->file < 0)
    return fail_system(source, "open", errno);
  return start(source);
}

crucible_status crucible__csv_source_from(crucible__csv_source *source,
                                          const char *bytes, size_t n_bytes,
                                          const char *name) {
  *source = (crucible__csv_source){.name = name,
                                   .file = -1,
                                   .memory = (const unsigned char *)bytes,
                                   .memory_left = n_bytes};
  return start(source);
}

void crucible__csv_source_close(crucible__csv_source *source) {
  if (source->gzip)
    (void)inflateEnd(&source->zlib);
  source->gzip = 0;
  if (source->file >= 0)
    (void)close(source->file);
  source->file = -1;
  crucible__free(source->raw);
  source->raw = NULL;
}

static crucible_status fail_gzip(const crucible__csv_source *source,
                                 const char *what) {
  unsigned long long at = source->n_raw - source->zlib.avail_in;
  return crucible__fail(CRUCIBLE_E_IO,
                        "%s: the gzip stream is damaged at byte %llu (%s): "
                        "fetch the file again",
                        source->name, at, what);
}

/* Before a member, or before the end, after one that was whole. */
static crucible_status next_member(crucible__csv_source *source, int *more) {
  CRUCIBLE__TRY(fill_raw(source, 2));
  size_t held = source->raw_end - source->raw_begin;
  const unsigned char *b = source->raw + source->raw_begin;
  *more = held > 0;
  if (held == 0)
    return CRUCIBLE_OK;
  if (held < 2 || b[0] != GZIP_MAGIC_1 || b[1] != GZIP_MAGIC_2)
    return crucible__fail(CRUCIBLE_E_IO,
                          "%s: something that is not gzip follows the gzip "
                          "stream, which ends at byte %llu: fetch the file "
                          "again",
                          source->name,
                          (unsigned long long)(source->n_raw - held));
  if (inflateReset(&source->zlib) != Z_OK)
    return fail_gzip(source, "zlib cannot go on");
  source->in_member = 1;
  return CRUCIBLE_OK;
}

static crucible_status inflate_some(crucible__csv_source *source) {
  z_stream *z = &source->zlib;
  CRUCIBLE__TRY(fill_raw(source, 1));
  z->next_in = source->raw + source->raw_begin;
  z->avail_in = (uInt)(source->raw_end - source->raw_begin);
  if (z->avail_in == 0)
    return crucible__fail(CRUCIBLE_E_IO,
                          "%s: the gzip stream is cut off after byte %llu: "
                          "fetch the file again",
                          source->name, (unsigned long long)source->n_raw);
  int result = inflate(z, Z_NO_FLUSH);
  source->raw_begin = source->raw_end - z->avail_in;
  if (result == Z_STREAM_END)
    source->in_member = 0;
  else if (result == Z_MEM_ERROR)
    return crucible__fail(CRUCIBLE_E_NOMEM, "%s: no memory for zlib",
                          source->name);
  else if (result != Z_OK && result != Z_BUF_ERROR)
    return fail_gzip(source, z->msg != NULL ? z->msg : "unknown to zlib");
  return CRUCIBLE_OK;
}

static crucible_status read_gzip(crucible__csv_source *source, char *bytes,
                                 size_t capacity, size_t *n) {
  const uInt room = capacity < UINT32_MAX ? (uInt)capacity : UINT32_MAX;
  source->zlib.next_out = (unsigned char *)bytes;
  source->zlib.avail_out = room;
  while (source->zlib.avail_out > 0) {
    int more = 1;
    if (!source->in_member)
      CRUCIBLE__TRY(next_member(source, &more));
    if (!more)
      break;
    CRUCIBLE__TRY(inflate_some(source));
  }
  *n = room - source->zlib.avail_out;
  return CRUCIBLE_OK;
}

crucible_status crucible__csv_source_read(crucible__csv_source *source,
                                          char *bytes, size_t capacity,
                                          size_t *n) {
  if (source->gzip)
    return read_gzip(source, bytes, capacity, n);
  size_t held = source->raw_end - source->raw_begin;
  if (held == 0)
    return read_stored(source, bytes, capacity, n);
  *n = held < capacity ? held : capacity;
  memcpy(bytes, source->raw + source->raw_begin, *n);
  source->raw_begin += *n;
  return CRUCIBLE_OK;
}
