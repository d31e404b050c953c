/* SPDX-License-Identifier: Apache-2.0 */
/* UTC times as ISO 8601 text, by the proleptic Gregorian calendar. */
#include <stdio.h>

#include "base/numtext.h"

enum {
  DAY_MS = 86400000,
  HOUR_MS = 3600000,
  MINUTE_MS = 60000,
  SECOND_MS = 1000,
  ERA_DAYS = 146097,   /* 400 years */
  EPOCH_DAYS = 719468, /* from 0000-03-01 to 1970-01-01 */
  OFFSET_HOURS = 14    /* the largest in use */
};

typedef struct date {
  int64_t year;
  int month, day;
} date;

/* Both ways after H. Hinnant, "chrono-compatible low-level date algorithms":
   years begin in March, so that the leap day is the last. */
static date date_of(int64_t days) {
  days += EPOCH_DAYS;
  int64_t era = (days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS;
  int in_era = (int)(days - era * ERA_DAYS);
  int year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
  int in_year = in_era - (365 * year + year / 4 - year / 100);
  int shifted = (5 * in_year + 2) / 153;
  date d = {year + era * 400, shifted < 10 ? shifted + 3 : shifted - 9,
            in_year - (153 * shifted + 2) / 5 + 1};
  d.year += d.month <= 2;
  return d;
}

static int64_t days_of(date d) {
  int64_t y = d.year - (d.month <= 2);
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  int in_era = (int)(y - era * 400);
  int shifted = d.month > 2 ? d.month - 3 : d.month + 9;
  int in_year = (153 * shifted + 2) / 5 + d.day - 1;
  return era * ERA_DAYS + in_era * 365 + in_era / 4 - in_era / 100 + in_year -
         EPOCH_DAYS;
}

static int days_in_month(int64_t year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[month - 1] + (month == 2 && leap);
}

size_t crucible__write_time(int64_t time_ms, char text[CRUCIBLE__TIME_TEXT]) {
  int64_t days = time_ms / DAY_MS;
  int ms = (int)(time_ms % DAY_MS);
  if (ms < 0) {
    ms += DAY_MS;
    --days;
  }
  date d = date_of(days);
  int n = snprintf(text, CRUCIBLE__TIME_TEXT,
                   "%s%04lld-%02d-%02dT%02d:%02d:%02d", d.year < 0 ? "-" : "",
                   (long long)(d.year < 0 ? -d.year : d.year), d.month, d.day,
                   ms / HOUR_MS, ms / MINUTE_MS % 60, ms / SECOND_MS % 60);
  size_t room = CRUCIBLE__TIME_TEXT - (size_t)n;
  if (ms % SECOND_MS != 0)
    n += snprintf(text + n, room, ".%03dZ", ms % SECOND_MS);
  else
    n += snprintf(text + n, room, "Z");
  return (size_t)n;
}

/* Exactly n digits at *p, moving it on; -1 if they are not there. */
static int take(const char **p, const char *end, int n) {
  if (end - *p < n)
    return -1;
  int value = 0;
  for (int i = 0; i < n; ++i) {
    unsigned digit = (unsigned char)((*p)[i] - '0');
    if (digit > 9)
      return -1;
    value = value * 10 + (int)digit;
  }
  *p += n;
  return value;
}

static int take_char(const char **p, const char *end, char c) {
  if (*p == end || **p != c)
    return 0;
  ++*p;
  return 1;
}

static int take_date(const char **p, const char *end, date *d) {
  d->year = take(p, end, 4);
  if (d->year < 0 || !take_char(p, end, '-'))
    return 0;
  d->month = take(p, end, 2);
  if (d->month < 1 || d->month > 12 || !take_char(p, end, '-'))
    return 0;
  d->day = take(p, end, 2);
  return d->day >= 1 && d->day <= days_in_month(d->year, d->month);
}

/* A fraction of a second after its point, what is below 1 ms cut off. */
static int take_fraction(const char **p, const char *end) {
  int ms = 0, unit = 100;
  for (; *p < end && (unsigned char)(**p - '0') < 10; ++*p, unit /= 10)
    ms += (**p - '0') * unit;
  return ms;
}

/* hh:mm[:ss[.fraction]] in ms of the day, or -1. */
static int64_t take_clock(const char **p, const char *end) {
  int hour = take(p, end, 2);
  if (hour < 0 || hour > 23 || !take_char(p, end, ':'))
    return -1;
  int minute = take(p, end, 2);
  if (minute < 0 || minute > 59)
    return -1;
  int64_t ms = (int64_t)hour * HOUR_MS + (int64_t)minute * MINUTE_MS;
  if (!take_char(p, end, ':'))
    return ms;
  int second = take(p, end, 2);
  if (second < 0 || second > 59)
    return -1;
  ms += (int64_t)second * SECOND_MS;
  if (end - *p >= 2 && **p == '.' && (unsigned char)((*p)[1] - '0') < 10) {
    ++*p;
    ms += take_fraction(p, end);
  }
  return ms;
}

/* Z, +hh, +hhmm, +hh:mm or nothing: what local time is ahead of UTC. */
static int take_offset(const char **p, const char *end, int64_t *offset_ms) {
  *offset_ms = 0;
  if (take_char(p, end, 'Z') || *p == end || (**p != '+' && **p != '-'))
    return 1;
  int sign = **p == '-' ? -1 : 1;
  ++*p;
  int hour = take(p, end, 2), minute = 0;
  if (hour < 0 || hour > OFFSET_HOURS)
    return 0;
  const char *before = *p;
  int colon = take_char(p, end, ':');
  if (colon || (*p < end && (unsigned char)(**p - '0') < 10))
    minute = take(p, end, 2);
  else
    *p = before;
  if (minute < 0 || minute > 59)
    return 0;
  *offset_ms = sign * ((int64_t)hour * HOUR_MS + (int64_t)minute * MINUTE_MS);
  return 1;
}

const char *crucible__read_time(const char *text, const char *end,
                                int64_t *time_ms) {
  const char *p = text;
  date d;
  if (!take_date(&p, end, &d))
    return NULL;
  int64_t clock = 0, offset = 0;
  const char *after_date = p;
  if (take_char(&p, end, 'T') || take_char(&p, end, ' ')) {
    int digit_follows = p < end && (unsigned char)(*p - '0') < 10;
    if (!digit_follows) {
      p = after_date; /* a date and then something else */
    } else {
      clock = take_clock(&p, end);
      if (clock < 0 || !take_offset(&p, end, &offset))
        return NULL;
    }
  }
  *time_ms = days_of(d) * DAY_MS + clock - offset;
  return p;
}
