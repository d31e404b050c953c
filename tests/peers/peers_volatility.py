#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
r"""Compares the EGARCH fit with Python's arch: log-likelihood and time.

    pip install arch numpy
    python3 tests/peers/peers_volatility.py build/release/lib/libcrucible.so \
        [--shared PATH] [--seeds N] [--sizes 500,2000] [--law t|normal]
        [--models N]

Each row is a simulated series or a stretch of recorded 1- or 5-minute returns
(times 1e4 for arch, which warns below that). arch's own search may end on a
worse hill: it is also started from our optimum, and the better of its two
results counts, unless it is chaotic (mean ln |dh'/dh| >= 0: no filter can
follow such parameters, and our fit refuses them). Nor does it count where our
search from arch's own place climbs on to that wall: arch, whose betas are not
negative, was only stopped before. Both are asked for 1e-12.
Ends with status 1 if our log-likelihood is anywhere below arch's by more than
1e-6, with 77 (skipped) where arch is missing.

--models N adds N random models (orders up to 3, all four laws, constant, zero
and autoregressive means) on simulated series of the first size.

The kappa convention is arch's (sqrt(2/pi)), so that the likelihoods are the
same function of the parameters.
"""
import argparse
import ctypes as ct
import glob
import os
import sys
import time
import warnings

try:
    import arch
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


class Options(ct.Structure):
    _fields_ = ([("struct_size", ct.c_size_t)]
                + [(n, ct.c_uint32) for n in "poq"]
                + [(n, ct.c_int32)
                   for n in ("law", "kappa", "mean", "presample")]
                + [("max_evaluations", ct.c_uint32), ("tolerance", ct.c_double),
                   ("ar", ct.c_uint32), ("starts", ct.c_uint32),
                   ("news_cap", ct.c_double)])


class Params(ct.Structure):
    _fields_ = ([("struct_size", ct.c_size_t)]
                + [(n, ct.c_uint32) for n in "poq"]
                + [(n, ct.c_int32) for n in ("law", "kappa", "presample")]
                + [("mu", ct.c_double), ("omega", ct.c_double)]
                + [(n, ct.c_double * 3) for n in ("alpha", "gamma", "beta")]
                + [("nu", ct.c_double), ("skew", ct.c_double),
                   ("ar", ct.c_uint32), ("mean", ct.c_int32),
                   ("phi", ct.c_double * 3), ("news_cap", ct.c_double)])


class Result(ct.Structure):
    _fields_ = ([("struct_size", ct.c_size_t)]
                + [(n, ct.c_double)
                   for n in ("loglik", "aic", "bic", "last", "next")]
                + [("n", ct.c_uint64), ("n_evaluations", ct.c_uint32),
                   ("warnings", ct.c_uint32), ("params", Params),
                   ("se_classic", Params), ("se_robust", Params)])


LAWS = ("normal", "t", "skewt", "ged")  # 1, 2, 3, 4
MEANS = ("Constant", "Zero", "AR")


class Model:
    """p, o, q, law, mean and its lags"""

    def __init__(self, p=1, o=1, q=1, law="t", mean="Constant", ar=0):
        self.p, self.o, self.q, self.law = p, o, q, law
        self.mean, self.ar = mean, ar

    def __str__(self):
        return (f"({self.p},{self.o},{self.q}) {self.law} {self.mean}"
                + (str(self.ar) if self.ar else ""))

    def vector(self, params):
        """Ours in arch's order: mean, omega, alpha, gamma, beta, shapes."""
        mean = [] if self.mean == "Zero" else [params.mu]
        shapes = {"normal": [], "t": [params.nu], "ged": [params.nu],
                  "skewt": [params.nu, params.skew]}[self.law]
        return np.array(mean + list(params.phi[:self.ar]) + [params.omega]
                        + list(params.alpha[:self.p])
                        + list(params.gamma[:self.o])
                        + list(params.beta[:self.q]) + shapes)


    def params(self, vector):
        """arch's vector as ours"""
        out = Params(ct.sizeof(Params))
        out.p, out.o, out.q, out.ar = self.p, self.o, self.q, self.ar
        out.law, out.kappa = LAWS.index(self.law) + 1, 2
        out.presample, out.mean = 1, MEANS.index(self.mean) + 1
        rest = list(vector)
        out.mu = 0 if self.mean == "Zero" else rest.pop(0)
        for name, count in (("phi", self.ar), ("", 0), ("alpha", self.p),
                            ("gamma", self.o), ("beta", self.q)):
            if not name:
                out.omega = rest.pop(0)
            for i in range(count):
                getattr(out, name)[i] = rest.pop(0)
        if self.law != "normal":
            out.nu = rest.pop(0)
        if self.law == "skewt":
            out.skew = rest.pop(0)
        return out


