/* SPDX-License-Identifier: Apache-2.0 */
#ifndef A_SHARPE_RECORD_H
#define A_SHARPE_RECORD_H

#include <crucible/sharpe.h>

/* n independent returns with these figures. */
static inline crucible_sharpe_record
a_sharpe_record(double sharpe, uint64_t n, double skewness, double kurtosis) {
  crucible_sharpe_record record;
  crucible_sharpe_record_init(&record, sizeof record);
  record.n = n;
  record.sharpe_per_observation = sharpe;
  record.skewness = skewness;
  record.kurtosis = kurtosis;
  return record;
}

#endif
