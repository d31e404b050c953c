/* SPDX-License-Identifier: Apache-2.0 */
/* Our reader of JSON beside cJSON's own, as an independent reference. */
#ifndef TESTS_SUPPORT_JSON_REFERENCE_H
#define TESTS_SUPPORT_JSON_REFERENCE_H

#include <stddef.h>

#include "base/json.h"

/*
 * 1 if cJSON reads [text, text + n) as the same values in the same order. For
 * texts without comments; numbers of more than 60 characters, of which cJSON
 * reads the first 63 only, count as the same.
 */
int json_same_as_cjson(const crucible__json *json, const char *text, size_t n);

/* Appends the value as JSON text, by the writing functions of json.h. */
void json_write(crucible__text *text, const crucible__json_at *at);

/* 1 if two documents have the same values in the same order. */
int json_same(const crucible__json *a, const crucible__json *b);

#endif
