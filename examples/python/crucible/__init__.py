# SPDX-License-Identifier: Apache-2.0
"""libcrucible from Python: ctypes and NumPy, no copy of your arrays.

    import crucible as cr
    series = cr.read_csv("BTCUSDT-5m.csv.gz")
    rsi = cr.features(series, [("RSI", 14)])[:, 0]

Every call that fails raises cr.Error with the library's own text. Columns that
the library lends (series.close, trades["result"], ...) are NumPy views; the
object they came from stays alive as long as a view of it does.

The library is found by CRUCIBLE_LIBRARY (a path), then as an installed
libcrucible.so.0.1. Shapes, units and errors of every call are in the headers.
"""
from .backtests import (Backtest, backtest, backtest_options, cost_options,
                        plan)
from .constants import *
from .figures import (deflate, dsr, metrics, min_trl, moments, psr,
                      sharpe_record, sharpe_record_of, sharpe_test,
                      trade_metrics, TradeStream)
from .guards import (Lookahead, Warmup, check_lookahead, check_warmup)
from .impacts import (impact_apply, impact_cost, impact_estimate,
                      ImpactStream)
from .library import VERSION, Error, call, destructor, lib
from .library import call as _call, destructor as _free
from .market import (continuous_instrument, egarch_options, egarch_sigma,
                     feature_names, features, from_frame, instrument, Pool,
                     read_csv, season_options, season_sigma, Series, series,
                     volume_forecast)
from .records import FORMATS, TABLES
from .regimes import Hdbscan, hdbscan_options
from .segments import Segmenter, segment_options, segment_runs
from .simulations import market, request, simulate
from .sweeps import Sweep, bar, feature, grid
from .skill import (bootstrap, calibrate, ebh, EdgeDetector, effective_trials,
                    pbo, reality_check, SharpeSequence, splits, trial_clusters,
                    watchtower_options)
from .skill_structures import *
from .structures import *

C_NAMES.update(SKILL_NAMES)  # of every structure, for the test of the layouts
