# SPDX-License-Identifier: Apache-2.0
"""Skill or luck? Judges track records: a CSV with a column of returns per
strategy, their names in the first line.

    python3 judge.py returns.csv
"""
import sys

import numpy as np

import crucible as cr

with open(sys.argv[1], encoding="utf-8") as file:
    names = file.readline().strip().split(",")
    returns = np.loadtxt(file, delimiter=",", ndmin=2)

records = [cr.sharpe_record_of(column) for column in returns.T]
ratios = [record.sharpe_per_observation for record in records]
trials = {"n_trials": len(names)}
if len(names) > 1:
    trials["trial_sharpe_variance"] = float(np.var(ratios, ddof=1))

print(f"{len(returns):,} returns of {len(names)}; Sharpe ratios per return\n")
print(f"{'':12} {'Sharpe':>9} {'PSR':>8} {'DSR':>8} {'lower':>9} {'upper':>9} "
      f"{'anytime':>8} {'returns for 95 %':>17}")
for name, record, column in zip(names, records, returns.T):
    at = cr.SharpeSequence().run(column)
    needs = (cr.min_trl(record) if record.sharpe_per_observation > 0
             else np.inf)
    print(f"{name[:12]:12} {record.sharpe_per_observation:9.4f} "
          f"{cr.psr(record):8.2%} {cr.dsr(record, **trials).dsr:8.2%} "
          f"{at.lower:9.4f} {at.upper:9.4f} {at.anytime_psr:8.2%} "
          f"{needs:17,.0f}")
print("\nPSR: chance that the true ratio is above 0, looked at once. DSR: that it "
      "is\nmore than the best of so many without skill would show. lower, upper, "
      "anytime:\nbounds and evidence that hold however often one looks.")
if len(names) > 1 and len(returns) >= 32:
    found = cr.pbo(returns)
    print(f"\nThe best in one half is below the middle in the other in "
          f"{found.pbo:.1%} of all\nsplits (probability of overfitting); the "
          f"columns are {cr.effective_trials(returns):.1f} independent ones.")
