# SPDX-License-Identifier: Apache-2.0
"""Rounding to the tick and to the lot."""
from decimal import Decimal, ROUND_CEILING, ROUND_FLOOR
from functools import lru_cache

decimal_of = lru_cache(None)(lambda step: Decimal(repr(step)))


def multiple(x, step, up):
    """x rounded to a multiple of the decimal step; noise counts as none."""
    step = decimal_of(step)
    ratio = Decimal(x) / step
    nearest = ratio.to_integral_value()
    if abs(ratio - nearest) > Decimal("1e-9") and \
            abs(ratio - nearest) > abs(ratio) * Decimal("9e-16"):
        nearest = ratio.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
    return float(nearest * step)


def nearest_multiple(x, step):
    step = decimal_of(step)
    return float((Decimal(x) / step).to_integral_value() * step)
