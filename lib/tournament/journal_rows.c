/* SPDX-License-Identifier: Apache-2.0 */
#include "tournament/journal_rows.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <crucible/backtest.h>
#include <crucible/costs.h>
#include <crucible/factory.h>
#include <crucible/forge.h>
#include <crucible/genome.h>
#include <crucible/watchtower.h>

#define COUNT(fields) ((int)(sizeof(fields) / sizeof *(fields)))

#define AT(name, kind)                                                         \
  { #name, kind, offsetof(STRUCT, name), sizeof(((STRUCT *)0)->name) }
#define IN(outer, name, kind)                                                  \
  {                                                                            \
#name, kind, offsetof(STRUCT, outer.name),                                 \
        sizeof(((STRUCT *)0)->outer.name)                                      \
  }

#define STRUCT crucible_ledger
static const crucible__row_field ledger_fields[] = {
    AT(initial_cash, 'd'),
    AT(cash, 'd'),
    AT(position, 'd'),
    AT(dust, 'd'),
    AT(entry_price, 'd'),
    AT(mark_price, 'd'),
    AT(exit_fee, 'd'),
    AT(reserved_margin, 'd'),
    AT(equity, 'd'),
    AT(trade_results, 'd'),
    AT(open_result, 'd'),
    IN(costs, fee, 'd'),
    IN(costs, spread, 'd'),
    IN(costs, slippage, 'd'),
    IN(costs, impact, 'd'),
    IN(costs, funding, 'd'),
    {"dust_cost", 'd', offsetof(crucible_ledger, costs.dust), sizeof(double)},
    AT(n_bars, 'q'),
    AT(n_bars_in_position, 'q'),
    AT(n_orders, 'q'),
    AT(n_rejected, 'q'),
    AT(n_trades, 'q'),
    AT(traded_notional, 'd'),
    AT(is_stopped, 'i'),
};
const crucible__row crucible__row_ledger = {ledger_fields,
                                            COUNT(ledger_fields)};
#undef STRUCT

#define STRUCT crucible_forge_report
#define HOLDOUT(name, kind)                                                    \
  {                                                                            \
    "holdout_" #name, kind, offsetof(STRUCT, holdout.name),                    \
        sizeof(((STRUCT *)0)->holdout.name)                                    \
  }
static const crucible__row_field forging_fields[] = {
    AT(n_folds, 'u'),
    AT(is_feasible, 'i'),
    AT(infeasible_reason, 't'),
    AT(n_labels, 'q'),
    AT(mean_label, 'd'),
    AT(n_trades, 'q'),
    AT(total_return, 'd'),
    AT(sharpe, 'd'),
    AT(psr, 'd'),
    AT(max_drawdown, 'd'),
    AT(win_rate, 'd'),
    AT(profit_factor, 'd'),
    IN(costs, fee, 'd'),
    IN(costs, spread, 'd'),
    IN(costs, slippage, 'd'),
    IN(costs, impact, 'd'),
    IN(costs, funding, 'd'),
    IN(costs, dust, 'd'),
    AT(gross, 'd'),
    AT(net, 'd'),
    AT(deployed_rounds, 'u'),
    AT(is_pruned, 'i'),
    AT(sharpe_base, 'd'),
    AT(skewness, 'd'),
    AT(kurtosis, 'd'),
    AT(n_test_bars, 'q'),
    AT(deployed_begin, 'q'),
    AT(deployed_end, 'q'),
    AT(holdout_net, 'd'),
    AT(has_holdout, 'i'),
    HOLDOUT(train_begin, 'q'),
    HOLDOUT(train_end, 'q'),
    HOLDOUT(inner_begin, 'q'),
    HOLDOUT(test_begin, 'q'),
    HOLDOUT(test_end, 'q'),
    HOLDOUT(n_train, 'q'),
    HOLDOUT(n_purged, 'q'),
    HOLDOUT(n_trades, 'q'),
    HOLDOUT(total_return, 'd'),
    HOLDOUT(sharpe, 'd'),
    HOLDOUT(theta_in, 'd'),
    HOLDOUT(theta_out, 'd'),
    HOLDOUT(rounds, 'u'),
};
const crucible__row crucible__row_forging = {forging_fields,
                                             COUNT(forging_fields)};
#undef HOLDOUT
#undef STRUCT

#define STRUCT crucible_fold
static const crucible__row_field fold_fields[] = {
    AT(train_begin, 'q'), AT(train_end, 'q'), AT(inner_begin, 'q'),
    AT(test_begin, 'q'),  AT(test_end, 'q'),  AT(n_train, 'q'),
    AT(n_purged, 'q'),    AT(n_trades, 'q'),  AT(total_return, 'd'),
    AT(sharpe, 'd'),      AT(theta_in, 'd'),  AT(theta_out, 'd'),
    AT(rounds, 'u'),
};
const crucible__row crucible__row_fold = {fold_fields, COUNT(fold_fields)};
#undef STRUCT

#define STRUCT crucible_instrument
static const crucible__row_field instrument_fields[] = {
    AT(venue, 't'),
    AT(symbol, 't'),
    AT(base_currency, 't'),
    AT(quote_currency, 't'),
    AT(market_type, 'i'),
    AT(fee_asset, 'i'),
    AT(maker_fee, 'd'),
    AT(taker_fee, 'd'),
    AT(price_tick, 'd'),
    AT(lot_step, 'd'),
    AT(min_quantity, 'd'),
    AT(min_notional, 'd'),
    AT(max_leverage, 'd'),
    AT(maintenance_margin, 'd'),
    AT(funding_interval_ms, 'l'),
    AT(is_shortable, 'i'),
};
const crucible__row crucible__row_instrument = {instrument_fields,
                                                COUNT(instrument_fields)};
#undef STRUCT

#define STRUCT crucible_orders
static const crucible__row_field order_fields[] = {
    AT(side, 'b'),        AT(purpose, 'b'),  AT(entry, 'b'),
    AT(status, 'b'),      AT(reason, 'b'),   AT(liquidity, 'b'),
    AT(placed_ms, 'l'),   AT(ended_ms, 'l'), AT(quantity, 'd'),
    AT(limit_price, 'd'), AT(filled, 'd'),   AT(fill_price, 'd'),
    AT(fee, 'd'),         AT(spread, 'd'),   AT(slippage, 'd'),
    AT(impact, 'd'),      AT(id, 'u'),
};
const crucible__row crucible__row_order = {order_fields, COUNT(order_fields)};
#undef STRUCT

#define STRUCT crucible_trades
static const crucible__row_field trade_fields[] = {
    AT(side, 'b'),        AT(exit, 'b'),       AT(entry_ms, 'l'),
    AT(exit_ms, 'l'),     AT(bars, 'u'),       AT(quantity, 'd'),
    AT(entry_price, 'd'), AT(exit_price, 'd'), AT(result, 'd'),
    AT(gross, 'd'),       AT(fee, 'd'),        AT(spread, 'd'),
    AT(slippage, 'd'),    AT(impact, 'd'),     AT(funding, 'd'),
    AT(dust, 'd'),        AT(mae, 'd'),        AT(mfe, 'd'),
    AT(entry_bar, 'u'),   AT(exit_bar, 'u'),   AT(is_last, 'b'),
};
const crucible__row crucible__row_trade = {trade_fields, COUNT(trade_fields)};
#undef STRUCT

/* Of a search; the times it took are not for the digest. */
#define STRUCT crucible_search_report
static const crucible__row_field study_fields[] = {
    AT(n_replacements, 'u'),  AT(n_trials, 'q'),    AT(n_elites, 'q'),
    AT(n_prior, 'q'),         AT(n_complete, 'q'),  AT(n_infeasible, 'q'),
    AT(n_pruned, 'q'),        AT(n_failed, 'q'),    AT(n_turned_down, 'q'),
    AT(n_holdout_reads, 'q'), AT(n_genomes, 'q'),   AT(n_genomes_here, 'q'),
    AT(n_ancestral, 'q'),     AT(n_effective, 'd'), AT(mean_correlation, 'd'),
    AT(sharpe_variance, 'd'), AT(n_variance, 'q'),  AT(why, 't'),
};
const crucible__row crucible__row_study = {study_fields, COUNT(study_fields)};
#undef STRUCT

#define STRUCT crucible_factory_trial
static const crucible__row_field trial_fields[] = {
    AT(state, 'i'),           AT(how, 'i'),       AT(elite, 'u'),
    AT(is_feasible, 'i'),     AT(rank, 'u'),      AT(n_folds, 'u'),
    AT(value, 'd'),           AT(violation, 'd'), AT(sharpe_base, 'd'),
    AT(n_ancestor_bars, 'q'), AT(reason, 't'),
};
const crucible__row crucible__row_trial = {trial_fields, COUNT(trial_fields)};
#undef STRUCT

#define STRUCT crucible_replacement
static const crucible__row_field winner_fields[] = {
    AT(trial, 'q'),

    AT(alike, 'i'),
    AT(alike_with, 'q'),
    AT(max_correlation, 'd'),
    AT(n_ancestor_bars, 'q'),
    AT(n_ancestor_holdout, 'q'),
    AT(dsr_select, 'd'),
    AT(z, 'd'),
    AT(expected_max_sharpe, 'd'),
    AT(is_viable, 'i'),
    AT(has_viability, 'i'),
    AT(ratio, 'd'),
    AT(ratio_low, 'd'),
};
const crucible__row crucible__row_winner = {winner_fields,
                                            COUNT(winner_fields)};
#undef STRUCT

#define STRUCT crucible_turned_down
static const crucible__row_field turned_down_fields[] = {
    AT(trial, 'q'),       AT(why, 'i'),         AT(has_holdout, 'i'),
    AT(holdout_net, 'd'), AT(correlation, 'd'), AT(text, 't'),
};
const crucible__row crucible__row_turned_down = {turned_down_fields,
                                                 COUNT(turned_down_fields)};
#undef STRUCT

#define STRUCT crucible_elite
static const crucible__row_field elite_fields[] = {
    AT(label, 'i'),  AT(agent, 'u'), AT(z, 'd'),     AT(dsr, 'd'),
    AT(n_bars, 'q'), AT(bar, 'q'),   AT(score, 'd'),
};
const crucible__row crucible__row_elite = {elite_fields, COUNT(elite_fields)};
#undef STRUCT

/* F(name, kind) for each figure of a track. */
#define TRACK_FIELDS(F)                                                        \
  F(is_champion, 'i'), F(n_bars, 'q'), F(n_trades, 'q'),                       \
      F(bars_since_trade, 'q'), F(equity, 'd'), F(initial, 'd'), F(peak, 'd'), \
      F(sharpe, 'd'), F(skewness, 'd'), F(kurtosis, 'd'), F(psr, 'd'),         \
      F(dsr_live, 'd'), F(z, 'd'), F(expected_max_sharpe, 'd'),                \
      F(n_agents, 'q'), F(sharpe_variance, 'd'), F(variance_agents, 'q'),      \
      F(rolling_sharpe, 'd'), F(rolling_psr, 'd'), F(rolling_dsr, 'd'),        \
      F(rolling_n, 'q'), F(psr_armed, 'i'), F(dsr_armed, 'i'),                 \
      F(min_track_bars, 'd'), F(mean_trade, 'd'), F(trade_sharpe, 'd'),        \
      F(trade_psr, 'd'), F(log_e, 'd'), F(log_e_max, 'd'),                     \
      F(anytime_psr, 'd'), F(edge_evidence, 'd'), F(discovery_log, 'd'),       \
      F(is_discovery, 'i'), F(blueprint_rule, 'i'),                            \
      F(blueprint_promoted, 'q'), F(blueprint_ended, 'q'),                     \
      F(anytime_rule, 'i'), F(anytime_promoted, 'q'), F(anytime_ended, 'q'),   \
      F(bound_bars, 'd')

#define STRUCT crucible_track
static const crucible__row_field track_fields[] = {
    TRACK_FIELDS(AT), AT(lower, 'd'), AT(upper, 'd')};
const crucible__row crucible__row_track = {track_fields, COUNT(track_fields)};
#undef STRUCT

/* A verdict with its evidence. */
#define STRUCT crucible_verdict
#define IN_TRACK(name, kind) IN(track, name, kind)
static const crucible__row_field verdict_fields[] = {
    AT(agent, 'u'),     AT(action, 'i'), AT(rule, 'i'),  AT(statistic, 'd'),
    AT(threshold, 'd'), AT(lower, 'd'),  AT(upper, 'd'), TRACK_FIELDS(IN_TRACK),
};
const crucible__row crucible__row_verdict = {verdict_fields,
                                             COUNT(verdict_fields)};
#undef STRUCT

void crucible__row_ddl(const crucible__row *row, crucible__text *sql) {
  for (int i = 0; i < row->n; ++i) {
    char kind = row->fields[i].kind;
    crucible__text_addf(sql, "%s%s %s", i > 0 ? ", " : "", row->fields[i].name,
                        kind == 'd'   ? "REAL"
                        : kind == 't' ? "TEXT"
                                      : "INTEGER");
  }
}

void crucible__row_names(const crucible__row *row, crucible__text *sql) {
  for (int i = 0; i < row->n; ++i)
    crucible__text_addf(sql, "%s%s", i > 0 ? ", " : "", row->fields[i].name);
}

void crucible__row_marks(const crucible__row *row, int n_before,
                         crucible__text *sql) {
  for (int i = 0; i < n_before + row->n; ++i)
    crucible__text_addf(sql, "%s?%d", i > 0 ? ", " : "", i + 1);
}

size_t crucible__row_field_size(const crucible__row_field *field) {
  switch (field->kind) {
  case 'b':
    return 1;
  case 'i':
  case 'u':
    return 4;
  default:
    return 8;
  }
}

static void bind_value(char kind, const unsigned char *place,
                       crucible__statement *statement) {
  int8_t b;
  int32_t i;
  uint32_t u;
  int64_t l;
  double d;
  switch (kind) {
  case 'b':
    memcpy(&b, place, sizeof b);
    crucible__bind_int(statement, b);
    break;
  case 'i':
    memcpy(&i, place, sizeof i);
    crucible__bind_int(statement, i);
    break;
  case 'u':
    memcpy(&u, place, sizeof u);
    crucible__bind_int(statement, u);
    break;
  case 'd':
    memcpy(&d, place, sizeof d);
    crucible__bind_double(statement, d);
    break;
  case 't':
    crucible__bind_text(statement, (const char *)place);
    break;
  default:
    memcpy(&l, place, sizeof l);
    crucible__bind_int(statement, l);
    break;
  }
}

static void read_value(char kind, crucible__statement *statement, int column,
                       unsigned char *place, size_t room) {
  int64_t l =
      kind == 'd' || kind == 't' ? 0 : crucible__column_int(statement, column);
  int8_t b = (int8_t)l;
  int32_t i = (int32_t)l;
  uint32_t u = (uint32_t)l;
  double d;
  switch (kind) {
  case 'b':
    memcpy(place, &b, sizeof b);
    break;
  case 'i':
    memcpy(place, &i, sizeof i);
    break;
  case 'u':
    memcpy(place, &u, sizeof u);
    break;
  case 'd':
    d = crucible__column_double(statement, column);
    memcpy(place, &d, sizeof d);
    break;
  case 't':
    (void)snprintf((char *)place, room, "%s",
                   crucible__column_text(statement, column));
    break;
  default:
    memcpy(place, &l, sizeof l);
    break;
  }
}

void crucible__row_bind(const crucible__row *row, const void *from,
                        crucible__statement *statement) {
  for (int i = 0; i < row->n; ++i)
    bind_value(row->fields[i].kind,
               (const unsigned char *)from + row->fields[i].offset, statement);
}

void crucible__row_read(const crucible__row *row,
                        crucible__statement *statement, int first_column,
                        void *into) {
  for (int i = 0; i < row->n; ++i)
    read_value(row->fields[i].kind, statement, first_column + i,
               (unsigned char *)into + row->fields[i].offset,
               row->fields[i].size);
}

int crucible__row_differs(const crucible__row *row, const void *a,
                          const void *b, char *name, size_t capacity) {
  for (int i = 0; i < row->n; ++i) {
    const crucible__row_field *field = &row->fields[i];
    const unsigned char *x = (const unsigned char *)a + field->offset;
    const unsigned char *y = (const unsigned char *)b + field->offset;
    if (field->kind == 't' ? strcmp((const char *)x, (const char *)y) == 0
                           : memcmp(x, y, field->size) == 0)
      continue;
    (void)snprintf(name, capacity, "%s", field->name);
    return 1;
  }
  return 0;
}

static const unsigned char *column_of(const void *columns, size_t offset) {
  const unsigned char *column;
  memcpy(&column, (const unsigned char *)columns + offset, sizeof column);
  return column;
}

void crucible__row_bind_element(const crucible__row *row, const void *columns,
                                size_t i, crucible__statement *statement) {
  for (int k = 0; k < row->n; ++k) {
    const crucible__row_field *field = &row->fields[k];
    bind_value(field->kind,
               column_of(columns, field->offset) +
                   i * crucible__row_field_size(field),
               statement);
  }
}

void crucible__row_read_element(const crucible__row *row,
                                crucible__statement *statement,
                                int first_column, void *columns, size_t i) {
  for (int k = 0; k < row->n; ++k) {
    const crucible__row_field *field = &row->fields[k];
    unsigned char *column;
    memcpy(&column, (unsigned char *)columns + field->offset, sizeof column);
    read_value(field->kind, statement, first_column + k,
               column + i * crucible__row_field_size(field), 8);
  }
}
