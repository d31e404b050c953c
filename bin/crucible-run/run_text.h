/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that grows, and how figures are written for people: money to the cent,
 * shares in percent with two digits, times in UTC.
 */
#ifndef RUN_TEXT_H
#define RUN_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Zero is an empty text. After a failed allocation it takes nothing more and
   failed is 1: looked at once, at the end. */
typedef struct run_text {
  char *data; /* with a closing zero; NULL while empty */
  size_t length;
  size_t capacity;
  int failed;
} run_text;

void text_free(run_text *text);
void text_add(run_text *text, const char *added);
void text_add_bytes(run_text *text, const char *bytes, size_t n);
void text_addf(run_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* With the characters that HTML and SVG reserve written as entities. */
void text_add_html(run_text *text, const char *added);

/* A short piece of text by value: what one figure needs. */
typedef struct figure {
  char text[48];
} figure;

/* "1,234.56"; "-" for NaN. A negative amount that rounds to nothing has no
   sign. */
figure figure_money(double amount);
/* The same with a sign: "+1.20", "-0.75". */
figure figure_signed_money(double amount);
/* 0.1234 as "12.34 %". */
figure figure_percent(double fraction);
figure figure_signed_percent(double fraction);
figure figure_number(double value, int digits);
/* In as many digits as the unit has: 0.00001 gives "0.00713". */
figure figure_in_units(double value, double unit);
figure figure_count(uint64_t count);
/* "2023-03-20 00:05", UTC. */
figure figure_time(int64_t time_ms);
/* "5m", "1h", "90s". */
figure figure_timeframe(int64_t timeframe_ms);
/* "2 d 3 h", "4 min 10 s": two units at most. */
figure figure_duration(double seconds);

/* Amount in cents, as figure_money() rounds it; for sums that must add up as
   printed. */
int64_t cents_of(double amount);

/* Days since 1970-01-01 of a date of the Gregorian calendar; month from 1. */
int64_t days_of_date(int64_t year, int month, int day);

#endif
