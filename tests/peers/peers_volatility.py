#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
r"""Compares the EGARCH fit with Python's arch: log-likelihood and time.

    pip install arch numpy
    python3 tests/peers/peers_volatility.py build/release/lib/libcrucible.so \
        [--shared PATH] [--seeds N] [--sizes 500,2000] [--law t|normal]

Each row is a simulated series or a stretch of recorded 1- or 5-minute returns
(times 1e4 for arch, which warns below that). arch's own search may end on a
worse hill: it is also started from our optimum, and the better of its two
results counts, unless it is chaotic (mean ln |dh'/dh| >= 0: no filter can
follow such parameters, and our fit refuses them). Both are asked for 1e-12.
Ends with status 1 if our log-likelihood is anywhere below arch's by more than
1e-6, with 77 (skipped) where arch is missing.

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
                + [("max_evaluations", ct.c_uint32), ("tolerance", ct.c_double)])


class Params(ct.Structure):
    _fields_ = ([("struct_size", ct.c_size_t)]
                + [(n, ct.c_uint32) for n in "poq"]
                + [(n, ct.c_int32) for n in ("law", "kappa", "presample")]
                + [("mu", ct.c_double), ("omega", ct.c_double)]
                + [(n, ct.c_double * 3) for n in ("alpha", "gamma", "beta")]
                + [("nu", ct.c_double), ("skew", ct.c_double)])


class Result(ct.Structure):
    _fields_ = ([("struct_size", ct.c_size_t)]
                + [(n, ct.c_double)
                   for n in ("loglik", "aic", "bic", "last", "next")]
                + [("n", ct.c_uint64), ("n_evaluations", ct.c_uint32),
                   ("warnings", ct.c_uint32), ("params", Params),
                   ("se_classic", Params), ("se_robust", Params)])


def our_fit(lib, y, law):
    options, result = Options(), Result(ct.sizeof(Result))
    lib.crucible_egarch_options_init(ct.byref(options), ct.sizeof(options))
    options.law, options.kappa = (2 if law == "t" else 1), 2
    options.tolerance = 1e-12
    best = np.inf
    for _ in range(3):
        begin = time.perf_counter()
        status = lib.crucible_egarch_fit(
            y.ctypes.data_as(ct.c_void_p), ct.c_size_t(len(y)),
            ct.byref(options), None, ct.byref(result))
        best = min(best, time.perf_counter() - begin)
    if status:
        raise RuntimeError(lib.crucible_last_error().decode())
    return result, best


def arch_fit(y, law, start):
    model = arch.arch_model(y, mean="Constant", vol="EGARCH", p=1, o=1, q=1,
                            dist="t" if law == "t" else "normal",
                            rescale=False)
    options = {"ftol": 1e-12, "maxiter": 2000}
    begin = time.perf_counter()
    cold = model.fit(disp="off", show_warning=False, options=options,
                     cov_type="classic")
    seconds = time.perf_counter() - begin
    warm = model.fit(disp="off", show_warning=False, options=options,
                     starting_values=start)
    return value(cold, y), value(warm, y), seconds


def value(fit, y):
    """arch's log-likelihood, or -inf if its parameters are chaotic."""
    p = fit.params.to_numpy()
    z = (y - p[0]) / fit.conditional_volatility
    slope = p[4] - 0.5 * z * (p[2] * np.sign(z) + p[3])
    chaotic = np.mean(np.log(np.abs(slope) + 1e-300)) >= 0
    return -np.inf if chaotic else fit.loglikelihood


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
    parser.add_argument("--law", default="t", choices=("t", "normal"))
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    lib = ct.CDLL(args.library)
    lib.crucible_last_error.restype = ct.c_char_p
    worst, rows, lost = np.inf, [], 0
    for size in map(int, args.sizes.split(",")):
        series = [(f"simulated seed {s}", simulated(s, size))
                  for s in range(args.seeds)]
        if os.path.isdir(f"{args.shared}/data/klines"):
            series += list(recorded(args.shared, size))
        for name, y in series:
            y = np.ascontiguousarray(y)
            ours, our_seconds = our_fit(lib, y, args.law)
            p = ours.params
            start = [p.mu, p.omega, p.alpha[0], p.gamma[0], p.beta[0]]
            start += [p.nu] if args.law == "t" else []
            cold, warm, seconds = arch_fit(y, args.law, np.array(start))
            if ours.warnings & 1:
                lost += 1
            gain = ours.loglik - max(cold, warm)
            worst = min(worst, gain)
            rows.append((size, our_seconds, seconds))
            print(f"{name:27s} n {size:6d} ours {ours.loglik:14.6f} "
                  f"minus arch {gain:+.2e} (cold {ours.loglik - cold:+.2e}) "
                  f"{our_seconds * 1e3:8.2f} ms vs {seconds * 1e3:8.1f} ms, "
                  f"{ours.n_evaluations} evaluations, "
                  f"warnings {ours.warnings}", flush=True)
    for size in sorted({r[0] for r in rows}):
        t = np.array([r[1:] for r in rows if r[0] == size]) * 1e3
        print(f"n {size}: ours median {np.median(t[:, 0]):.2f} ms, max "
              f"{t[:, 0].max():.2f}; arch {arch.__version__} median "
              f"{np.median(t[:, 1]):.1f} ms")
    print(f"{len(rows)} series, {lost} of them not converged")
    print(f"lowest log-likelihood against the better of arch's: {worst:+.2e}")
    return worst < -1e-6


if __name__ == "__main__":
    sys.exit(main())
