# SPDX-License-Identifier: Apache-2.0
"""The shared library: where it is, and its calls as Python functions."""
import ctypes as ct
import os

VERSION = (0, 1)  # of the headers that structures.py follows


class Error(Exception):
    """A call failed; status is its code, the text says what and what to do."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def _load():
    path = os.environ.get("CRUCIBLE_LIBRARY", "libcrucible.so.0.1")
    library = ct.CDLL(path)
    library.crucible_version.restype = ct.c_uint32
    version = library.crucible_version()
    if (version >> 16, version >> 8 & 0xFF) != VERSION:
        raise ImportError(
            f"{path} has version {version >> 16}.{version >> 8 & 0xff}, "
            f"this module wants {VERSION[0]}.{VERSION[1]}")
    return library


lib = _load()
lib.crucible_last_error.restype = ct.c_char_p
lib.crucible_version_string.restype = ct.c_char_p

void_p, size, text = ct.c_void_p, ct.c_size_t, ct.c_char_p
out_p = ct.POINTER(ct.c_void_p)
p = ct.POINTER


def call(name, *argtypes):
    function = getattr(lib, name)
    function.argtypes = argtypes
    function.restype = ct.c_int32

    def checked(*args):
        status = function(*args)
        if status != 0:
            raise Error(status, lib.crucible_last_error().decode())

    return checked


def destructor(name):
    function = getattr(lib, name)
    function.argtypes = [void_p]
    function.restype = None
    return function


def defaults_of(name, kind):
    function = getattr(lib, name)
    function.argtypes = [p(kind), size]
    function.restype = None

    def defaults(**fields):
        made = kind()
        function(ct.byref(made), ct.sizeof(made))
        for key, value in fields.items():
            if key not in dict(kind._fields_):
                raise TypeError(
                    f"{kind.__name__} has no field {key!r}: it has "
                    f"{', '.join(name for name, *_ in kind._fields_[1:])}")
            setattr(made, key,
                    value.encode() if isinstance(value, str) else value)
        return made

    return defaults
