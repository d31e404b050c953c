#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the figures of curves and trades with those of vectorbt, empyrical
and SciPy.

    pip install vectorbt empyrical-reloaded scipy
    CRUCIBLE_LIBRARY=build/release/lib/libcrucible.so \\
        python3 tests/peers/peers_metrics.py           compares, live
    python3 tests/peers/peers_metrics.py --write FILE  writes the golden file
                                          tests/data/stats/metrics_peers.csv

The curves follow fixed rules on the bars of examples/data and on an integer
congruential generator, in the same arithmetic as test_stats_peers.c. Figures
that only Lean has are its definitions (Common/Statistics), in NumPy. Ends with
77 (skipped) where a package is missing.
"""
import pathlib
import sys
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
try:
    import numpy as np
    import empyrical
    import pandas as pd
    import scipy
    import scipy.stats
    import vectorbt as vbt
    from vectorbt.portfolio.enums import TradeStatus, trade_dt
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

warnings.simplefilter("ignore")
PERIODS = 105120
RISK_FREE = 1e-7
TARGET = 2e-6
RELATIVE = 1e-10


def lcg(seed, n):
    state, out = seed, []
    for _ in range(n):
        state = (1664525 * state + 1013904223) % 2**32
        out.append(state / 2**32)
    return out


def closes(symbol):
    file, = (ROOT / "examples/data").glob(f"{symbol}-5m-*.csv")
    return [float(line.split(",")[4]) for line in
            file.read_text().splitlines()[1:]]


def curve(price):
    """Long, flat and short for 37 bars each, a fee on each change."""
    equity, held = [200.0], 0
    for t in range(len(price) - 1):
        wanted = t // 37 % 3 - 1
        fee = 0.0005 * abs(wanted - held)
        b = price[t + 1] / price[t] - 1
        equity.append(equity[-1] * (1 + (wanted * b - fee)))
        held = wanted
    return equity


def drawn(seed, n):
    price = [100.0]
    for u in lcg(seed, n):
        price.append(price[-1] * (1 + (u * u * u - 0.25) * 0.0009765625))
    return price


def cases():
    """name: (equity, price of the benchmark)"""
    btc, eth = closes("BTCUSDT"), closes("ETHUSDT")
    future = closes("IFL8")
    return {"btc": (curve(btc), btc), "eth": (curve(eth), btc),
            "future": (curve(future), future),
            "held": (eth, btc),
            "drawn": (curve(drawn(21, 20000)), drawn(22, 20000))}


def curve_figures(equity, price):
    """{name: (value, source)}"""
    e, p = np.array(equity), np.array(price)
    r, b = e[1:] / e[:-1] - 1, p[1:] / p[:-1] - 1
    index = pd.date_range("2020-01-01", periods=len(r), freq="5min")
    series = pd.Series(r, index=index)
    v = series.vbt.returns(freq="5min", year_freq="365 days",
                           benchmark_rets=pd.Series(b, index=index))
    assert v.ann_factor == PERIODS
    value = pd.Series(e, index=index.insert(0, index[0] - index.freq))
    d = value.vbt.drawdowns
    bars = d.duration.values
    out = {}

    def put(source, **figures):
        out.update({k: (float(x), source) for k, x in figures.items()})

    put("vectorbt", total_return=v.total(), annualised_return=v.annualized(),
        annualised_volatility=v.annualized_volatility(),
        annualised_sharpe=v.sharpe_ratio(risk_free=RISK_FREE),
        annualised_sortino=v.sortino_ratio(),
        annualised_downside_deviation=v.downside_risk(),
        omega=v.omega_ratio(), value_at_risk=v.value_at_risk(), tail_ratio=v.tail_ratio(),
        conditional_value_at_risk=v.cond_value_at_risk(),
        common_sense=v.common_sense_ratio(), beta=v.beta(),
        alpha=v.alpha(risk_free=RISK_FREE), capture=v.capture(),
        information_ratio=v.information_ratio(), up_capture=v.up_capture(),
        down_capture=v.down_capture(),
        benchmark_return=v.benchmark_rets.vbt.returns(freq="5min").total(),
        max_drawdown=-d.max_drawdown(), mean_drawdown=-d.avg_drawdown(),
        max_drawdown_bars=bars.max(), mean_drawdown_bars=bars.mean(),
        n_drawdowns=d.count(), open_drawdown=-d.active.max_drawdown()
        if d.active.count() else 0,
        open_drawdown_bars=d.active.duration.values.sum())
    target = dict(required_return=TARGET)
    put("vectorbt", **{"target.annualised_sortino": v.sortino_ratio(**target),
                       "target.annualised_downside_deviation":
                           v.downside_risk(**target)})
    # empyrical takes the threshold of Omega per year
    put("empyrical", **{"target.omega": empyrical.omega_ratio(
        r, required_return=(1 + TARGET)**PERIODS - 1, annualization=PERIODS)})
    put("numpy", mean_return=r.mean(), stddev=r.std(ddof=1),
        best_return=r.max(), worst_return=r.min(), share_up=(r > 0).mean(),
        share_down=(r < 0).mean(), n_returns=len(r))
    s = (r.mean() - RISK_FREE) / r.std(ddof=1)
    skew, kurtosis = scipy.stats.skew(r), scipy.stats.kurtosis(r, fisher=False)
    variance = 1 - skew * s + (kurtosis - 1) / 4 * s * s
    put("scipy", skewness=skew, kurtosis=kurtosis, sharpe=s,
        psr=scipy.stats.norm.cdf(s * np.sqrt((len(r) - 1) / variance)),
        min_trl=1 + variance * (scipy.stats.norm.ppf(0.95) / s)**2
        if s > 0 else np.nan)
    year = np.expm1(PERIODS * np.log1p(RISK_FREE))
    # vectorbt's formulas, but with the starting capital among the peaks
    ulcer = np.sqrt(np.mean((1 - e / np.maximum.accumulate(e))[1:]**2))
    put("numpy", ulcer_index=ulcer, calmar=v.annualized() / -d.max_drawdown(),
        martin=(v.annualized() - year) / ulcer)
    put("Lean's definition", tracking_error=(r - b).std(ddof=1) * PERIODS**0.5,
        treynor=(np.expm1(PERIODS * np.log1p(r.mean())) - year)
        / out["beta"][0])
    put("empyrical", annualised_benchmark_return=empyrical.annual_return(
        b, annualization=PERIODS))
    for name, second in (
            ("annualised_volatility",
             empyrical.annual_volatility(r, annualization=PERIODS)),
            ("tail_ratio", empyrical.tail_ratio(r)),
            ("beta", empyrical.beta(r, b)),
            ("value_at_risk", empyrical.value_at_risk(r)),
            ("conditional_value_at_risk",
             empyrical.conditional_value_at_risk(r))):
        assert abs(second / out[name][0] - 1) < 1e-9, (name, second, out[name])
    return out


def trades(seed, n):
    """Columns of drawn trades: results in cents, some of them even."""
    u = np.array(lcg(seed, 7 * n)).reshape(n, 7)
    cents = np.floor(u[:, 0] * 61) - 28
    return {"result": cents / 100, "quantity": np.floor(u[:, 1] * 9) + 1,
            "entry_price": np.floor(u[:, 2] * 100) + 50,
            "bars": np.floor(u[:, 3] * 40), "mae": u[:, 4] / 64,
            "mfe": u[:, 5] / 64, "fee": np.floor(u[:, 6] * 16) / 1024,
            "side": np.where(u[:, 3] < 0.5, -1.0, 1.0)}


def longest(flags):
    run = most = 0
    for flag in flags:
        run = run + 1 if flag else 0
        most = max(most, run)
    return most


def trade_figures(t):
    pnl, n = t["result"], len(t["result"])
    notional = t["quantity"] * t["entry_price"]
    records = np.zeros(n, dtype=trade_dt)
    records["id"], records["size"] = np.arange(n), t["quantity"]
    records["entry_price"], records["pnl"] = t["entry_price"], pnl
    records["return"] = pnl / notional
    records["exit_idx"] = t["bars"]
    records["status"] = TradeStatus.Closed
    wrapper = vbt.ArrayWrapper(pd.RangeIndex(64), pd.Index(["a"]), 1, freq="5min")
    v = vbt.Trades(wrapper, records, close=None)
    won, lost = v.winning, v.losing
    total = np.cumsum(pnl)
    peak = np.maximum(np.maximum.accumulate(total), 0)
    before = total - pnl
    inside = np.maximum.accumulate(np.maximum(before + t["mfe"] * notional, 0))
    gross = total[-1] + t["fee"].sum()
    out = {}

    def put(source, **figures):
        out.update({k: (float(np.squeeze(x)), source)
                    for k, x in figures.items()})

    put("vectorbt", n_trades=v.count(), win_rate=v.win_rate(),
        profit_factor=v.profit_factor(), mean_result=v.expectancy(),
        sqn=v.sqn(), n_won=won.count(), n_lost=lost.count(),
        max_won_streak=v.winning_streak.max(),
        max_lost_streak=v.losing_streak.max(), best_return=v.returns.max(),
        worst_return=v.returns.min(), mean_return=v.returns.mean(),
        mean_return_won=won.returns.mean(),
        mean_return_lost=lost.returns.mean(), mean_gain=won.pnl.mean(),
        mean_loss=lost.pnl.mean(), best=v.pnl.max(), worst=v.pnl.min(),
        mean_bars=v.duration.mean(), mean_bars_won=won.duration.mean(),
        mean_bars_lost=lost.duration.mean(), max_bars=v.duration.max(),
        max_bars_won=won.duration.max(), max_bars_lost=lost.duration.max(),
        median_bars=v.duration.median(), median_bars_won=won.duration.median(),
        median_bars_lost=lost.duration.median(), total=v.pnl.sum(),
        stddev=v.pnl.std())
    down = np.sqrt(np.mean(np.minimum(pnl, 0)**2))
    put("numpy", downside_deviation=down, median_result=np.median(pnl),
        sharpe=pnl.mean() / pnl.std(ddof=1), sortino=pnl.mean() / down,
        mean_giveback=(t["mfe"] - pnl / notional).mean(),
        max_giveback=(t["mfe"] - pnl / notional).max(),
        mean_cost=t["fee"].mean(), mean_fee=t["fee"].mean(), mean_spread=0,
        cost_share=t["fee"].sum() / gross if gross > 0 else np.nan,
        n_long=(t["side"] > 0).sum(), n_short=(t["side"] < 0).sum())
    put("Lean's definition", loss_rate=(pnl < 0).mean(),
        expectancy=(pnl > 0).mean() * pnl[pnl > 0].mean()
        / -pnl[pnl < 0].mean() - (pnl < 0).mean(),
        win_loss_ratio=(pnl > 0).sum() / (pnl < 0).sum(),
        payoff_ratio=pnl[pnl > 0].mean() / -pnl[pnl < 0].mean(),
        mean_mae=t["mae"].mean(), max_mae=t["mae"].max(),
        mean_mfe=t["mfe"].mean(), max_mfe=t["mfe"].max(),
        max_drawdown=(peak - total).max(),
        profit_to_drawdown=total[-1] / (peak - total).max(),
        max_drawdown_inside=(inside - before + t["mae"] * notional).max(),
        max_drawdown_trades=longest(total < peak))
    return out


TRADES = {"trades": (31, 1000), "few_trades": (32, 9)}


def deflated(equities):
    """DSR of each of some curves of one length, chosen among all of them."""
    e = np.array(equities).T
    index = pd.date_range("2020-01-01", periods=len(e) - 1, freq="5min")
    r = pd.DataFrame(e[1:] / e[:-1] - 1, index=index)
    v = r.vbt.returns(freq="5min", year_freq="365 days")
    return v.deflated_sharpe_ratio(risk_free=0).values


def deflated_curves():
    return [curve(drawn(seed, 2000)) for seed in range(41, 46)]


def write(path):
    with open(path, "w") as f:
        f.write(f"# tests/peers/peers_metrics.py --write: vectorbt "
                f"{vbt.__version__}, empyrical-reloaded "
                f"{empyrical.__version__}, scipy {scipy.__version__}, numpy "
                f"{np.__version__}, pandas {pd.__version__}\n"
                f"# {PERIODS} bars a year, risk_free {RISK_FREE:g}; target.*: "
                f"target_return {TARGET:g}\n# case,figure,value,source\n")
        for name, (equity, price) in cases().items():
            for k, (x, source) in curve_figures(equity, price).items():
                f.write(f"{name},{k},{x!r},{source}\n")
        for name, (seed, n) in TRADES.items():
            for k, (x, source) in trade_figures(trades(seed, n)).items():
                f.write(f"{name},{k},{x!r},{source}\n")
        for i, x in enumerate(deflated(deflated_curves())):
            f.write(f"deflated,{i},{float(x)!r},vectorbt\n")


def compare():
    sys.path.insert(0, str(ROOT / "examples/python"))
    import crucible as cr
    worst, n, wrong = (0, ""), 0, 0

    def check(name, is_value, wanted):
        nonlocal worst, n, wrong
        n += 1
        if np.isnan(wanted) and np.isnan(is_value):
            return
        apart = abs(is_value - wanted) / (abs(wanted) or 1)
        worst = max(worst, (float(apart), name))
        if not apart <= RELATIVE:
            print(f"{name}: {is_value!r}, expected {wanted!r}")
            wrong += 1

    options = dict(periods_per_year=PERIODS, risk_free=RISK_FREE)
    for name, (equity, price) in cases().items():
        m = cr.metrics(equity, price, **options)
        t = cr.metrics(equity, price, target_return=TARGET, **options)
        for k, (x, source) in curve_figures(equity, price).items():
            of = t if k.startswith("target.") else m
            check(f"{name} {k} ({source})", getattr(of, k.split(".")[-1]), x)
    for name, (seed, count) in TRADES.items():
        columns = trades(seed, count)
        m = cr.trade_metrics(columns)
        for k, (x, source) in trade_figures(columns).items():
            check(f"{name} {k} ({source})", getattr(m, k), x)
    found = [cr.metrics(e, periods_per_year=PERIODS) for e in deflated_curves()]
    cr.deflate(found)
    for i, x in enumerate(deflated(deflated_curves())):
        check(f"deflated {i}", found[i].dsr, x)
    print(f"{n} figures, the farthest {worst[0]:.1e} apart: {worst[1]}")
    sys.exit(wrong > 0)


if len(sys.argv) > 2 and sys.argv[1] == "--write":
    write(sys.argv[2])
else:
    compare()
