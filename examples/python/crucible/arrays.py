# SPDX-License-Identifier: Apache-2.0
"""NumPy arrays over memory of the library, and the other way round."""
import ctypes as ct

import numpy as np

from .structures import double_p


class Owned:
    """What a handle lends; freed with its last view."""

    def __init__(self, handle, free):
        self.handle, self._free = handle, free

    def __del__(self):
        self._free(self.handle)


def lend(owner, pointer, shape, strides=(1,)):
    """A read-only array over memory of owner, which it keeps alive; strides in
    elements."""
    kind = pointer._type_
    if not pointer or 0 in shape:
        return np.empty(shape, dtype=kind)
    n = 1 + sum((length - 1) * stride for length, stride in zip(shape, strides))
    block = (kind * n).from_address(ct.addressof(pointer.contents))
    block._owner = owner  # NumPy keeps block, block keeps owner
    flat = np.frombuffer(block, dtype=kind)
    return np.lib.stride_tricks.as_strided(
        flat, shape, [stride * flat.itemsize for stride in strides],
        writeable=False)


def vector(values, name):
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, not {array.shape}")
    return array


def pointer(array):
    return array.ctypes.data_as(double_p)
