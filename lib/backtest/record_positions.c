/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/record_positions.h"

#include "backtest/deal.h"
#include "backtest/ledger.h"
#include "base/base_status.h"

void crucible__account_open_trade(const crucible__account *account,
                                  const crucible__terms *terms, int64_t open_ms,
                                  crucible__trade_event *trade) {
  *trade = (crucible__trade_event){.quantity = 0};
  if (account->side == 0)
    return;
  crucible_ledger ledger;
  crucible__account_ledger(account, terms, &ledger);
  crucible_costs costs = account->entry_costs;
  costs.fee += account->exit_fee;
  crucible__ledger_span(account, open_ms, account->mark_price, trade);
  trade->quantity =
      crucible__lots(terms, account->entry_quantity - account->closed_quantity);
  trade->result = ledger.open_result;
  trade->gross = ledger.open_result + costs.fee + costs.spread +
                 costs.slippage + costs.impact + costs.funding + costs.dust;
  trade->costs = costs;
}

/* A position that is being put together; row is where it will stand. */
typedef struct building {
  crucible__position_table *to;
  size_t row;
  int8_t is_begun;
  double left; /* quantity that has left it */
} building;

static void begin(building *b, const crucible__trade_event *t,
                  uint32_t column) {
  crucible__position_table *to = b->to;
  size_t i = b->row = to->table.n++;
  b->is_begun = 1;
  b->left = 0;
  to->column[i] = column;
  to->side[i] = (int8_t)t->side;
  to->is_open[i] = 1;
  to->n_trades[i] = 0;
  to->entry_ms[i] = t->entry_ms;
  to->entry_bar[i] = t->entry_bar;
  to->quantity[i] = 0;
  to->entry_price[i] = to->exit_price[i] = 0;
  to->result[i] = to->gross[i] = 0;
  to->fee[i] = to->spread[i] = to->slippage[i] = 0;
  to->impact[i] = to->funding[i] = to->dust[i] = 0;
  to->mae[i] = t->mae;
  to->mfe[i] = t->mfe;
}

/* The mean of prices so far, moved on by one more. A first one stays as it is,
   to the bit. */
static double mean_with(double mean, double weight, double price, double more) {
  return weight > 0 ? (mean * weight + price * more) / (weight + more) : price;
}

/* Takes one leaving into the position. */
static void take(building *b, const crucible__trade_event *t) {
  crucible__position_table *to = b->to;
  size_t i = b->row;
  to->entry_price[i] =
      mean_with(to->entry_price[i], b->left, t->entry_price, t->quantity);
  to->exit_price[i] =
      mean_with(to->exit_price[i], b->left, t->exit_price, t->quantity);
  b->left += t->quantity;
  if (t->most > to->quantity[i])
    to->quantity[i] = t->most;
  to->exit_ms[i] = t->exit_ms;
  to->exit_bar[i] = t->exit_bar;
  to->bars[i] = t->exit_bar - to->entry_bar[i];
  to->result[i] += t->result;
  to->gross[i] += t->gross;
  to->fee[i] += t->costs.fee;
  to->spread[i] += t->costs.spread;
  to->slippage[i] += t->costs.slippage;
  to->impact[i] += t->costs.impact;
  to->funding[i] += t->costs.funding;
  to->dust[i] += t->costs.dust;
  if (t->mae > to->mae[i])
    to->mae[i] = t->mae;
  if (t->mfe > to->mfe[i])
    to->mfe[i] = t->mfe;
}

static crucible__trade_event trade_at(const crucible__trade_table *trades,
                                      size_t i) {
  return (crucible__trade_event){
      .entry_ms = trades->entry_ms[i],
      .exit_ms = trades->exit_ms[i],
      .quantity = trades->quantity[i],
      .entry_price = trades->entry_price[i],
      .exit_price = trades->exit_price[i],
      .result = trades->result[i],
      .gross = trades->gross[i],
      .most = trades->most[i],
      .mae = trades->mae[i],
      .mfe = trades->mfe[i],
      .costs = {.fee = trades->fee[i],
                .spread = trades->spread[i],
                .slippage = trades->slippage[i],
                .impact = trades->impact[i],
                .funding = trades->funding[i],
                .dust = trades->dust[i]},
      .side = trades->side[i],
      .exit = trades->exit[i],
      .is_last = trades->is_last[i],
      .bars = trades->bars[i],
      .entry_bar = trades->entry_bar[i],
      .exit_bar = trades->exit_bar[i],
  };
}

/* No fewer than there are: those that are over, and those that are not. */
static size_t count(const crucible__trade_table *trades,
                    const crucible__trade_event *open, size_t n_columns) {
  size_t n = 0, n_trades = trades->table.n;
  for (size_t i = 0; i < n_trades; ++i)
    n += trades->is_last[i] || i + 1 == n_trades ||
         trades->column[i + 1] != trades->column[i];
  for (size_t c = 0; open != NULL && c < n_columns; ++c)
    n += open[c].quantity > 0;
  return n;
}

crucible_status crucible__positions_of(const crucible__trade_table *trades,
                                       const crucible__trade_event *open,
                                       size_t n_columns,
                                       crucible__position_table *positions) {
  size_t n = trades->table.n;
  CRUCIBLE__TRY(crucible__table_resize(positions, &crucible__position_kind,
                                       count(trades, open, n_columns)));
  building b = {.to = positions};
  size_t i = 0;
  for (size_t c = 0; c < n_columns; ++c) {
    b.is_begun = 0;
    for (; i < n && trades->column[i] == c; ++i) {
      crucible__trade_event trade = trade_at(trades, i);
      if (!b.is_begun)
        begin(&b, &trade, (uint32_t)c);
      take(&b, &trade);
      ++positions->n_trades[b.row];
      b.is_begun = positions->is_open[b.row] = !trade.is_last;
    }
    if (open == NULL || !(open[c].quantity > 0))
      continue;
    if (!b.is_begun)
      begin(&b, &open[c], (uint32_t)c);
    take(&b, &open[c]);
  }
  return CRUCIBLE_OK;
}
