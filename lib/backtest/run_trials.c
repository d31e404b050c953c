/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a run as the trials behind its best one. */
#include <math.h>

#include "backtest/run_result.h"
#include "base/base_alloc.h"
#include "base/base_status.h"

crucible_status crucible_backtest_trials(const crucible_backtest *backtest,
                                         crucible_dsr_options *trials) {
  if (backtest == NULL || trials == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          backtest == NULL ? "backtest" : "trials");
  const size_t n = backtest->n_columns;
  double *sharpe = crucible__alloc(n, sizeof *sharpe);
  if (sharpe == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < n; ++i)
    sharpe[i] = backtest->summaries[i].metrics.sharpe;
  const crucible_status status = crucible_dsr_trials(sharpe, n, trials);
  crucible__free(sharpe);
  return status;
}
