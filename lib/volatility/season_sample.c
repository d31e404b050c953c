/* SPDX-License-Identifier: Apache-2.0 */
/* Which returns a season is estimated from, and how they are scaled. */
#include "volatility/season_sample.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

enum { WEEK = CRUCIBLE__SEASON_WEEK };

int64_t crucible__season_day(int64_t time_ms) {
  const int64_t day = time_ms / CRUCIBLE__SEASON_DAY_MS;
  return day - (time_ms < day * CRUCIBLE__SEASON_DAY_MS);
}

size_t crucible__season_bin(int64_t time_ms, int64_t timeframe_ms) {
  const int64_t day = crucible__season_day(time_ms);
  return (size_t)((time_ms - day * CRUCIBLE__SEASON_DAY_MS) / timeframe_ms);
}

size_t crucible__season_weekday(int64_t day) {
  const int64_t weekday = (day + 3) % WEEK; /* 1970 began on a Thursday */
  return (size_t)(weekday < 0 ? weekday + WEEK : weekday);
}

size_t crucible__season_group(size_t weekday, uint32_t groups) {
  return groups == 1 ? 0 : groups == 2 ? weekday >= 5 : weekday;
}

/* ---- days ---- */

typedef struct day {
  int64_t number;
  size_t begin, end; /* its returns */
  int counts;
  double sum; /* of squares, or of products of neighbours */
  size_t n;   /* terms of sum */
  double scale;
} day;

/* Whether return i is one over a break, or may be one: what was before the
   first is not known. */
static int is_broken(const crucible_season_options *options,
                     const int64_t *open_time_ms, size_t i) {
  return i == 0 || open_time_ms[i] - open_time_ms[i - 1] >=
                       options->timeframe_ms + options->break_ms;
}

static size_t count_days(const int64_t *open_time_ms, size_t n) {
  size_t n_days = 1;
  for (size_t i = 1; i < n; ++i)
    n_days += crucible__season_day(open_time_ms[i]) !=
              crucible__season_day(open_time_ms[i - 1]);
  return n_days;
}

static void list_days(const int64_t *open_time_ms, size_t n, day *days) {
  size_t d = 0;
  days[0] = (day){.number = crucible__season_day(open_time_ms[0])};
  for (size_t i = 0; i < n; ++i) {
    const int64_t number = crucible__season_day(open_time_ms[i]);
    if (number != days[d].number)
      days[++d] = (day){.number = number, .begin = i};
    days[d].end = i + 1;
  }
}

/* Days cut off by the window's ends, or by a venue that was down, would take
   the scale of the hours that they have. */
static uint32_t pick_days(day *days, size_t n_days,
                          crucible__season_sample *sample) {
  size_t fullest[WEEK] = {0};
  uint32_t picked = 0;
  for (size_t d = 0; d < n_days; ++d) {
    const size_t weekday = crucible__season_weekday(days[d].number);
    const size_t n = days[d].end - days[d].begin;
    fullest[weekday] = n > fullest[weekday] ? n : fullest[weekday];
  }
  for (size_t d = 0; d < n_days; ++d) {
    const size_t weekday = crucible__season_weekday(days[d].number);
    days[d].counts = 4 * (days[d].end - days[d].begin) >= 3 * fullest[weekday];
    sample->days[weekday] += (uint32_t)days[d].counts;
    picked += (uint32_t)days[d].counts;
  }
  return picked;
}

typedef struct input {
  const crucible_season_options *options;
  const int64_t *open_time_ms;
  const double *returns;
  double mean;
} input;

static void sum_of_day(const input *in, day *at) {
  const int bipower = in->options->method == CRUCIBLE_SEASON_ROBUST;
  for (size_t i = at->begin; i < at->end; ++i) {
    const double e = in->returns[i] - in->mean;
    if (is_broken(in->options, in->open_time_ms, i) ||
        (bipower &&
         (i == at->begin || is_broken(in->options, in->open_time_ms, i - 1))))
      continue;
    at->sum += bipower ? fabs(e) * fabs(in->returns[i - 1] - in->mean) : e * e;
    ++at->n;
  }
}

/* Seven days hold every weekday once, wherever they begin, so that a scale
   takes nothing of the week's pattern. */
static int scale_days(const input *in, day *days, size_t n_days,
                      crucible__season_sample *sample) {
  int some = 0;
  for (size_t d = 0; d < n_days; ++d)
    if (days[d].counts)
      sum_of_day(in, &days[d]);
  const int64_t first = days[0].number, last = days[n_days - 1].number;
  for (size_t d = 0; d < n_days; ++d) {
    int64_t from = days[d].number - 3;
    from = from > last - 6 ? last - 6 : from;
    from = from < first ? first : from;
    double sum = 0;
    size_t n = 0;
    size_t j = d;
    while (j > 0 && days[j - 1].number >= from)
      --j;
    for (; j < n_days && days[j].number < from + 7; ++j) {
      sum += days[j].sum;
      n += days[j].n;
    }
    days[d].scale = n > 0 ? sqrt(sum / (double)n) : 0;
    /* mean |z z'| of neighbours is 2 / pi */
    if (in->options->method == CRUCIBLE_SEASON_ROBUST)
      days[d].scale *= 1.25331413731550025121;
    if (days[d].counts && days[d].scale == 0) {
      days[d].counts = 0;
      --sample->days[crucible__season_weekday(days[d].number)];
    }
    some = some || days[d].counts;
  }
  return some;
}

