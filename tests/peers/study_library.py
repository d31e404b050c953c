# SPDX-License-Identifier: Apache-2.0
"""The library's study through ctypes, for the comparisons with Optuna."""
import ctypes as ct
import math


class Param(ct.Structure):
    _fields_ = [("struct_size", ct.c_size_t), ("name", ct.c_char_p),
                ("kind", ct.c_int32), ("is_log", ct.c_int32),
                ("low", ct.c_double), ("high", ct.c_double),
                ("step", ct.c_double), ("choices", ct.POINTER(ct.c_char_p)),
                ("n_choices", ct.c_uint32), ("parent", ct.c_int32),
                ("parent_choices", ct.c_uint64), ("weights", ct.c_void_p)]


class StudyOptions(ct.Structure):
    _fields_ = [("struct_size", ct.c_size_t), ("space", ct.c_void_p),
                ("direction", ct.c_int32), ("reserved", ct.c_uint32),
                ("seed", ct.c_uint64), ("sampler", ct.c_void_p),
                ("pruner", ct.c_void_p)]


def options_of(*fields):
    """An options struct; struct_size comes first."""
    kinds = {"d": ct.c_double, "u": ct.c_uint32, "p": ct.c_void_p,
             "s": ct.c_char_p}
    return type("Options", (ct.Structure,), {
        "_fields_": [("struct_size", ct.c_size_t)]
        + [(f"f{i}", kinds[k]) for i, k in enumerate(fields)]})


# of include/crucible/pruners.h; each takes the numbers of its fields in order
PRUNERS = {"percentile": options_of(*"duuuu"), "halving": options_of(*"uuuu"),
           "hyperband": options_of(*"uuuus"), "patient": options_of(*"pduu"),
           "threshold": options_of(*"dduu"), "wilcoxon": options_of(*"duu")}


class TpeOptions(ct.Structure):
    _fields_ = [("struct_size", ct.c_size_t), ("mode", ct.c_int32),
                ("joint", ct.c_int32), ("startup", ct.c_uint32),
                ("candidates", ct.c_uint32), ("uses_running", ct.c_int32),
                ("reserved", ct.c_uint32)]


class Trial(ct.Structure):
    _fields_ = [("struct_size", ct.c_size_t), ("number", ct.c_uint64),
                ("state", ct.c_int32), ("source", ct.c_int32),
                ("value", ct.c_double), ("violation", ct.c_double),
                ("is_feasible", ct.c_int32), ("how", ct.c_int32),
                ("n_parents", ct.c_uint32), ("reserved", ct.c_uint32),
                ("parents", ct.c_uint64 * 2), ("duplicate_of", ct.c_uint64),
                ("point", ct.POINTER(ct.c_double))]  # the rest is not asked for


def doubles(point):
    """None is NaN."""
    return (ct.c_double * len(point))(
        *(math.nan if v is None else v for v in point))


class Study:
    """The library's study; one at a time.

    params: [dict] with name, kind, low, high, step, log, n_choices, parent, mask.
    """

    def __init__(self, path, params):
        self.lib = ct.CDLL(path)
        self.lib.crucible_last_error.restype = ct.c_char_p
        self.lib.crucible_study_count.restype = ct.c_uint64
        for name in ("study", "pruner", "sampler", "space"):
            destroy = getattr(self.lib, f"crucible_{name}_destroy")
            destroy.argtypes, destroy.restype = [ct.c_void_p], None
        self.study, self.pruner = ct.c_void_p(), ct.c_void_p()
        self.sampler, self.space = ct.c_void_p(), ct.c_void_p()
        self.n = len(params)
        self.call("space_create", ct.byref(self.space))
        for given in params:
            p = Param()
            self.lib.crucible_param_init(ct.byref(p), ct.c_size_t(ct.sizeof(p)))
            p.name, p.kind = given["name"].encode(), given["kind"]
            p.low, p.high, p.is_log = given["low"], given["high"], given["log"]
            p.step = 0 if given["log"] else given["step"]
            p.n_choices = given["n_choices"]
            p.choices = (ct.c_char_p * p.n_choices)(
                *(str(c).encode() for c in range(p.n_choices)))
            p.parent, p.parent_choices = given["parent"], given["mask"]
            self.call("space_add", self.space, ct.byref(p))

    def call(self, name, *args):
        if getattr(self.lib, "crucible_" + name)(*args):
            raise RuntimeError(self.lib.crucible_last_error().decode())

    def make_pruner(self, kind, *fields):
        options, pruner = PRUNERS[kind](0, *fields), ct.c_void_p()
        options.struct_size = ct.sizeof(options)
        self.call("pruner_" + kind, ct.byref(options), ct.byref(pruner))
        return pruner

    def begin(self, direction=1, pruner=None, seed=1, tpe=None):
        """pruner: of make_pruner(), owned from now on; tpe: (mode, joint,
        startup, candidates, uses_running)."""
        self.end()
        options = StudyOptions()
        self.lib.crucible_study_options_init(
            ct.byref(options), ct.c_size_t(ct.sizeof(options)))
        options.space, options.direction = self.space, direction
        options.seed = seed
        if pruner:
            self.pruner = pruner
            options.pruner = pruner
        if tpe:
            t = TpeOptions(ct.sizeof(TpeOptions), *tpe)
            self.call("sampler_tpe", ct.byref(t), ct.byref(self.sampler))
            options.sampler = self.sampler
        self.call("study_create", ct.byref(options), ct.byref(self.study))

    def end(self):
        self.lib.crucible_study_destroy(self.study)
        self.lib.crucible_pruner_destroy(self.pruner)
        self.lib.crucible_sampler_destroy(self.sampler)
        self.study, self.pruner = ct.c_void_p(), ct.c_void_p()
        self.sampler = ct.c_void_p()

    def close(self):
        self.end()
        self.lib.crucible_space_destroy(self.space)
        self.space = ct.c_void_p()

    def ask(self):
        number = ct.c_uint64()
        self.call("study_ask", self.study, ct.c_size_t(1), ct.byref(number))
        return number.value

    def point(self, number):
        trial = Trial(ct.sizeof(Trial))
        self.call("study_trial", self.study, ct.c_uint64(number),
                  ct.byref(trial))
        return trial.point[:self.n]

    def report(self, number, step, value):
        self.call("study_report", self.study, ct.c_uint64(number),
                  ct.c_uint32(step), ct.c_double(value))

    def should_prune(self, number):
        out = ct.c_int32()
        self.call("study_should_prune", self.study, ct.c_uint64(number),
                  ct.byref(out))
        return out.value

    def tell(self, number, state, value, violation=0):
        self.call("study_tell", self.study, ct.c_uint64(number),
                  ct.c_int32(state), ct.c_double(value),
                  ct.c_double(violation))
        trial = Trial(ct.sizeof(Trial))
        self.call("study_trial", self.study, ct.c_uint64(number),
                  ct.byref(trial))
        return trial.value

    def enqueue(self, point, skip=0):
        before = self.lib.crucible_study_count(self.study)
        self.call("study_enqueue", self.study, doubles(point),
                  (ct.c_uint8 * self.n)(*(v is not None for v in point)),
                  ct.c_int32(skip), None)
        return self.lib.crucible_study_count(self.study) - before

    def add_known(self, point):
        self.call("study_add_known", self.study, doubles(point),
                  ct.c_double(1), ct.c_double(0), None)
