# SPDX-License-Identifier: Apache-2.0
"""Where two engines mean the same they must say the same: order counts, sums of
fees and final equity of each column against vectorbt's, to 1e-9."""
import numpy as np

TOLERANCE = 1e-9


def compare(theirs, ours):
    """[] or what differs, one line a figure."""
    faults = []
    for name in ("orders", "fees", "equity"):
        a, b = (np.asarray(f[name], dtype=float) for f in (theirs, ours))
        a = a[:len(b)]
        off = np.abs(a - b) / np.maximum(np.abs(a), 1e-300)
        worst = int(np.argmax(off)) if len(off) else 0
        if not len(b):
            faults.append(f"{name}: nothing to compare")
        elif not off[worst] <= TOLERANCE:
            faults.append(f"{name}: column {worst} has {b[worst]!r}, vectorbt "
                          f"{a[worst]!r} (relative {off[worst]:.2g}; "
                          f"{(~(off <= TOLERANCE)).sum()} of {len(b)} columns)")
    return faults


def worst(theirs, ours):
    """The largest relative difference over all figures and columns."""
    out = 0.0
    for name in ("orders", "fees", "equity"):
        a, b = (np.asarray(f[name], dtype=float) for f in (theirs, ours))
        a = a[:len(b)]
        out = max(out, float(np.max(np.abs(a - b) / np.maximum(np.abs(a), 1e-300))))
    return out
