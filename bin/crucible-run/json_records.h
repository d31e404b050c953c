/* SPDX-License-Identifier: Apache-2.0 */
/* The library's structs as JSON objects, field by field under their names. */
#ifndef JSON_RECORDS_H
#define JSON_RECORDS_H

#include <crucible/crucible.h>

#include "run_json.h"

void json_add_costs(run_json *json, const char *key,
                    const crucible_costs *costs);
void json_add_ledger(run_json *json, const char *key,
                     const crucible_ledger *ledger);
void json_add_metrics(run_json *json, const char *key,
                      const crucible_metrics *metrics);
void json_add_trade_metrics(run_json *json, const char *key,
                            const crucible_trade_metrics *metrics);
/* "viable", "unproven" or "too fast" of CRUCIBLE_TIMEFRAME_*. */
const char *verdict_name(int32_t verdict);
void json_add_viability(run_json *json, const char *key,
                        const crucible_viability *viability);
void json_add_forging(run_json *json, const char *key,
                      const crucible_forge_report *forging);
void json_add_orders(run_json *json, const char *key,
                     const crucible_orders *orders);
void json_add_trades(run_json *json, const char *key,
                     const crucible_trades *trades);

#endif
