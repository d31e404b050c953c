# SPDX-License-Identifier: Apache-2.0
"""NautilusTrader: the low-level engine over bars, one column, statistics
included. A market order sent on a bar fills at its close; slippage in fractions
of the price is not among its fill models, so this run pays none."""
from decimal import Decimal

import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.trading.strategy import Strategy

from worker import CASH, FEE, Skip, serve

PACKAGES = ["nautilus_trader", "pandas"]
VENUE = Venue("BINANCE")
LOT_DIGITS, PRICE_DIGITS = 8, 8


def instrument():
    return CurrencyPair(
        instrument_id=InstrumentId(Symbol("BTCUSDT"), VENUE),
        raw_symbol=Symbol("BTCUSDT"), base_currency=BTC, quote_currency=USDT,
        price_precision=PRICE_DIGITS, size_precision=LOT_DIGITS,
        price_increment=Price(10**-PRICE_DIGITS, PRICE_DIGITS),
        size_increment=Quantity(10**-LOT_DIGITS, LOT_DIGITS),
        maker_fee=Decimal(str(FEE)), taker_fee=Decimal(str(FEE)),
        margin_init=Decimal(0), margin_maint=Decimal(0), ts_event=0, ts_init=0)


class Crosses(Strategy):
    def __init__(self, kind, pair, enter, leave):
        super().__init__()
        self.kind, self.pair = kind, pair
        self.enter_at, self.leave_at, self.bar, self.held = enter, leave, -1, None

    def on_start(self):
        self.subscribe_bars(self.kind)

    def on_bar(self, bar):
        self.bar += 1
        if self.held is not None:
            if self.leave_at[self.bar]:
                self.send(OrderSide.SELL, self.held)
                self.held = None
        elif self.enter_at[self.bar]:
            cash = self.portfolio.account(VENUE).balance_free(USDT).as_double()
            lot = 10**-LOT_DIGITS  # the constructor of Quantity rounds up too
            size = cash / (float(bar.close) * (1 + FEE)) - 2 * lot
            if size >= lot:
                self.held = Quantity(size, LOT_DIGITS)
                self.send(OrderSide.BUY, self.held)

    def send(self, side, size):
        self.submit_order(self.order_factory.market(self.pair.id, side, size))


class Peer:
    def prepare(self, case, w):
        if case not in ("one", "short_runs"):
            raise Skip("one column at a time")
        rows = 1000 if case == "short_runs" else w.bars
        pair = instrument()
        kind = BarType.from_str("BTCUSDT.BINANCE-5-MINUTE-LAST-EXTERNAL")
        table = pd.DataFrame(
            {n: getattr(w, n)[:rows] for n in ("open", "high", "low", "close",
                                                "volume")},
            index=pd.to_datetime(w.time_ms[:rows], unit="ms", utc=True))
        bars = BarDataWrangler(kind, pair).process(table)
        enter, leave = w.entries_c[:rows, 0].tolist(), w.exits_c[:rows, 0].tolist()

        def run():
            engine = BacktestEngine(BacktestEngineConfig(
                logging=LoggingConfig(bypass_logging=True)))
            engine.add_venue(VENUE, OmsType.NETTING, AccountType.CASH,
                             starting_balances=[Money(CASH, USDT)])
            engine.add_instrument(pair)
            engine.add_data(bars)
            engine.add_strategy(Crosses(kind, pair, enter, leave))
            engine.run()
            result = engine.get_result()
            orders = engine.cache.orders_closed()
            fees = sum(c.as_double() for o in orders for c in o.commissions())
            account = engine.cache.account_for_venue(VENUE)
            coins = account.balance_total(BTC)
            equity = account.balance_total(USDT).as_double() + (
                coins.as_double() * w.close[rows - 1] if coins else 0.0)
            engine.dispose()
            return result, len(orders), fees, equity

        return run, 1

    def figures(self, case, result):
        return {"orders": [result[1]], "fees": [result[2]], "equity": [result[3]]}


if __name__ == "__main__":
    serve(Peer(), PACKAGES)
