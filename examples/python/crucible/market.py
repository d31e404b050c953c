# SPDX-License-Identifier: Apache-2.0
"""Bars, instruments, features and forecasts."""
import ctypes as ct
import os

import numpy as np

from .arrays import Owned, lend, pointer, vector
from .constants import FEE_IN_QUOTE, MARKET_FUTURE
from .library import (call, defaults_of, destructor, lib, out_p, p, size,
                      text, void_p)
from .structures import (Bars, CsvOptions, EgarchRollingOptions, FeatureInfo,
                         FeatureSpec, Gap, Instrument, SeasonEgarchOptions,
                         double_p, int64_p)

lib.crucible_feature_count.restype = size

_csv_options = defaults_of("crucible_csv_options_init", CsvOptions)
egarch_options = defaults_of("crucible_egarch_rolling_options_init",
                             EgarchRollingOptions)
"""EgarchRollingOptions likewise: egarch_options(window=2000)."""
season_options = defaults_of("crucible_season_egarch_options_init",
                             SeasonEgarchOptions)
"""SeasonEgarchOptions likewise; its parts are .season and .volatility."""
_read_csv = call("crucible_series_read_csv", text, p(CsvOptions), out_p)
series_create = call("crucible_series_create", p(Bars), out_p)
_resample = call("crucible_series_resample", void_p, ct.c_int64, out_p)
_view = call("crucible_series_view", void_p, p(Bars))
_write_csv = call("crucible_bars_write_csv", p(Bars), text)
_gaps = call("crucible_bars_gaps", p(Bars), p(Gap), size, p(size))
_timeframe = call("crucible_timeframe_parse", text, int64_p)
_feature_at = call("crucible_feature_at", size, p(FeatureInfo))
_features = call("crucible_features_compute", p(FeatureSpec), size,
                 p(Bars), void_p, double_p)
_instrument = call("crucible_instrument_read", text, text, p(Instrument))
_sigma = call("crucible_egarch_rolling_forecasts", p(EgarchRollingOptions),
              double_p, size, double_p)
_season_sigma = call("crucible_season_egarch_forecasts",
                     p(SeasonEgarchOptions), int64_p, double_p, size, double_p)
_volume = call("crucible_volume_forecast", double_p, size, size, double_p)
_pool_create = call("crucible_pool_create", ct.c_uint32, out_p)
_series_free = destructor("crucible_series_destroy")
_pool_free = destructor("crucible_pool_destroy")


class Series:
    """Bars with their columns as arrays: open_time_ms, open, high, low, close,
    volume, and quote_volume, trades, taker_buy_base where the source has them
    (None otherwise)."""

    COLUMNS = ("open", "high", "low", "close", "volume", "quote_volume",
               "trades", "taker_buy_base")

    def __init__(self, handle):
        self._owner = Owned(handle, _series_free)
        self.bars = Bars()
        _view(handle, self.bars)
        n = self.bars.n
        self.open_time_ms = lend(self._owner, self.bars.open_time_ms, (n,))
        for name in self.COLUMNS:
            lent = getattr(self.bars, name)
            setattr(self, name,
                    lend(self._owner, lent, (n,)) if lent else None)
        self.timeframe_ms = self.bars.timeframe_ms
        self.symbol = (self.bars.symbol or b"").decode()

    def __len__(self):
        return self.bars.n

    def resample(self, timeframe):
        """The same market in longer bars, such as "15m"."""
        handle = void_p()
        _resample(self._owner.handle, _length_ms(timeframe), handle)
        return Series(handle)

    def gaps(self):
        """[(index of the bar after, open time of the first missing, how many)]"""
        n = size()
        _gaps(self.bars, None, 0, n)
        room = (Gap * n.value)()
        _gaps(self.bars, room, n.value, n)
        return [(g.index, g.from_ms, g.n_bars) for g in room]

    def write_csv(self, path):
        _write_csv(self.bars, os.fspath(path).encode())


def read_csv(path, **options):
    """Reads bars; options are the fields of CsvOptions."""
    handle = void_p()
    _read_csv(os.fspath(path).encode(), _csv_options(**options), handle)
    return Series(handle)


def _length_ms(timeframe):
    """5 * 60 * 1000 or "5m"."""
    if not isinstance(timeframe, str):
        return timeframe
    length = ct.c_int64()
    _timeframe(timeframe.encode(), length)
    return length.value


def _milliseconds(times):
    """Times as ms since 1970 in UTC; dates of NumPy and of pandas, too."""
    dates = getattr(times, "dt", times)  # of a pandas Series
    if getattr(dates, "tz", None) is not None:
        times = dates.tz_convert(None)
    array = np.asarray(times)
    if array.dtype.kind == "M":
        array = array.astype("datetime64[ms]")
    return np.ascontiguousarray(array, dtype=np.int64)


