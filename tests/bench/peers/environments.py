# SPDX-License-Identifier: Apache-2.0
"""The peers' virtual environments: one each, pinned, outside the repository."""
import os
import pathlib
import subprocess
import sys

# environment: what is installed into it. NumPy is named where the worker needs
# it and the package does not bring it.
PINS = {
    "vectorbt": ["vectorbt==1.2.0", "vectorbt-rust==1.2.0", "numpy==2.4.6",
                 "pandas==3.1.1", "numba==0.68.1"],
    "raptorbt": ["raptorbt==0.13.4", "numpy==2.4.6"],
    "backtesting": ["backtesting==0.6.6", "numpy==2.4.6", "pandas==3.1.1"],
    "nautilus": ["nautilus_trader==1.221.0", "numpy==2.4.6", "pandas==2.3.3"],
    "backtrader": ["backtrader==1.9.78.123", "numpy==2.4.6"],
    "lrvx": ["lrvx==0.11.0", "numpy==2.4.6"],
    "pybroker": ["lib-pybroker==2.0.2", "numpy==2.4.6", "pandas==3.1.1"],
    "bt": ["bt==1.4.1", "numpy==2.4.6", "pandas==3.1.1"],
    "crucible": ["numpy==2.4.6"],
    # of market_state.py
    "arch": ["arch==8.0.0", "numpy==2.4.6", "scipy==1.17.1", "pandas==3.1.1"],
    "river": ["river==0.26.1", "numpy==2.4.6"],
    "bidask": ["bidask==2.1.0", "numpy==2.4.6", "pandas==3.1.1"],
    "hdbscan": ["hdbscan==0.8.43", "fast_hdbscan==0.3.4", "numpy==2.4.6",
                "numba==0.68.1", "scikit-learn==1.9.1", "scipy==1.17.1"],
}

# Looked at and not run, with the reason that the table's page gives.
NOT_RUN = {
    "zipline-reloaded 3.2.1": "installs; its clock runs on exchange sessions "
    "and its bars come from an ingested bundle, so that arrays of 5-minute "
    "bars cannot be handed to it",
    "hftbacktest 2.4.4": "replays order books and trades, not bars",
    "fastbt 0.10.0": "trades one day's entry and exit prices per row; it has "
    "no position that is held from a signal to a signal",
    "freqtrade 2026.9": "a trading bot: its back-test wants exchange, pair "
    "lists and a data folder, and cannot be called with arrays",
}


def python_of(name, folder):
    """The interpreter of an environment, made and filled on first use; None and
    the reason where the installation failed."""
    place = pathlib.Path(folder) / name
    python, stamp = place / "bin/python", place / "installed"
    wanted = "\n".join(PINS[name])
    if stamp.is_file() and stamp.read_text() == wanted:
        return python, ""
    print(f"installing {' '.join(PINS[name])}", file=sys.stderr)
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="")
    made = subprocess.run([sys.executable, "-m", "venv", place], text=True,
                          capture_output=True)
    if made.returncode == 0:
        made = subprocess.run([python, "-m", "pip", "install", "-q",
                               "--disable-pip-version-check", *PINS[name]],
                              text=True, capture_output=True, env=environment)
    if made.returncode != 0:
        lines = (made.stderr or made.stdout).strip().splitlines()
        return None, lines[-1] if lines else "pip failed without a word"
    stamp.write_text(wanted)
    return python, ""
