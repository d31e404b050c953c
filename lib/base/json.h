/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON: cJSON's tree, filled by a strict reader (RFC 8259) of our own, with
 * errors that name line, column and path ("a.json:3:14: $.costs.fee_bps: ...")
 * and in our own memory. Comments (slash-slash and slash-star) are allowed on
 * request and a byte order mark always; duplicate keys, zero bytes, invalid
 * UTF-8, numbers beyond a double and more than 128 levels are refused.
 */
#ifndef CRUCIBLE__JSON_H
#define CRUCIBLE__JSON_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

#include "base/internal.h"
#include "base/numtext.h"

typedef struct crucible__json crucible__json; /* a parsed document */

/* A value inside a document, with the way to it; valid while the document is.
   Passed by value inside the library. */
typedef struct crucible__json_at {
  const void *node; /* NULL: absent */
  const crucible__json *document;
  const struct crucible__json_at *parent; /* NULL at the root */
  const char *key;                        /* name in parent, or NULL */
  size_t index;                           /* place in an array parent */
} crucible__json_at;

enum { CRUCIBLE__JSON_COMMENTS = 1 }; /* allow comments */

/* name says what is read in error texts, such as the file's name. E_DATA with
   the place; also E_NOMEM, and E_IO for a file. *json is NULL on failure. */
CRUCIBLE__SHARED crucible_status crucible__json_parse(const char *text,
                                                      size_t length,
                                                      const char *name,
                                                      uint32_t flags,
                                                      crucible__json **json);
CRUCIBLE__SHARED crucible_status crucible__json_read_file(
    const char *path, uint32_t flags, crucible__json **json);
CRUCIBLE__SHARED void crucible__json_free(crucible__json *json);

/* The root value. parent pointers point into the caller's variables: keep a
   parent alive while a child of it is used. */
CRUCIBLE__SHARED crucible__json_at
crucible__json_root(const crucible__json *json);

/* Member of an object, absent if there is none or *at is no object. */
CRUCIBLE__SHARED crucible__json_at
crucible__json_get(const crucible__json_at *at, const char *key);
/* Element of an array; at number index of an object's members with
   crucible__json_member. */
CRUCIBLE__SHARED crucible__json_at
crucible__json_item(const crucible__json_at *at, size_t index);
CRUCIBLE__SHARED crucible__json_at
crucible__json_member(const crucible__json_at *at, size_t index);
/* Elements of an array or members of an object; 0 otherwise. */
CRUCIBLE__SHARED size_t crucible__json_size(const crucible__json_at *at);

CRUCIBLE__SHARED int crucible__json_is_present(const crucible__json_at *at);
CRUCIBLE__SHARED int crucible__json_is_object(const crucible__json_at *at);
CRUCIBLE__SHARED int crucible__json_is_array(const crucible__json_at *at);
CRUCIBLE__SHARED int crucible__json_is_string(const crucible__json_at *at);
CRUCIBLE__SHARED int crucible__json_is_number(const crucible__json_at *at);

/* E_DATA with path, what stands there and what is wanted, unless the value is
   of the kind and within [low, high]; *value is left alone then. An absent
   value is an error too: look with crucible__json_is_present() first if it may
   be. A whole number may be written 1e3; infinite ends are no ends. */
CRUCIBLE__SHARED crucible_status crucible__json_double(
    const crucible__json_at *at, double low, double high, double *value);
CRUCIBLE__SHARED crucible_status crucible__json_int64(
    const crucible__json_at *at, int64_t low, int64_t high, int64_t *value);
CRUCIBLE__SHARED crucible_status
crucible__json_bool(const crucible__json_at *at, int *value);
/* Points into the document. */
CRUCIBLE__SHARED crucible_status
crucible__json_string(const crucible__json_at *at, const char **value);
/* One of n names; *value is its number. */
CRUCIBLE__SHARED crucible_status
crucible__json_choice(const crucible__json_at *at, const char *const *names,
                      size_t n, size_t *value);
CRUCIBLE__SHARED crucible_status
crucible__json_want_object(const crucible__json_at *at);
CRUCIBLE__SHARED crucible_status
crucible__json_want_array(const crucible__json_at *at);

/* E_DATA naming the first key of the object that is not in the list, with the
   nearest known one as a hint. */
CRUCIBLE__SHARED crucible_status crucible__json_only(
    const crucible__json_at *at, const char *const *keys, size_t n);

/* Sets the error "name:line:column: $.path: <text>" and returns E_DATA. */
CRUCIBLE__SHARED crucible_status
crucible__json_fail(const crucible__json_at *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writing: text with the escapes JSON needs, in quotes; a finite double in its
   shortest form (NaN and infinities become null). */
CRUCIBLE__SHARED void crucible__json_add_string(crucible__text *text,
                                                const char *s);
CRUCIBLE__SHARED void crucible__json_add_double(crucible__text *text,
                                                double value);

#endif
