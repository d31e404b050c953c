#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden values of the features that TA-Lib does not have, from definitions.

    pip install TA-Lib numpy scipy
    python3 tests/data/gen/features_numpy.py tests/data/features/bars.csv \
        > tests/data/features/numpy.csv

Each value is worked out from its window alone by NumPy and SciPy, which share
nothing with the library's sums; same lines as features_talib.py.
"""
import datetime
import math
import sys
import warnings

import numpy as np
import scipy
import scipy.stats

import features_talib as shared

CASES = []
STEP_MS = 300000
warnings.simplefilter("ignore")


def window(name, back, *sets):
    """A function of the rows i - back(params) .. i, given as slices."""

    def add(f):
        def call(c, *p):
            n, out = back(*p), np.full(len(c.close), np.nan)
            for i in range(n, len(out)):
                out[i] = f(Slice(c, i - n, i + 1), *p)
            return out

        CASES.append((name, call, sets or ((),)))
        return f

    return add


class Slice:
    def __init__(self, c, begin, end):
        for key, column in vars(c).items():
            setattr(self, key, column[begin:end])
        self.r = np.diff(np.log(self.close))


def per_bar(n, *_):
    return n - 1


def with_return(n, *_):
    return n


def ratio(x, y, flat=0.0):
    return x / y if y > 0 else flat


def zscore(x, flat=0.0):
    return ratio(x[-1] - x.mean(), x.std()) if np.ptp(x) > 0 else flat


def correl(x, y):
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return np.corrcoef(x, y)[0, 1]


PERIODS = ((48,), (2,), (7,), (100,))
LONGER = ((96,), (4,), (13,), (150,))

# ---- trend ----


@window("PRICE_TO_SMA", per_bar, *PERIODS)
def _(s, n):
    return s.close[-1] / s.close.mean() - 1


@window("SLOPE_RATIO", per_bar, *PERIODS)
def _(s, n):
    return np.polyfit(np.arange(n), s.close, 1)[0] / s.close.mean()


@window("TIME_CORREL", per_bar, *LONGER)
def _(s, n):
    return correl(np.arange(n), s.close)


@window("HIGH_DISTANCE", per_bar, *PERIODS)
def _(s, n):
    return math.log(s.close[-1] / s.high.max())


@window("LOW_DISTANCE", per_bar, *PERIODS)
def _(s, n):
    return math.log(s.close[-1] / s.low.min())


@window("BBANDS_WIDTH", per_bar, *PERIODS)
def _(s, n):
    return 4 * s.close.std() / s.close.mean()


@window("BBANDS_PERCENT", per_bar, *PERIODS)
def _(s, n):
    return 0.5 + zscore(s.close) / 4


def ema(x, n, alpha=None):
    """Seeded with the mean of the first n values that are numbers."""
    alpha = alpha or 2 / (n + 1)
    out = np.full(len(x), np.nan)
    first = int(np.flatnonzero(~np.isnan(x))[0])
    at = first + n - 1
    out[at] = x[first:at + 1].mean()
    for i in range(at + 1, len(x)):
        out[i] = alpha * x[i] + (1 - alpha) * out[i - 1]
    return out


CASES.append(("PRICE_TO_EMA", lambda c, n: c.close / ema(c.close, n) - 1,
              PERIODS))


def true_range(c):
    before = np.concatenate([[np.nan], c.close[:-1]])
    out = np.maximum(c.high, before) - np.minimum(c.low, before)
    out[0] = np.nan
    return out


CASES.append(("EMA_DISTANCE",
              lambda c, n, m: (c.close - ema(c.close, n)) /
              ema(true_range(c), m, 1 / m),
              ((30, 14), (2, 20), (60, 2))))

# ---- momentum and volatility ----


@window("LOGRET", with_return, (1,), (12,), (100,))
def _(s, n):
    return math.log(s.close[-1]) - math.log(s.close[0])


@window("REALIZED_VOL", with_return, *PERIODS)
def _(s, n):
    return math.sqrt((s.r**2).mean())


@window("DOWNSIDE_VOL", with_return, *PERIODS)
def _(s, n):
    return math.sqrt((np.minimum(s.r, 0)**2).mean())


@window("RETURN_ZSCORE", with_return, *PERIODS)
def _(s, n):
    return ratio(s.r[-1], math.sqrt((s.r**2).mean()))


@window("DOWNSIDE_SHARE", with_return, *PERIODS)
def _(s, n):
    return ratio((s.r[s.r < 0]**2).sum(), (s.r**2).sum(), 0.5)


@window("VOL_RATIO", max, (12, 96), (2, 3), (50, 20))
def _(s, fast, slow):
    vol = [math.sqrt((s.r[-n:]**2).mean()) for n in (fast, slow)]
    return ratio(vol[0], vol[1], 1.0)


@window("JUMP_SHARE", with_return, *PERIODS)
def _(s, n):
    bipower = math.pi / 2 * np.abs(s.r[1:] * s.r[:-1]).sum() * n / (n - 1)
    all_of_it = (s.r**2).sum()
    return max(0.0, 1 - bipower / all_of_it) if all_of_it > 0 else 0.0


def ewma_vol(c, n):
    r = np.concatenate([[np.nan], np.diff(np.log(c.close))])
    return np.sqrt(ema(r * r, n))


CASES.append(("EWMA_VOL", ewma_vol, PERIODS))


@window("PARKINSON", per_bar, *PERIODS)
def _(s, n):
    return math.sqrt((np.log(s.high / s.low)**2).mean() / (4 * math.log(2)))


@window("GARMAN_KLASS", per_bar, *PERIODS)
def _(s, n):
    hl, co = np.log(s.high / s.low), np.log(s.close / s.open)
    return math.sqrt((0.5 * hl**2 - (2 * math.log(2) - 1) * co**2).mean())


def rogers_satchell(s):
    h, l, c, o = (np.log(x) for x in (s.high, s.low, s.close, s.open))
    return ((h - c) * (h - o) + (l - c) * (l - o)).mean()


@window("ROGERS_SATCHELL", per_bar, *PERIODS)
def _(s, n):
    return math.sqrt(max(rogers_satchell(s), 0))


class Tail:
    """The slice without its first row."""

    def __init__(self, s):
        for key, column in vars(s).items():
            setattr(self, key, column[1:])


@window("YANG_ZHANG", with_return, *PERIODS)
def _(s, n):
    t = Tail(s)
    night = np.log(t.open / s.close[:-1]).var(ddof=1)
    day = np.log(t.close / t.open).var(ddof=1)
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    return math.sqrt(max(night + k * day + (1 - k) * rogers_satchell(t), 0))


# ---- volume and flow ----


@window("VOLUME_ZSCORE", per_bar, *PERIODS)
def _(s, n):
    return zscore(s.volume)


@window("SIGNED_VOLUME", with_return, *PERIODS)
def _(s, n):
    sign = np.sign(np.diff(s.close))
    return ratio((sign * s.volume[1:]).sum(), s.volume[1:].sum())


@window("VWAP_DISTANCE", per_bar, *PERIODS)
def _(s, n):
    if s.volume.sum() == 0:
        return 0.0
    return math.log(s.close[-1] * s.volume.sum() / s.quote_volume.sum())


@window("TAKER_IMBALANCE", lambda: 0)
def _(s):
    return ratio(2 * s.taker_buy_base[0] - s.volume[0], s.volume[0])


@window("TAKER_IMBALANCE_SUM", per_bar, *PERIODS)
def _(s, n):
    return ratio((2 * s.taker_buy_base - s.volume).sum(), s.volume.sum())


@window("FLOW_TOXICITY", per_bar, *PERIODS)
def _(s, n):
    return ratio(np.abs(2 * s.taker_buy_base - s.volume).sum(), s.volume.sum())


@window("TAKER_FLOW_ZSCORE", per_bar, *PERIODS)
def _(s, n):
    return zscore(2 * s.taker_buy_base - s.volume)


@window("TRADE_SIZE", lambda: 0)
def _(s):
    return ratio(s.volume[0], s.trades[0])


@window("TRADE_SIZE_RATIO", per_bar, *PERIODS)
def _(s, n):
    if s.trades[-1] == 0:
        return 0.0
    usual = s.volume.sum() / s.trades.sum()
    return math.log(s.volume[-1] / s.trades[-1] / usual)


@window("TRADES_ZSCORE", per_bar, *PERIODS)
def _(s, n):
    return zscore(s.trades)


@window("VOLUME_RANK", with_return, *PERIODS)
def _(s, n):
    return 100 * (s.volume[:-1] < s.volume[-1]).mean()


# ---- microstructure ----


@window("CLOSE_LOCATION", lambda: 0)
def _(s):
    return ratio(2 * s.close[0] - s.high[0] - s.low[0], s.high[0] - s.low[0])


@window("UPPER_SHADOW", lambda: 0)
def _(s):
    return ratio(s.high[0] - max(s.open[0], s.close[0]), s.high[0] - s.low[0])


@window("LOWER_SHADOW", lambda: 0)
def _(s):
    return ratio(min(s.open[0], s.close[0]) - s.low[0], s.high[0] - s.low[0])


@window("OPEN_GAP", lambda: 1)
def _(s):
    return math.log(s.open[1]) - math.log(s.close[0])


@window("AMIHUD", with_return, *PERIODS)
def _(s, n):
    turnover = (s.close * s.volume)[1:]
    traded = turnover > 0
    return 1e6 * (np.abs(s.r[traded]) / turnover[traded]).sum() / n


@window("ZERO_RETURNS", with_return, *PERIODS)
def _(s, n):
    return (np.diff(s.close) == 0).mean()


@window("ROLL_SPREAD", lambda n: n + 1, *PERIODS)
def _(s, n):
    cov = np.cov(s.r[1:], s.r[:-1])[0, 1]
    return 2 * math.sqrt(-cov) if cov < -1e-22 else 0.0


@window("CORWIN_SCHULTZ", with_return, *PERIODS)
def corwin_schultz(s, n):
    high, low, close = np.log(s.high), np.log(s.low), np.log(s.close)[:-1]
    gap = np.maximum(0, close - high[1:]) + np.minimum(0, close - low[1:])
    square = (high - low)**2
    beta = square[1:] + square[:-1]
    gamma = (np.maximum(high[1:] + gap, high[:-1]) -
             np.minimum(low[1:] + gap, low[:-1]))**2
    k = 3 - 2 * math.sqrt(2)
    alpha = (np.sqrt(2 * beta) - np.sqrt(beta)) / k - np.sqrt(gamma / k)
    spread = 2 * (np.exp(alpha) - 1) / (1 + np.exp(alpha))
    return np.maximum(spread, 0).mean()


@window("ABDI_RANALDO", with_return, *PERIODS)
def abdi_ranaldo(s, n):
    close, middle = np.log(s.close), (np.log(s.high) + np.log(s.low)) / 2
    square = 4 * (close[:-1] - middle[:-1]) * (close[:-1] - middle[1:])
    return np.sqrt(np.maximum(square, 0)).mean()


@window("KYLE_LAMBDA", with_return, *PERIODS)
def _(s, n):
    flow = (2 * s.taker_buy_base - s.volume)[1:]
    if np.ptp(flow) == 0:
        return 0.0
    return scipy.stats.linregress(flow, s.r).slope * s.volume[1:].mean()


@window("FLOW_CORREL", with_return, *LONGER)
def _(s, n):
    return correl((2 * s.taker_buy_base - s.volume)[1:], s.r)


# ---- calendar: Python's calendar, local parts of a UTC datetime ----


def at_close(f):
    def call(c):
        times = [datetime.datetime.fromtimestamp((t + STEP_MS) / 1000,
                                                 datetime.timezone.utc)
                 for t in c.open_time]
        return np.array([f(t) for t in times], dtype=float)

    return call


def of_day(t):
    return (t.hour * 60 + t.minute) / 1440


for name, f in (
    ("HOUR_SIN", lambda t: math.sin(2 * math.pi * of_day(t))),
    ("HOUR_COS", lambda t: math.cos(2 * math.pi * of_day(t))),
    ("WEEKDAY_SIN", lambda t: math.sin(2 * math.pi * (t.weekday() + of_day(t))
                                       / 7)),
    ("WEEKDAY_COS", lambda t: math.cos(2 * math.pi * (t.weekday() + of_day(t))
                                       / 7)),
    ("SESSION_ASIA", lambda t: t.hour < 9),
    ("SESSION_EUROPE", lambda t: 7 <= t.hour < 16),
    ("SESSION_AMERICA", lambda t: 13 <= t.hour < 22),
    ("WEEKEND", lambda t: t.weekday() >= 5),
    ("FUNDING_PHASE", lambda t: (t.hour % 8 * 60 + t.minute) / 480),
):
    CASES.append((name, at_close(f), ((),)))


@window("MISSING_BARS", lambda: 1)
def _(s):
    return np.diff(s.open_time)[0] / STEP_MS - 1


# ---- transform ----


@window("ZSCORE", per_bar, *PERIODS)
def _(s, n):
    return zscore(s.close)


@window("FRACDIFF", lambda d, n: n - 1, (0.4, 100), (0.05, 2), (0.95, 30))
def _(s, d, n):
    weights = [(-1)**k * scipy.special.binom(d, k) for k in range(n)]
    return np.dot(weights, np.log(s.close[::-1]))


@window("SKEW", with_return, *LONGER)
def _(s, n):
    return scipy.stats.skew(s.r) if np.ptp(s.r) > 0 else 0.0


@window("KURT", with_return, *LONGER)
def _(s, n):
    return (scipy.stats.kurtosis(s.r, fisher=False)
            if np.ptp(s.r) > 0 else 3.0)


@window("AUTOCORREL", lambda n, lag: n + lag, (96, 1), (3, 5), (20, 50))
def _(s, n, lag):
    return correl(s.r[lag:], s.r[:-lag])


@window("RETURN_VOLUME_CORREL", with_return, *LONGER)
def _(s, n):
    return correl(s.r, s.volume[1:])


@window("VARIANCE_RATIO", lambda n, lag: n - 1 + lag, (96, 4), (3, 2),
        (20, 50))
def _(s, n, lag):
    close = np.log(s.close)
    return ratio((close[lag:] - close[:-lag]).var(), lag * s.r[-n:].var(), 1.0)


def main():
    with open(sys.argv[1]) as file:
        columns = shared.Columns(file)
    print("# numpy %s, scipy %s; tests/data/gen/features_numpy.py on bars.csv"
          % (np.__version__, scipy.__version__))
    shared.print_cases(CASES, columns)


if __name__ == "__main__":
    main()
