/* SPDX-License-Identifier: Apache-2.0 */
/* A history of funding rates from a CSV file. */
#include <ctype.h>
#include <string.h>

#include <crucible/costs.h>
#include <crucible/series.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "costs/funding.h"
#include "series/csv_field.h"
#include "series/csv_source.h"

enum { FIELDS_MOST = 64, WORD_MOST = 32 };

static const char *const TIME_NAMES[] = {"time", "calctime", "fundingtime",
                                         "timestamp", "fundingratetimestamp"};
static const char *const RATE_NAMES[] = {"rate", "fundingrate",
                                         "lastfundingrate", "realizedrate"};

/* The file, its place, and which of its fields are the two. */
typedef struct reader {
  const char *path;
  char *bytes; /* [n_bytes] with a line end behind */
  size_t n_bytes, capacity;
  const char *line;
  uint64_t line_number;
  size_t time_field, rate_field;
  int64_t time_ms[2]; /* of the row before and of this one */
  double rate[2];
} reader;

static crucible_status fail_here(const reader *r, crucible_status status,
                                 const char *place) {
  return crucible__fail_at(status, "%s:%llu:%zu", r->path,
                           (unsigned long long)r->line_number,
                           (size_t)(place - r->line) + 1);
}

static crucible_status read_all(reader *r) {
  crucible__csv_source source;
  CRUCIBLE__TRY(crucible__csv_source_open(&source, r->path, r->path));
  crucible_status status;
  size_t n = 0;
  do {
    status = crucible__grow((void **)&r->bytes, &r->capacity,
                            r->n_bytes + CRUCIBLE__SOURCE_CHUNK + 1, 1);
    if (status == CRUCIBLE_OK)
      status = crucible__csv_source_read(&source, r->bytes + r->n_bytes,
                                         CRUCIBLE__SOURCE_CHUNK, &n);
    if (status == CRUCIBLE_OK)
      r->n_bytes += n;
  } while (status == CRUCIBLE_OK && n > 0);
  crucible__csv_source_close(&source);
  if (status == CRUCIBLE_OK)
    r->bytes[r->n_bytes] = '\n';
  return status;
}

/* Cuts the line into fields; *n is their number. */
static crucible_status
cut_line(const reader *r, crucible__csv_field field[FIELDS_MOST], size_t *n) {
  const char *at = r->line;
  for (*n = 0; *n < FIELDS_MOST;) {
    crucible__csv_field *f = &field[(*n)++];
    *f = crucible__csv_cut(at, ',');
    if (f->fault != NULL) {
      (void)crucible__fail(CRUCIBLE_E_DATA, "%s", f->fault);
      return fail_here(r, CRUCIBLE_E_DATA, at);
    }
    if (crucible__csv_line_end(f->next) != NULL)
      return CRUCIBLE_OK;
    at = f->next + 1;
  }
  (void)crucible__fail(CRUCIBLE_E_DATA,
                       "the line has more than %d fields: this is no history "
                       "of funding rates",
                       FIELDS_MOST);
  return fail_here(r, CRUCIBLE_E_DATA, r->line);
}

/* Letters alone and small, so that funding_rate and fundingRate are one. */
static int is_one_of(const crucible__csv_field *field, const char *const *names,
                     size_t n_names) {
  char word[WORD_MOST + 1];
  size_t n = 0;
  for (const char *p = field->begin; p < field->end; ++p)
    if (isalpha((unsigned char)*p)) {
      if (n == WORD_MOST)
        return 0;
      word[n++] = (char)tolower((unsigned char)*p);
    }
  word[n] = 0;
  for (size_t i = 0; i < n_names; ++i)
    if (strcmp(word, names[i]) == 0)
      return 1;
  return 0;
}

