/* SPDX-License-Identifier: Apache-2.0 */
/* Is a Sharpe ratio of 2.5 skill, if it is the best of 100 trials? */
#include <math.h>
#include <stdio.h>

#include <crucible/crucible.h>

int main(void) {
  crucible_dsr_options options;
  crucible_dsr_result result = {.struct_size = sizeof result};
  crucible_dsr_options_init(&options, sizeof options);
  options.n_trials = 100;
  options.trial_sharpe_variance = 0.5 / 250;
  crucible_sharpe_record record; /* annualised 2.5 over 1,250 days */
  crucible_sharpe_record_init(&record, sizeof record);
  record.n = 1250;
  record.sharpe_per_observation = 2.5 / sqrt(250);
  record.skewness = -3;
  record.kurtosis = 10;
  if (crucible_dsr(&record, &options, &result) != 0) {
    fprintf(stderr, "%s\n", crucible_last_error());
    return 1;
  }
  printf("luck alone would show %.4f a day\n", result.expected_max_sharpe);
  printf("deflated Sharpe ratio: %.4f\n", result.dsr);
  return 0;
}
