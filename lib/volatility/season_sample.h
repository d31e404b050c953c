/* SPDX-License-Identifier: Apache-2.0 */
/* What both methods estimate a season from. */
#ifndef CRUCIBLE__SEASON_SAMPLE_H
#define CRUCIBLE__SEASON_SAMPLE_H

#include <crucible/season.h>

enum {
  CRUCIBLE__SEASON_DAY_MS = 86400000,
  CRUCIBLE__SEASON_WEEK = 7,
  CRUCIBLE__SEASON_DAYS_MAX = 3660,
  CRUCIBLE__SEASON_BREAKS_MIN = 4
};

/* Times further from 1970 are no times. */
#define CRUCIBLE__SEASON_TIME_MAX ((int64_t)1 << 52)

struct crucible_season {
  crucible_season_options options;
  size_t bins;               /* of a day */
  double *factor;            /* [7 * bins], Monday first; NaN: none */
  crucible_season_info info; /* without struct_size */
};

/* Returns of the days that count, divided by their scales. */
typedef struct crucible__season_sample {
  size_t bins;
  size_t n, n_breaks;
  double *z;      /* [n] in the order of time */
  uint32_t *cell; /* [n] weekday * bins + bin */
  double *broken; /* [n_breaks] the same for returns over breaks */
  uint32_t days[CRUCIBLE__SEASON_WEEK]; /* that count, by weekday */
  /* Of the groups of shapes: */
  int32_t *position;                   /* [7 * bins] of a bin among those that
                                           occur in the group; -1: does not */
  size_t times[CRUCIBLE__SEASON_WEEK]; /* bins that occur in the group */
} crucible__season_sample;

/* A day since 1970 and the bin in it. */
int64_t crucible__season_day(int64_t time_ms);
size_t crucible__season_bin(int64_t time_ms, int64_t timeframe_ms);
/* 0 is Monday. */
size_t crucible__season_weekday(int64_t day);
/* The group of a weekday where there are 1, 2 or 7. */
size_t crucible__season_group(size_t weekday, uint32_t groups);

crucible_season_options crucible__season_defaults(void);
crucible_status
crucible__season_options_read(crucible_season_options *out,
                              const crucible_season_options *options);

/* Whether open_time_ms can be that of a bar after one at before. */
crucible_status crucible__season_check_time(int64_t open_time_ms,
                                            int64_t timeframe_ms);

/* Takes what counts. E_TOO_SHORT, E_DOMAIN or E_NOMEM; to be freed. */
crucible_status crucible__season_sample_make(
    crucible__season_sample *sample, const crucible_season_options *options,
    const int64_t *open_time_ms, const double *returns, size_t n);
void crucible__season_sample_free(crucible__season_sample *sample);

/* Variances up to one common factor: variance [7 * bins] of every cell whose
   bin occurs in its group of shapes, *broken of returns over breaks. */
crucible_status crucible__season_fourier(const crucible__season_sample *sample,
                                         const crucible_season_options *options,
                                         double *variance, double *broken);
crucible_status crucible__season_robust(const crucible__season_sample *sample,
                                        const crucible_season_options *options,
                                        double *variance, double *broken);

/* Draws the levels, logarithms of variances, towards their mean over days. */
void crucible__season_shrink_levels(const crucible__season_sample *sample,
                                    const crucible_season_options *options,
                                    double *level);

/* Whether there is a factor, and all that there are are numbers > 0. */
int crucible__season_is_sound(const crucible_season *season);

/* The fit of arguments that have been checked. */
crucible_status crucible__season_make(const crucible_season_options *options,
                                      const int64_t *open_time_ms,
                                      const double *returns, size_t n,
                                      crucible_season **season);

/* Factor of a time on the grid, of a return over a break or not. */
double crucible__season_at(const crucible_season *season, int64_t open_time_ms,
                           int after_break);
double crucible__season_next(const crucible_season *season,
                             int64_t open_time_ms);

#endif
