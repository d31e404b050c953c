# SPDX-License-Identifier: Apache-2.0
"""One engine of market_state.py in a process of its own: it is told over standard
input which case to prepare and to run, and answers in lines of JSON.

Every process makes the same arrays for itself; CRUCIBLE_PEER_ENGINE names the
engine, CRUCIBLE_PEER_THREADS how many threads it may use.
"""
import ctypes as ct
import importlib.metadata
import json
import os
import sys
import time
import warnings

import numpy as np

sys.dont_write_bytecode = True
WINDOW = 288
TURN = 0.02  # seconds of calls at least; their mean is told


def returns(n):
    """Of an EGARCH(1,1,1) with Student t residuals, in per cent."""
    draw = np.random.default_rng(7)
    z = draw.standard_t(6, n) * np.sqrt(4 / 6)
    out, log_variance = np.empty(n), 0.0
    for t in range(n):
        out[t] = 0.02 + np.exp(log_variance / 2) * z[t]
        log_variance = (0.15 * (abs(z[t]) - np.sqrt(2 / np.pi)) - 0.05 * z[t]
                        + 0.95 * log_variance)
    return out


def uniform(n):
    return np.random.default_rng(1).random(n)


def bars(n):
    """Open, high, low, close of 40 trades a bar, half a spread of 1e-4 off."""
    draw = np.random.default_rng(1)
    walk = np.cumsum(draw.normal(0, 1e-3 / np.sqrt(40), n * 40))
    price = 100 * np.exp(walk) * (1 + 1e-4 * draw.choice([-.5, .5], n * 40))
    price = price.reshape(n, 40)
    return [np.ascontiguousarray(c) for c in (
        price[:, 0], price.max(1), price.min(1), price[:, -1])]


def mixture(n, dims):
    """Eight groups and a tenth of noise."""
    draw = np.random.default_rng(0)
    centres = draw.uniform(-10, 10, (8, dims))
    points = centres[draw.integers(0, 8, n)] + draw.normal(0, 1, (n, dims))
    noise = draw.random(n) < 0.1
    points[noise] = draw.uniform(-12, 12, (noise.sum(), dims))
    return points


def memory_mb(field):
    for line in open("/proc/self/status"):
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {field}")


class Fit(ct.Structure):
    """The beginning of crucible_egarch_fit_result."""
    _fields_ = [("struct_size", ct.c_size_t), ("loglik", ct.c_double),
                ("rest", ct.c_double * 100)]


class Crucible:
    """This library through examples/python: one call a case."""

    packages = ("numpy",)

    def __init__(self, threads):
        import crucible
        from crucible import library, structures
        self.cr, self.library, self.s = crucible, library, structures
        self.pool = crucible.Pool(threads)

    def egarch(self, n):
        y, fit = returns(n), Fit(ct.sizeof(Fit))
        function = self.library.call(
            "crucible_egarch_fit", ct.POINTER(ct.c_double), ct.c_size_t,
            ct.POINTER(self.s.EgarchOptions), ct.c_void_p, ct.POINTER(Fit))
        # arch's sqrt(2/pi): the same function of the parameters
        options = self.library.defaults_of("crucible_egarch_options_init",
                                           self.s.EgarchOptions)(kappa=2)
        at = y.ctypes.data_as(ct.POINTER(ct.c_double))

        def run():
            function(at, n, options, None, fit)
            return fit.loglik
        run.kept = y
        return run

    def adwin(self, n):
        values, handle = uniform(n), ct.c_void_p()
        make = self.library.call("crucible_adwin_create", ct.c_void_p,
                                 ct.POINTER(ct.c_void_p))
        go = self.library.call("crucible_adwin_run", ct.c_void_p,
                               ct.c_void_p, ct.c_size_t, ct.c_void_p,
                               ct.c_void_p)
        get = self.library.call("crucible_adwin_get", ct.c_void_p,
                                ct.POINTER(self.s.AdwinWindow))
        free = self.library.destructor("crucible_adwin_destroy")

        def run():
            make(None, handle)
            go(handle, values.ctypes.data, n, None, None)
            found = self.s.AdwinWindow()
            get(handle, found)
            free(handle)
            return found.total
        return run

    def edge(self, n):
        columns = bars(n) + [np.ones(n)]
        times = np.arange(n) * 60000
        out, b = np.empty(n), self.s.Bars()
        b.n, b.timeframe_ms = n, 60000
        b.open_time_ms = times.ctypes.data_as(ct.POINTER(ct.c_int64))
        for name, column in zip(("open", "high", "low", "close", "volume"),
                                columns):
            setattr(b, name, column.ctypes.data_as(ct.POINTER(ct.c_double)))
        function = self.library.call(
            "crucible_spread_rolling", ct.POINTER(self.s.Bars), ct.c_void_p,
            ct.c_size_t, ct.c_void_p)

        def run():
            function(b, None, WINDOW, out.ctypes.data)
            return float(out[WINDOW:].mean())
        run.kept = columns, times
        return run

    def hdbscan(self, n, dims):
        points = mixture(n, dims)
        options = self.cr.hdbscan_options(min_cluster_size=100, min_samples=10)
        return lambda: self.cr.Hdbscan(points, options, self.pool).labels


