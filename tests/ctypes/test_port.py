# SPDX-License-Identifier: Apache-2.0
"""examples/python/port_ma_cross.py has the figures that vectorbt has.

Source: vectorbt 1.2.0 with numpy 2.4.6, pandas 3.1.1, numba 0.68.1:
  python examples/python/port_ma_cross_vectorbt.py \\
      examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv
"""
import os
import pathlib
import subprocess
import sys

VECTORBT = """
   5   40     49   9.58959 192.36898
   5   64     37   7.27641 191.95440
   5   88     33   6.30550 183.20262
   9   40     45   8.85906 192.67270
   9   64     25   4.94958 194.69163
   9   88     25   4.81220 185.88821
  13   40     35   6.98126 197.34676
  13   64     23   4.59238 197.35735
  13   88     21   4.08257 188.73663
"""

folder = pathlib.Path(os.environ["CRUCIBLE_SOURCE_DIR"]) / "examples"
data = sorted((folder / "data").glob("BTCUSDT-5m-*.csv"))[0]
printed = subprocess.run(
    [sys.executable, folder / "python/port_ma_cross.py", data,
     folder / "data/instruments.json"], check=True, capture_output=True,
    text=True).stdout
print(printed)
ours = [line.split("|")[0].split() for line in printed.splitlines()[1:]]
assert ours == [line.split() for line in VECTORBT.strip().splitlines()], ours
