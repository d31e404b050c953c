/* SPDX-License-Identifier: Apache-2.0 */
#include "run_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void text_free(run_text *text) {
  free(text->data);
  *text = (run_text){0};
}

static int make_room(run_text *text, size_t n) {
  if (text->failed || n > SIZE_MAX / 4 - text->length) {
    text->failed = 1;
    return 0;
  }
  size_t needed = text->length + n + 1;
  if (needed <= text->capacity)
    return 1;
  size_t capacity = text->capacity < 128 ? 256 : 2 * text->capacity;
  if (capacity < needed)
    capacity = needed;
  char *data = realloc(text->data, capacity);
  if (data == NULL) {
    text->failed = 1;
    return 0;
  }
  text->data = data;
  text->capacity = capacity;
  return 1;
}

void text_add_bytes(run_text *text, const char *bytes, size_t n) {
  if (!make_room(text, n))
    return;
  memcpy(text->data + text->length, bytes, n);
  text->length += n;
  text->data[text->length] = 0;
}

void text_add(run_text *text, const char *added) {
  text_add_bytes(text, added, strlen(added));
}

void text_addf(run_text *text, const char *format, ...) {
  char local[256];
  va_list list;
  va_start(list, format);
  int n = vsnprintf(local, sizeof local, format, list);
  va_end(list);
  if (n < 0) {
    text->failed = 1;
    return;
  }
  if ((size_t)n < sizeof local) {
    text_add_bytes(text, local, (size_t)n);
    return;
  }
  if (!make_room(text, (size_t)n))
    return;
  va_start(list, format);
  (void)vsnprintf(text->data + text->length, (size_t)n + 1, format, list);
  va_end(list);
  text->length += (size_t)n;
}

void text_add_html(run_text *text, const char *added) {
  for (const char *c = added; *c != 0; ++c)
    switch (*c) {
    case '&':
      text_add(text, "&amp;");
      break;
    case '<':
      text_add(text, "&lt;");
      break;
    case '>':
      text_add(text, "&gt;");
      break;
    case '"':
      text_add(text, "&quot;");
      break;
    default:
      text_add_bytes(text, c, 1);
    }
}

/* Digits in groups of three with commas; plain text of a number goes in. */
static figure grouped(const char *plain) {
  figure out = {""};
  size_t from = plain[0] == '-' || plain[0] == '+';
  size_t whole = strcspn(plain + from, ".");
  size_t at = 0;
  for (size_t i = 0; plain[i] != 0 && at + 2 < sizeof out.text; ++i) {
    if (i > from && i < from + whole && (from + whole - i) % 3 == 0)
      out.text[at++] = ',';
    out.text[at++] = plain[i];
  }
  out.text[at] = 0;
  return out;
}

static figure fixed(double value, int digits, int with_sign,
                    const char *suffix) {
  if (isnan(value))
    return (figure){"-"};
  char plain[40];
  if (fabs(value) >= 1e15 || isinf(value)) {
    figure out;
    (void)snprintf(out.text, sizeof out.text, "%.3g%s", value, suffix);
    return out;
  }
  (void)snprintf(plain, sizeof plain, "%.*f", digits, value);
  if (plain[0] == '-' && strspn(plain + 1, "0.") == strlen(plain + 1))
    memmove(plain, plain + 1, strlen(plain)); /* -0.00 */
  else if (with_sign && value > 0 && strspn(plain, "0.") != strlen(plain)) {
    memmove(plain + 1, plain, strlen(plain) + 1);
    plain[0] = '+';
  }
  figure out = grouped(plain);
  strncat(out.text, suffix, sizeof out.text - strlen(out.text) - 1);
  return out;
}

figure figure_money(double amount) { return fixed(amount, 2, 0, ""); }

figure figure_signed_money(double amount) { return fixed(amount, 2, 1, ""); }

figure figure_percent(double fraction) {
  return fixed(100 * fraction, 2, 0, " %");
}

figure figure_signed_percent(double fraction) {
  return fixed(100 * fraction, 2, 1, " %");
}

figure figure_number(double value, int digits) {
  return fixed(value, digits, 0, "");
}

figure figure_in_units(double value, double unit) {
  int digits = 0;
  double scaled = unit;
  while (digits < 12 && fabs(scaled - floor(scaled + 0.5)) > 1e-9 * scaled) {
    scaled *= 10;
    ++digits;
  }
  return fixed(value, unit > 0 ? digits : 8, 0, "");
}

figure figure_count(uint64_t count) {
  char plain[24];
  (void)snprintf(plain, sizeof plain, "%" PRIu64, count);
  return grouped(plain);
}

figure figure_time(int64_t time_ms) {
  figure out = {"-"};
  int64_t seconds = time_ms / 1000;
  if (time_ms % 1000 < 0)
    --seconds;
  time_t moment = (time_t)seconds;
  struct tm parts;
  if (gmtime_r(&moment, &parts) != NULL)
    (void)strftime(out.text, sizeof out.text, "%Y-%m-%d %H:%M", &parts);
  return out;
}

figure figure_timeframe(int64_t timeframe_ms) {
  static const struct {
    int64_t ms;
    char letter;
  } units[] = {{604800000, 'w'},
               {86400000, 'd'},
               {3600000, 'h'},
               {60000, 'm'},
               {1000, 's'}};
  figure out;
  for (size_t i = 0; i < sizeof units / sizeof units[0]; ++i)
    if (timeframe_ms >= units[i].ms && timeframe_ms % units[i].ms == 0) {
      (void)snprintf(out.text, sizeof out.text, "%" PRId64 "%c",
                     timeframe_ms / units[i].ms, units[i].letter);
      return out;
    }
  (void)snprintf(out.text, sizeof out.text, "%" PRId64 "ms", timeframe_ms);
  return out;
}

figure figure_duration(double seconds) {
  figure out;
  if (!(seconds >= 0) || seconds > 1e9)
    return (figure){"-"};
  uint64_t whole = (uint64_t)(seconds + 0.5);
  if (whole < 60)
    (void)snprintf(out.text, sizeof out.text, "%" PRIu64 " s", whole);
  else if (whole < 3600)
    (void)snprintf(out.text, sizeof out.text, "%" PRIu64 " min %" PRIu64 " s",
                   whole / 60, whole % 60);
  else if (whole < 86400)
    (void)snprintf(out.text, sizeof out.text, "%" PRIu64 " h %" PRIu64 " min",
                   whole / 3600, whole % 3600 / 60);
  else
    (void)snprintf(out.text, sizeof out.text, "%" PRIu64 " d %" PRIu64 " h",
                   whole / 86400, whole % 86400 / 3600);
  return out;
}

int64_t cents_of(double amount) {
  char plain[64];
  if (!(fabs(amount) < 1e15))
    return 0;
  /* by way of the text, so that it is what figure_money() prints */
  (void)snprintf(plain, sizeof plain, "%.2f", amount);
  char *point = strchr(plain, '.');
  point[0] = point[1];
  point[1] = point[2];
  point[2] = 0;
  return strtoll(plain, NULL, 10);
}

int64_t days_of_date(int64_t year, int month, int day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  int64_t of_era = year - era * 400;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
         719468;
}