/* Which fields are the two, from the first line; *is_header: it has no rate. */
static crucible_status learn(reader *r, int *is_header) {
  crucible__csv_field field[FIELDS_MOST];
  size_t n = 0;
  int64_t time_ms;
  CRUCIBLE__TRY(cut_line(r, field, &n));
  *is_header =
      crucible__csv_time(&field[0], CRUCIBLE_TIME_AUTO, &time_ms) != NULL;
  r->time_field = r->rate_field = FIELDS_MOST;
  for (size_t i = 0; *is_header && i < n; ++i) {
    if (is_one_of(&field[i], TIME_NAMES,
                  sizeof TIME_NAMES / sizeof *TIME_NAMES))
      r->time_field = i;
    if (is_one_of(&field[i], RATE_NAMES,
                  sizeof RATE_NAMES / sizeof *RATE_NAMES))
      r->rate_field = i;
  }
  if (!*is_header && n == 2) {
    r->time_field = 0;
    r->rate_field = 1;
  }
  if (r->time_field < FIELDS_MOST && r->rate_field < FIELDS_MOST)
    return CRUCIBLE_OK;
  (void)crucible__fail(CRUCIBLE_E_DATA,
                       "a header with a column \"time\" (or calc_time, "
                       "funding_time, timestamp) and a column \"rate\" (or "
                       "funding_rate, last_funding_rate) is needed, unless "
                       "there are just these two");
  return fail_here(r, CRUCIBLE_E_DATA, r->line);
}

/* The row at the line as time_ms[1] and rate[1]. */
static crucible_status read_row(reader *r) {
  crucible__csv_field field[FIELDS_MOST];
  size_t n = 0;
  CRUCIBLE__TRY(cut_line(r, field, &n));
  size_t last = r->time_field > r->rate_field ? r->time_field : r->rate_field;
  if (n <= last) {
    (void)crucible__fail(CRUCIBLE_E_DATA,
                         "the row has %zu fields and lacks number %zu", n,
                         last + 1);
    return fail_here(r, CRUCIBLE_E_DATA, r->line);
  }
  const crucible__csv_field *time = &field[r->time_field];
  const crucible__csv_field *rate = &field[r->rate_field];
  const char *fault =
      crucible__csv_time(time, CRUCIBLE_TIME_AUTO, &r->time_ms[1]);
  const crucible__csv_field *at = time;
  if (fault == NULL) {
    fault = crucible__csv_number(rate, &r->rate[1]);
    at = rate;
  }
  if (fault == NULL)
    return CRUCIBLE_OK;
  (void)crucible__fail(
      CRUCIBLE_E_DATA, "%s \"%.*s\" %s", at == time ? "time" : "rate",
      (int)(at->end - at->begin > 40 ? 40 : at->end - at->begin), at->begin,
      fault);
  return fail_here(r, CRUCIBLE_E_DATA, at->begin);
}

/* Every row in turn; the first capacity of them are kept. */
static crucible_status read_rows(reader *r, int64_t *time_ms, double *rate,
                                 size_t capacity, size_t *n) {
  const char *end = r->bytes + r->n_bytes;
  int is_learned = 0, is_header = 0;
  size_t count = 0;
  r->line = r->bytes;
  if (r->n_bytes >= 3 && memcmp(r->bytes, "\xef\xbb\xbf", 3) == 0)
    r->line += 3; /* byte order mark of UTF-8 */
  while (r->line < end) {
    const char *stop = memchr(r->line, '\n', (size_t)(end + 1 - r->line));
    ++r->line_number;
    if (crucible__csv_line_end(r->line) == NULL) {
      if (!is_learned)
        CRUCIBLE__TRY(learn(r, &is_header));
      if (is_learned || !is_header) {
        CRUCIBLE__TRY(read_row(r));
        crucible_status status = crucible__funding_check(
            r->time_ms + (count == 0), r->rate + (count == 0), count > 0);
        if (status != CRUCIBLE_OK)
          return fail_here(r, status, r->line);
        if (count < capacity) {
          time_ms[count] = r->time_ms[1];
          rate[count] = r->rate[1];
        }
        r->time_ms[0] = r->time_ms[1];
        r->rate[0] = r->rate[1];
        ++count;
      }
      is_learned = 1;
    }
    r->line = stop + 1;
  }
  if (count == 0)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT, "%s: there is no rate in it",
                          r->path);
  *n = count;
  return CRUCIBLE_OK;
}

crucible_status crucible_funding_read_csv(const char *path, int64_t *time_ms,
                                          double *rate, size_t capacity,
                                          size_t *n) {
  reader r = {.path = path};
  if (path == NULL || n == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          path == NULL ? "path" : "n");
  if (capacity > 0 && (time_ms == NULL || rate == NULL))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          time_ms == NULL ? "time_ms" : "rate");
  crucible_status status = read_all(&r);
  if (status == CRUCIBLE_OK)
    status = read_rows(&r, time_ms, rate, capacity, n);
  crucible__free(r.bytes);
  return status;
}