static double mean_of(const input *in, const day *days, size_t n_days) {
  double sum = 0;
  size_t n = 0;
  for (size_t d = 0; d < n_days; ++d)
    for (size_t i = days[d].begin; days[d].counts && i < days[d].end; ++i)
      if (!is_broken(in->options, in->open_time_ms, i)) {
        sum += in->returns[i];
        ++n;
      }
  return n > 0 ? sum / (double)n : 0;
}

/* ---- the sample ---- */

static void take(const input *in, const day *days, size_t n_days,
                 crucible__season_sample *sample) {
  for (size_t d = 0; d < n_days; ++d)
    for (size_t i = days[d].begin; days[d].counts && i < days[d].end; ++i) {
      const double z = (in->returns[i] - in->mean) / days[d].scale;
      const size_t bin =
          crucible__season_bin(in->open_time_ms[i], in->options->timeframe_ms);
      const size_t weekday = crucible__season_weekday(days[d].number);
      if (i == 0)
        continue;
      if (is_broken(in->options, in->open_time_ms, i)) {
        sample->broken[sample->n_breaks++] = z;
        continue;
      }
      sample->z[sample->n] = z;
      sample->cell[sample->n++] = (uint32_t)(weekday * sample->bins + bin);
    }
}

static void find_positions(const crucible_season_options *options,
                           crucible__season_sample *sample) {
  const size_t bins = sample->bins;
  for (size_t k = 0; k < WEEK * bins; ++k)
    sample->position[k] = -1;
  for (size_t i = 0; i < sample->n; ++i) {
    const size_t group =
        crucible__season_group(sample->cell[i] / bins, options->shapes);
    sample->position[group * bins + sample->cell[i] % bins] = 0;
  }
  for (size_t g = 0; g < WEEK; ++g)
    for (size_t b = 0; b < bins; ++b)
      if (sample->position[g * bins + b] == 0)
        sample->position[g * bins + b] = (int32_t)sample->times[g]++;
}

void crucible__season_sample_free(crucible__season_sample *sample) {
  crucible__free(sample->z);
  crucible__free(sample->cell);
  crucible__free(sample->broken);
  crucible__free(sample->position);
  memset(sample, 0, sizeof *sample);
}

static crucible_status fill(const input *in, size_t n, day *days, size_t n_days,
                            crucible__season_sample *sample) {
  input scaled = *in;
  const uint32_t picked = pick_days(days, n_days, sample);
  if (picked < in->options->min_days)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "%u whole days of returns: a season needs %u "
                          "(min_days)",
                          picked, in->options->min_days);
  scaled.mean = mean_of(in, days, n_days);
  if (!scale_days(&scaled, days, n_days, sample))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "all %zu returns are equal, or each is one over a "
                          "break: there is no volatility to tell apart",
                          n);
  take(&scaled, days, n_days, sample);
  find_positions(in->options, sample);
  return CRUCIBLE_OK;
}

crucible_status crucible__season_sample_make(
    crucible__season_sample *sample, const crucible_season_options *options,
    const int64_t *open_time_ms, const double *returns, size_t n) {
  const size_t bins = (size_t)(CRUCIBLE__SEASON_DAY_MS / options->timeframe_ms);
  const input in = {options, open_time_ms, returns, 0};
  *sample = (crucible__season_sample){.bins = bins};
  if (n == 0)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "no return: a season needs %u days (min_days)",
                          options->min_days);
  const size_t n_days = count_days(open_time_ms, n);
  day *days = crucible__alloc(n_days, sizeof *days);
  sample->z = crucible__alloc(n, sizeof *sample->z);
  sample->cell = crucible__alloc(n, sizeof *sample->cell);
  sample->broken = crucible__alloc(n, sizeof *sample->broken);
  sample->position = crucible__alloc(WEEK * bins, sizeof *sample->position);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (days != NULL && sample->z != NULL && sample->cell != NULL &&
      sample->broken != NULL && sample->position != NULL) {
    list_days(open_time_ms, n, days);
    status = fill(&in, n, days, n_days, sample);
  }
  crucible__free(days);
  if (status != CRUCIBLE_OK)
    crucible__season_sample_free(sample);
  return status;
}

void crucible__season_shrink_levels(const crucible__season_sample *sample,
                                    const crucible_season_options *options,
                                    double *level) {
  double days[WEEK] = {0}, mean = 0, all = 0;
  for (size_t d = 0; d < WEEK; ++d)
    days[crucible__season_group(d, options->levels)] += sample->days[d];
  for (size_t g = 0; g < options->levels; ++g)
    if (days[g] > 0) {
      mean += days[g] * level[g];
      all += days[g];
    }
  mean /= all;
  for (size_t g = 0; g < options->levels; ++g)
    if (days[g] > 0)
      level[g] =
          mean + (level[g] - mean) * days[g] / (days[g] + options->shrink_days);
}
