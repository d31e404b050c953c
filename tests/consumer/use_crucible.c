/* SPDX-License-Identifier: Apache-2.0 */
/* A user of libcrucible: C and C++ both compile this file. */
#include <crucible/crucible.h>

#include <math.h>
#include <stdio.h>

int main(void) {
  /* Bailey, Lopez de Prado (2014): 0.9004 */
  crucible_sharpe_record record;
  crucible_dsr_options options;
  crucible_dsr_result result;
  crucible_sharpe_record_init(&record, sizeof record);
  record.n = 1250;
  record.sharpe_per_observation = 2.5 / sqrt(250);
  record.skewness = -3;
  record.kurtosis = 10;
  crucible_dsr_options_init(&options, sizeof options);
  options.n_trials = 100;
  options.trial_sharpe_variance = 0.5 / 250;
  result.struct_size = sizeof result;
  if (crucible_dsr(&record, &options, &result) != CRUCIBLE_OK) {
    fprintf(stderr, "%s\n", crucible_last_error());
    return 1;
  }
  printf("%.4f %.4f\n", result.expected_max_sharpe, result.dsr);
  return fabs(result.dsr - 0.9004) < 5e-5 ? 0 : 1;
}