def our_fit(lib, y, model, repeats=3, start=None):
    """start: the only place to search from"""
    options, result = Options(), Result(ct.sizeof(Result))
    lib.crucible_egarch_options_init(ct.byref(options), ct.sizeof(options))
    options.p, options.o, options.q = model.p, model.o, model.q
    options.law, options.kappa = LAWS.index(model.law) + 1, 2
    options.mean, options.ar = MEANS.index(model.mean) + 1, model.ar
    options.tolerance = 1e-12
    options.starts = 1 if start else 0
    best = np.inf
    for _ in range(repeats):
        begin = time.perf_counter()
        status = lib.crucible_egarch_fit(
            y.ctypes.data_as(ct.c_void_p), ct.c_size_t(len(y)),
            ct.byref(options), ct.byref(start) if start else None,
            ct.byref(result))
        best = min(best, time.perf_counter() - begin)
    if status:
        raise RuntimeError(lib.crucible_last_error().decode())
    return result, best


def arch_fit(y, model, start):
    fitter = arch.arch_model(
        y, mean=model.mean, lags=model.ar, vol="EGARCH", p=model.p, o=model.o,
        q=model.q, dist=model.law, rescale=False)
    options = {"ftol": 1e-12, "maxiter": 2000}
    begin = time.perf_counter()
    cold = fitter.fit(disp="off", show_warning=False, options=options,
                      cov_type="classic")
    seconds = time.perf_counter() - begin
    warm = fitter.fit(disp="off", show_warning=False, options=options,
                      starting_values=start)
    best = max(cold, warm, key=lambda fit: value(fit, model))
    return (value(cold, model), value(warm, model), seconds,
            model.params(best.params.to_numpy()))


def value(fit, model):
    """arch's log-likelihood, or -inf if its parameters are chaotic: a change of
    ln s2 that grows for ever."""
    p = fit.params.to_numpy()
    begin = {"Zero": 0, "Constant": 1, "AR": 1 + model.ar}[model.mean] + 1
    alpha = np.zeros(3)
    gamma, beta = alpha.copy(), alpha.copy()
    alpha[:model.p] = p[begin:begin + model.p]
    gamma[:model.o] = p[begin + model.p:begin + model.p + model.o]
    begin += model.p + model.o
    beta[:model.q] = p[begin:begin + model.q]
    z = np.asarray(fit.std_resid)
    z = z[np.isfinite(z)]
    change, total = [1.0, 0.0, 0.0], 0.0
    slopes = (beta[None, :] - 0.5 * z[:, None]
              * (alpha[None, :] * np.sign(z)[:, None] + gamma[None, :]))
    past = [np.zeros(3)] * 3
    for t in range(len(z)):
        past = [slopes[t], past[0], past[1]]
        new = sum(past[i][i] * change[i] for i in range(3))
        change = [new, change[0], change[1]]
        size = max(map(abs, change))
        if not 1e-100 < size < 1e100:
            total += np.log(size) if size > 0 else -1e3
            change = [c / size for c in change] if size > 0 else [1.0, 0, 0]
    total += np.log(max(map(abs, change)))
    return -np.inf if total >= 0 else fit.loglikelihood


def random_model(seed):
    r = np.random.default_rng(1000 + seed)
    mean = r.choice(MEANS, p=[0.5, 0.2, 0.3])
    return Model(int(r.integers(1, 4)), int(r.integers(0, 4)),
                 int(r.integers(1, 4)), str(r.choice(LAWS)), str(mean),
                 int(r.integers(1, 4)) if mean == "AR" else 0)


