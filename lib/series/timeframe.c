/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <crucible/series.h>

#include "base/base_status.h"
#include "base/numtext.h"
#include "series/bar_rules.h"

static int64_t unit_ms(char unit) {
  switch (unit) {
  case 's':
    return 1000;
  case 'm':
    return 60000;
  case 'h':
    return 3600000;
  case 'd':
    return 86400000;
  case 'w':
    return 604800000;
  default:
    return 0;
  }
}

crucible_status crucible_timeframe_parse(const char *text,
                                         int64_t *timeframe_ms) {
  if (text == NULL || timeframe_ms == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          text == NULL ? "text" : "timeframe_ms");
  const char *end = text + strlen(text);
  int64_t count = 0;
  const char *unit = crucible__read_int64(text, end, &count);
  int64_t ms = unit != NULL && unit + 1 == end ? unit_ms(*unit) : 0;
  /* a sign is not part of the form */
  if (ms == 0 || *text < '0' || *text > '9' || count < 1 ||
      count > CRUCIBLE__TIMEFRAME_MAX / ms)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "timeframe \"%.40s\": give a whole number above 0 "
                          "and one of s, m, h, d, w, such as 5m",
                          text);
  *timeframe_ms = count * ms;
  return CRUCIBLE_OK;
}