def series(open_time_ms, open, high, low, close, volume, timeframe_ms,
           symbol=""):
    """Bars of your own, checked and copied. Open times may be dates (UTC where
    they have no time zone), the timeframe a text such as "5m"."""
    times = _milliseconds(open_time_ms)
    timeframe_ms = _length_ms(timeframe_ms)
    columns = [vector(c, "a column") for c in (open, high, low, close, volume)]
    if any(len(c) != len(times) for c in columns):
        raise ValueError("all columns must have the length of open_time_ms")
    bars = Bars(n=len(times), open_time_ms=times.ctypes.data_as(int64_p),
                timeframe_ms=timeframe_ms, symbol=symbol.encode() or None)
    for name, column in zip(Series.COLUMNS, columns):
        setattr(bars, name, pointer(column))
    handle = void_p()
    series_create(bars, handle)
    return Series(handle)


def from_frame(frame, symbol="", timeframe=None):
    """Bars of a pandas DataFrame: columns open, high, low, close, volume (of
    either case) and dates as index, or a column open_time (dates or ms). The
    timeframe is the shortest step from a bar to the next, or as given."""
    named = {str(name).lower(): frame[name] for name in frame.columns}
    missing = [n for n in Series.COLUMNS[:5] if n not in named]
    if missing:
        raise ValueError(f"the DataFrame has no column {', '.join(missing)}: "
                         "bars have open, high, low, close and volume")
    times = named.get("open_time", frame.index)
    if "open_time" not in named and np.asarray(times).dtype.kind not in "MO":
        raise ValueError("the DataFrame has no open times: give it dates as "
                         "index, or a column open_time of dates or ms")
    times = _milliseconds(times)
    if timeframe is None:
        if len(times) < 2:
            raise ValueError("one bar has no step: give timeframe=, as \"5m\"")
        timeframe = int(np.diff(times).min())
    return series(times, *(named[n] for n in Series.COLUMNS[:5]), timeframe,
                  symbol)


def bars_of(given):
    """The Series that a caller gave, or one of the DataFrame that it gave."""
    if isinstance(given, Series):
        return given
    if hasattr(given, "columns") and hasattr(given, "index"):
        return from_frame(given)
    raise TypeError("bars are wanted, not a " + type(given).__name__ + ": give "
                    "what read_csv(), series() or from_frame() made, or a "
                    "DataFrame of open, high, low, close and volume with dates")


class Pool:
    """Worker threads; 0 = one per processor."""

    def __init__(self, n_threads=0):
        handle = void_p()
        _pool_create(n_threads, handle)
        self._owner = Owned(handle, _pool_free)


def pool_of(pool):
    return pool._owner.handle if pool is not None else None


def feature_names():
    """Names of all features of the registry."""
    info, names = FeatureInfo(), []
    for i in range(lib.crucible_feature_count()):
        _feature_at(i, info)
        names.append(info.name.decode())
    return names


def features(series, specs, pool=None):
    """[bars x features], column-major. A spec is a name, or (name, parameters
    ...) in the registry's order; missing parameters are at their defaults."""
    series = bars_of(series)
    array = (FeatureSpec * len(specs))()
    for made, spec in zip(array, specs):
        name, *params = (spec,) if isinstance(spec, str) else spec
        made.name = name.encode()
        made.params[:] = (list(params) + [np.nan] * 4)[:4]
    values = np.empty((len(series), len(specs)), order="F")
    _features(array, len(specs), series.bars, pool_of(pool), pointer(values))
    return values


def instrument(path, symbol):
    """A profile out of an instruments.json."""
    result = Instrument()
    _instrument(os.fspath(path).encode(), symbol.encode(), result)
    return result


def continuous_instrument(symbol, fee):
    """The market that vectorised back-testers assume: any price, any size, one
    fee (a fraction), shorts without a charge for borrowing."""
    return Instrument(
        symbol=symbol.encode(), venue=b"none", base_currency=b"base",
        quote_currency=b"quote", market_type=MARKET_FUTURE,
        fee_asset=FEE_IN_QUOTE, maker_fee=fee, taker_fee=fee, price_tick=1e-10,
        lot_step=1e-15, max_leverage=1.0, is_shortable=1)


def egarch_sigma(close, options=None):
    """One-step forecasts of the standard deviation, refitted as options say;
    [i] is known at close i."""
    values = vector(close, "close")
    sigma = np.empty(len(values))
    _sigma(options, pointer(values), len(values), pointer(sigma))
    return sigma


def season_sigma(series, options=None):
    """The same from bars, with the pattern of the day and the week taken out of
    the returns and put into the forecast. Timeframe: that of the bars."""
    options = (season_options() if options is None
               else SeasonEgarchOptions.from_buffer_copy(options))
    options.season.season.timeframe_ms = series.bars.timeframe_ms
    sigma = np.empty(len(series))
    _season_sigma(options, series.bars.open_time_ms, series.bars.close,
                  len(series), pointer(sigma))
    return sigma


def volume_forecast(volume, window=12):
    """Mean of the last window volumes; [i] is known at close i."""
    values = vector(volume, "volume")
    forecast = np.empty(len(values))
    _volume(pointer(values), len(values), window, pointer(forecast))
    return forecast