def simulated(seed, n):
    r = np.random.default_rng(seed)
    alpha, gamma = r.uniform(0.02, 0.3), r.uniform(-0.15, 0.1)
    beta, nu = r.uniform(0.8, 0.995), r.uniform(3, 20)
    z = r.standard_t(nu, n) * np.sqrt((nu - 2) / nu)
    kappa = np.mean(np.abs(z))
    y, h = np.empty(n), 0.0
    for t in range(n):
        y[t] = 0.02 + np.exp(h / 2) * z[t]
        h = alpha * (abs(z[t]) - kappa) + gamma * z[t] + beta * h
    return y


def recorded(shared, n):
    files = sorted(glob.glob(f"{shared}/data/klines/spot-5m*/*.csv.gz")
                   + glob.glob(f"{shared}/data/klines/usdm-*/*.csv.gz"))
    for path in files:
        close = np.loadtxt(path, delimiter=",", skiprows=1, usecols=4)
        y = np.diff(np.log(close)) * 1e4
        for k, begin in enumerate(range(0, len(y) - n, (len(y) - n) // 3)):
            yield f"{os.path.basename(path)[:24]}+{k}", y[begin:begin + n]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("library")
    parser.add_argument("--shared", default="")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--sizes", default="500,2000")
    parser.add_argument("--law", default="t", choices=LAWS)
    parser.add_argument("--models", type=int, default=0)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    lib = ct.CDLL(args.library)
    lib.crucible_last_error.restype = ct.c_char_p
    worst, rows, lost, chaotic = np.inf, [], 0, 0
    sizes = [int(size) for size in args.sizes.split(",")]
    cases = []
    for size in sizes:
        series = [(f"simulated seed {s}", simulated(s, size))
                  for s in range(args.seeds)]
        if os.path.isdir(f"{args.shared}/data/klines"):
            series += list(recorded(args.shared, size))
        cases += [(name, y, Model(law=args.law)) for name, y in series]
    for seed in range(args.models):
        model = random_model(seed)
        cases.append((str(model), simulated(seed, sizes[0]), model))
    for name, y, model in cases:
        y = np.ascontiguousarray(y)
        ours, our_seconds = our_fit(lib, y, model)
        cold, warm, seconds, place = arch_fit(y, model, model.vector(ours.params))
        if ours.warnings & 1:
            lost += 1
        gain = ours.loglik - max(cold, warm)
        note = ""
        if gain < -1e-6:  # does the likelihood rise from there into chaos?
            there, _ = our_fit(lib, y, model, 1, place)
            if there.warnings & 16:
                note, chaotic = " (towards chaos)", chaotic + 1
        if not note:
            worst = min(worst, gain)
        simple = (model.p, model.o, model.q, model.ar) == (1, 1, 1, 0)
        rows.append((len(y), simple, our_seconds, seconds))
        print(f"{name:27s} n {len(y):6d} ours {ours.loglik:14.6f} "
              f"minus arch {gain:+.2e} (cold {ours.loglik - cold:+.2e}) "
              f"{our_seconds * 1e3:8.2f} ms vs {seconds * 1e3:8.1f} ms, "
              f"{ours.n_evaluations} evaluations, "
              f"warnings {ours.warnings}{note}", flush=True)
    for size, simple in sorted({r[:2] for r in rows}):
        t = np.array([r[2:] for r in rows if r[:2] == (size, simple)]) * 1e3
        print(f"n {size}{'' if simple else ', random models'}: ours median "
              f"{np.median(t[:, 0]):.2f} ms, max {t[:, 0].max():.2f}; arch "
              f"{arch.__version__} median {np.median(t[:, 1]):.1f} ms")
    print(f"{len(rows)} series, {lost} of them not converged, "
          f"{chaotic} where arch stands on a slope into chaos")
    print(f"lowest log-likelihood against the better of arch's: {worst:+.2e}")
    return worst < -1e-6


if __name__ == "__main__":
    sys.exit(main())
