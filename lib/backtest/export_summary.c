/* SPDX-License-Identifier: Apache-2.0 */
/* Summaries as a table: a row per column of the run, every figure under its
   path in crucible_summary. */
#include <crucible/backtest.h>

#include "backtest/export_table.h"

typedef struct figure {
  const char *name;
  size_t offset, width;
  char type;
} figure;

#define TYPE_OF(value)                                                         \
  _Generic((value), double : 'd', uint64_t : 'q', int32_t : 'i')
#define AT(path)                                                               \
  {                                                                            \
#path, offsetof(crucible_summary, path),                                   \
        sizeof(((crucible_summary *)0)->path),                                 \
        TYPE_OF(((crucible_summary *)0)->path)                                 \
  }
#define LEDGER(name) AT(ledger.name)
#define COST(name) AT(ledger.costs.name)
#define METRIC(name) AT(metrics.name)
#define TRADES(name) AT(trades.name)

static const figure ledger[] = {
    LEDGER(initial_cash),
    LEDGER(cash),
    LEDGER(position),
    LEDGER(dust),
    LEDGER(entry_price),
    LEDGER(mark_price),
    LEDGER(exit_fee),
    LEDGER(reserved_margin),
    LEDGER(equity),
    LEDGER(trade_results),
    LEDGER(open_result),
    LEDGER(n_bars),
    LEDGER(n_bars_in_position),
    LEDGER(n_orders),
    LEDGER(n_rejected),
    LEDGER(n_trades),
    LEDGER(traded_notional),
    LEDGER(is_stopped),
    COST(fee),
    COST(spread),
    COST(slippage),
    COST(impact),
    COST(funding),
    COST(dust),
};
static const figure metrics[] = {
    METRIC(n_returns),
    METRIC(total_return),
    METRIC(annualised_return),
    METRIC(annualised_volatility),
    METRIC(sharpe),
    METRIC(annualised_sharpe),
    METRIC(sortino),
    METRIC(annualised_sortino),
    METRIC(max_drawdown),
    METRIC(max_drawdown_bars),
    METRIC(calmar),
    METRIC(skewness),
    METRIC(kurtosis),
    METRIC(psr),
    METRIC(min_trl),
    METRIC(dsr),
    METRIC(mean_return),
    METRIC(stddev),
    METRIC(best_return),
    METRIC(worst_return),
    METRIC(share_up),
    METRIC(share_down),
    METRIC(downside_deviation),
    METRIC(annualised_downside_deviation),
    METRIC(omega),
    METRIC(mean_drawdown),
    METRIC(mean_drawdown_bars),
    METRIC(n_drawdowns),
    METRIC(open_drawdown),
    METRIC(open_drawdown_bars),
    METRIC(ulcer_index),
    METRIC(martin),
    METRIC(value_at_risk),
    METRIC(conditional_value_at_risk),
    METRIC(tail_ratio),
    METRIC(common_sense),
    METRIC(benchmark_return),
    METRIC(annualised_benchmark_return),
    METRIC(beta),
    METRIC(alpha),
    METRIC(tracking_error),
    METRIC(information_ratio),
    METRIC(treynor),
    METRIC(capture),
    METRIC(up_capture),
    METRIC(down_capture),
};
static const figure trades[] = {
    TRADES(n_trades),
    TRADES(win_rate),
    TRADES(profit_factor),
    TRADES(mean_result),
    TRADES(mean_gain),
    TRADES(mean_loss),
    TRADES(best),
    TRADES(worst),
    TRADES(expectancy),
    TRADES(n_won),
    TRADES(n_lost),
    TRADES(n_long),
    TRADES(n_short),
    TRADES(loss_rate),
    TRADES(win_loss_ratio),
    TRADES(payoff_ratio),
    TRADES(total),
    TRADES(stddev),
    TRADES(downside_deviation),
    TRADES(sharpe),
    TRADES(sortino),
    TRADES(sqn),
    TRADES(max_won_streak),
    TRADES(max_lost_streak),
    TRADES(mean_bars),
    TRADES(mean_bars_won),
    TRADES(mean_bars_lost),
    TRADES(max_bars),
    TRADES(max_bars_won),
    TRADES(max_bars_lost),
    TRADES(max_drawdown),
    TRADES(max_drawdown_trades),
    TRADES(profit_to_drawdown),
    TRADES(max_drawdown_inside),
    TRADES(mean_return),
    TRADES(mean_return_won),
    TRADES(mean_return_lost),
    TRADES(best_return),
    TRADES(worst_return),
    TRADES(mean_mae),
    TRADES(max_mae),
    TRADES(mean_mfe),
    TRADES(max_mfe),
    TRADES(mean_giveback),
    TRADES(max_giveback),
    TRADES(mean_cost),
    TRADES(mean_fee),
    TRADES(mean_spread),
    TRADES(mean_slippage),
    TRADES(mean_impact),
    TRADES(mean_funding),
    TRADES(mean_dust),
    TRADES(cost_share),
    TRADES(median_result),
    TRADES(median_bars),
    TRADES(median_bars_won),
    TRADES(median_bars_lost),
};
static const figure others[] = {AT(exposure), AT(turnover), AT(buy_and_hold)};

#define COUNT(list) (sizeof(list) / sizeof *(list))
enum { SIZE = sizeof(size_t), FLAG = sizeof(int32_t) };

/* Every field of a struct that grows has to be named above: all but struct_size
   are 8 bytes wide, a flag and its padding taken as one. */
_Static_assert(sizeof(crucible_ledger) == SIZE + 8 * COUNT(ledger),
               "export_summary.c does not name every field of crucible_ledger");
_Static_assert(sizeof(crucible_metrics) == SIZE + 8 * COUNT(metrics),
               "export_summary.c does not name every field of "
               "crucible_metrics");
_Static_assert(sizeof(crucible_trade_metrics) == SIZE + 8 * COUNT(trades),
               "export_summary.c does not name every field of "
               "crucible_trade_metrics");
_Static_assert(sizeof(crucible_summary) ==
                   SIZE + sizeof(crucible_ledger) + sizeof(crucible_metrics) +
                       sizeof(crucible_trade_metrics) + 8 * COUNT(others),
               "export_summary.c does not name every field of "
               "crucible_summary");
_Static_assert(1 + COUNT(ledger) + COUNT(metrics) + COUNT(trades) +
                       COUNT(others) <=
                   CRUCIBLE__EXPORT_COLUMNS,
               "a table of summaries has more columns than there is room for");

static void add(crucible__export *out, const void *summaries,
                const figure *figures, size_t n) {
  for (size_t i = 0; i < n; ++i)
    out->columns[out->n_columns++] = (crucible__export_column){
        .name = figures[i].name,
        .first = (const unsigned char *)summaries + figures[i].offset,
        .stride = sizeof(crucible_summary),
        .type = figures[i].type,
        .words = figures[i].type == 'i' ? &crucible__flag_words : NULL,
    };
}

void crucible__export_of_summaries(const crucible_summary *summaries, size_t n,
                                   crucible__export *out) {
  out->name = "summaries";
  out->n_rows = n;
  out->n_columns = 0;
  add(out, summaries, ledger, COUNT(ledger));
  add(out, summaries, metrics, COUNT(metrics));
  add(out, summaries, trades, COUNT(trades));
  add(out, summaries, others, COUNT(others));
}
