#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Flattens the EGARCH figures of the shared golden.json into rows.

    python3 gen_egarch_golden.py <golden.json> > ../volatility/egarch.csv
"""
import json
import sys

NAMES = ["mu", "omega", "alpha", "gamma", "beta", "nu"]
DMBP = "data/econometrics/dmbp.csv.gz"
SP500 = "golden/sp500_pct_change.csv"
SIM = "golden/egarch_sim_10000.csv"
CASES = [  # name in golden.json, row, file, header, column, law, kappa, start
    ("EGARCH FCP MLE, e0=mean(e)", "fcp", DMBP, 1, 1, 1, 2, 4),
    ("EGARCH MLE rugarch start (h_0=mean(e^2) observed, recursion from t=1)",
     "rugarch", DMBP, 1, 1, 1, 2, 2),
    ("arch: dmbp EGARCH(1,1,1) normal const-mean tol=1e-12", "dmbp_normal",
     DMBP, 1, 1, 1, 2, 1),
    ("arch: dmbp EGARCH(1,1,1) t const-mean tol=1e-12", "dmbp_t", DMBP, 1, 1,
     2, 2, 1),
    ("arch: arch sp500 EGARCH(1,1,1) normal tol=1e-12", "sp500_normal", SP500,
     0, 0, 1, 2, 1),
    ("arch: arch sp500 EGARCH(1,1,1) t tol=1e-12", "sp500_t", SP500, 0, 0, 2,
     2, 1),
    ("arch: simulated n=10000 EGARCH(1,1,1)-t", "simulated_t", SIM, 0, 0, 2, 2,
     1),
    ("exact kappa(nu) variant on the same series", "simulated_exact", SIM, 0,
     0, 2, 1, 1)]


def six(figures):
    get = lambda k: figures.get(k, figures.get(k + "[1]", float("nan")))
    return [repr(float(get(k))) for k in NAMES]


golden = {c["name"]: c for c in json.load(open(sys.argv[1]))["cases"]}
print("""# tests/data/gen/gen_egarch_golden.py from the shared golden.json, whose sources
# are: fcp: www.tspintl.com/examples/bench/egarch.tsp (Brooks, Burke, Persand
# 2001, EGARCH benchmark on Bollerslev-Ghysels DM/GBP); rugarch: re-derived from
# src/garchmodels.c egarchfilterC; the rest: bashtage/arch @543f44cf7c, SLSQP
# with tol=1e-12; simulated_exact: an independent Python program with E|z| of
# the t law
# word,file,header,column,law,kappa,presample,loglik,mu,omega,alpha,gamma,beta,nu,
# classic standard errors of the six,robust ones of the six,next variance,
# last variance; nan = not in the source""")
for name, row, *spec in CASES:
    e = golden[name]["expected"]
    p = e.get("params", e)
    classic = e.get("se_classic", e.get("se_hessian", {}))
    print(",".join([row] + [str(s) for s in spec]
                   + [repr(e.get("llf", e.get("loglik")))] + six(p)
                   + six(classic) + six(e.get("se_robust", {}))
                   + [repr(float(e.get("var_1step", "nan"))),
                      repr(float(e.get("last_sigma2", "nan")))]))
print("# log-likelihoods at published parameters")
for name, row, start in [("EGARCH FCP likelihood, e0=mean(e)", "fcp_at_mean", 4),
                         ("EGARCH FCP likelihood, e0=0", "fcp_at_zero", 3)]:
    c = golden[name]
    print(",".join([row, DMBP, "1", "1", "1", "2", str(start),
                    repr(c["expected"]["loglik"])] + six(c["inputs"]["theta"])))
print("# variances of the first five returns: word, five figures")
for name, row, *spec in CASES:
    e = golden[name]["expected"]
    if "first5_sigma2" in e:
        print(",".join([row + "_first"] + [repr(v) for v in e["first5_sigma2"]]))
