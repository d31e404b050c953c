/* SPDX-License-Identifier: Apache-2.0 */
/* What came of a forging. */
#include <crucible/forge.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "forge/forge_job.h"

void crucible_forged_destroy(crucible_forged *forged) {
  if (forged == NULL)
    return;
  crucible__free(forged->bytes);
  crucible__free(forged->trade_columns);
  crucible__free(forged->positions);
  crucible__free(forged);
}

static crucible_status missing(const crucible_forged *forged,
                               const char *other) {
  return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                        forged == NULL ? "forged" : other);
}

crucible_status crucible_forged_report(const crucible_forged *forged,
                                       crucible_forge_report *report) {
  if (forged == NULL || report == NULL)
    return missing(forged, "report");
  return crucible__result_write(report, &forged->report, sizeof forged->report,
                                "crucible_forge_report");
}

crucible_status crucible_forged_model(const crucible_forged *forged,
                                      const void **bytes, size_t *n_bytes) {
  if (forged == NULL || bytes == NULL || n_bytes == NULL)
    return missing(forged, bytes == NULL ? "bytes" : "n_bytes");
  if (forged->bytes == NULL)
    return crucible__fail(CRUCIBLE_E_STATE, "there is no model to deploy: %s",
                          forged->report.is_feasible
                              ? "stage DEPLOY was not asked for"
                              : forged->report.infeasible_reason);
  *bytes = forged->bytes;
  *n_bytes = forged->n_bytes;
  return CRUCIBLE_OK;
}

crucible_status crucible_forged_plan(const crucible_forged *forged,
                                     crucible_plan *plan) {
  if (forged == NULL || plan == NULL)
    return missing(forged, "plan");
  return crucible__result_write(plan, &forged->plan, sizeof forged->plan,
                                "crucible_plan");
}

crucible_status crucible_forged_trades(const crucible_forged *forged,
                                       crucible_trades *trades) {
  if (forged == NULL || trades == NULL)
    return missing(forged, "trades");
  return crucible__result_write(trades, &forged->trades, sizeof forged->trades,
                                "crucible_trades");
}

crucible_status crucible_forged_positions(const crucible_forged *forged,
                                          const double **positions, size_t *n) {
  if (forged == NULL || positions == NULL || n == NULL)
    return missing(forged, positions == NULL ? "positions" : "n");
  if (forged->positions == NULL)
    return crucible__fail(CRUCIBLE_E_STATE, "no holdout was tested: %s",
                          forged->report.is_feasible
                              ? "stage HOLDOUT was not asked for"
                              : forged->report.infeasible_reason);
  *positions = forged->positions;
  *n = forged->n_positions;
  return CRUCIBLE_OK;
}