class Arch:
    packages = ("arch", "scipy")

    def egarch(self, n):
        import arch
        model = arch.arch_model(returns(n), mean="Constant", vol="EGARCH", p=1,
                                o=1, q=1, dist="t", rescale=False)
        return lambda: float(model.fit(disp="off").loglikelihood)


class River:
    packages = ("river",)

    def adwin(self, n):
        from river import drift
        values = uniform(n).tolist()

        def run():
            window = drift.ADWIN()
            update = window.update
            for x in values:
                update(x)
            return window.total
        return run


class Bidask:
    packages = ("bidask", "pandas")

    def edge(self, n):
        import bidask
        import pandas as pd
        frame = pd.DataFrame(dict(zip(("open", "high", "low", "close"),
                                      bars(n))))

        def run():
            found = bidask.edge_rolling(frame, WINDOW, sign=True)
            return float(found.to_numpy()[WINDOW:].mean())
        return run


class Hdbscan:
    packages = ("hdbscan",)

    def hdbscan(self, n, dims):
        import hdbscan
        points = mixture(n, dims)
        return lambda: hdbscan.HDBSCAN(
            min_cluster_size=100, min_samples=10, approx_min_span_tree=False,
            algorithm="boruvka_kdtree").fit(points).labels_


class FastHdbscan:
    packages = ("fast_hdbscan", "numba")

    def hdbscan(self, n, dims):
        import fast_hdbscan
        points = mixture(n, dims)
        return lambda: fast_hdbscan.HDBSCAN(
            min_cluster_size=100, min_samples=10).fit(points).labels_


ENGINES = {"libcrucible": Crucible, "arch": Arch, "river": River,
           "bidask": Bidask, "hdbscan": Hdbscan, "fast_hdbscan": FastHdbscan}


def figure(result):
    """What engines are compared by: a number, or labels."""
    return result if isinstance(result, float) else list(map(int, result))


class Session:
    def __init__(self):
        kind = ENGINES[os.environ["CRUCIBLE_PEER_ENGINE"]]
        threads = int(os.environ["CRUCIBLE_PEER_THREADS"])
        self.engine = kind(threads) if kind is Crucible else kind()
        self.run = None

    def answer(self, op, case=None, sizes=()):
        if op == "versions":
            return {p: importlib.metadata.version(p)
                    for p in self.engine.packages}
        if op == "prepare":
            self.run = None
            self.run = getattr(self.engine, case)(*sizes)
            return {"figure": figure(self.run())}
        if op == "memory":
            getattr(self.engine, case)(1000, *sizes[1:])()
            run = getattr(self.engine, case)(*sizes)
            before = memory_mb("VmRSS")
            with open("/proc/self/clear_refs", "w") as file:
                file.write("5")  # resets VmHWM
            run()
            return {"mb": memory_mb("VmHWM") - before}
        calls, begin, taken = 0, time.perf_counter(), 0
        while taken < TURN:
            self.run()
            calls, taken = calls + 1, time.perf_counter() - begin
        return {"seconds": taken / calls}


def main():
    warnings.simplefilter("ignore")
    session = Session()
    for line in sys.stdin:
        try:
            answer = session.answer(**json.loads(line))
        except Exception as error:  # the table says what became of it
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
