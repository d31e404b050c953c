/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading of Universal Binary JSON (draft 12), as XGBoost writes it: a cursor
 * over bytes that may be damaged. Every function returns 0 when the bytes end
 * or make no sense; nothing is read outside of them and nothing allocated.
 */
#ifndef CRUCIBLE__UBJSON_H
#define CRUCIBLE__UBJSON_H

#include <stddef.h>
#include <stdint.h>

typedef struct crucible__ubj {
  const uint8_t *at;  /* the next byte */
  const uint8_t *end; /* one past the last */
} crucible__ubj;

/* An array of numbers of one type, lent from the bytes. */
typedef struct crucible__ubj_array {
  const uint8_t *data;
  size_t n;
  uint8_t type; /* marker of the elements */
} crucible__ubj_array;

/* A text, lent; it has no closing zero. */
typedef struct crucible__ubj_text {
  const char *data;
  size_t n;
} crucible__ubj_text;

/* Steps into the object that stands at the cursor. */
int crucible__ubj_enter_object(crucible__ubj *u);

/* The next key, the cursor then stands at its value; *has = 0 at the object's
   end, which is passed. */
int crucible__ubj_next_key(crucible__ubj *u, crucible__ubj_text *key, int *has);

/* Steps into the array that stands at the cursor and tells how many values of
   any kind follow. Arrays of one type have to be read as a whole. */
int crucible__ubj_enter_array(crucible__ubj *u, size_t *n);

/* Passes the value at the cursor. */
int crucible__ubj_skip(crucible__ubj *u);

/* Steps into the object at the cursor and on to the value of a key. */
int crucible__ubj_find(crucible__ubj *u, const char *key);

int crucible__ubj_read_text(crucible__ubj *u, crucible__ubj_text *text);
int crucible__ubj_read_array(crucible__ubj *u, crucible__ubj_array *array);

int crucible__ubj_text_is(const crucible__ubj_text *text, const char *s);

/* Element i < n; whole types and reals alike (a whole type beyond 2^24 is not
   exact as float: ask for it as int64). */
float crucible__ubj_float(const crucible__ubj_array *array, size_t i);
/* 0 where the type is not whole. */
int64_t crucible__ubj_int64(const crucible__ubj_array *array, size_t i);
int crucible__ubj_is_whole(const crucible__ubj_array *array);

#endif
