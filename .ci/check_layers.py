#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom and who calls what. Usage: check_layers.py [ROOT]

LAYERS is the one place that holds the layer table. A module includes itself
and lower layers only; modules of one layer do not know each other. Programs
and examples see public headers only. Code under lib/ calls nothing of
FORBIDDEN. File names are unique over the whole tree.
"""
import os
import re
import sys

# Lowest first. The modules of libcrucible-base are base and series.
LAYERS = [
    ["base"],
    ["math", "series", "store", "space"],
    ["features", "volatility", "drift", "regime", "stats", "costs"],
    ["backtest", "model"],
    ["study", "genome", "sweep"],
    ["forge", "watchtower"],
    ["arena", "factory"],
    ["tournament"],
]
BASE_LIBRARY = ["base", "series"]
LAYER = {module: i for i, row in enumerate(LAYERS) for module in row}

# Public headers that are not named after their module.
HEADER_MODULE = {
    name: "base"
    for name in ("alloc", "export", "log", "runtime", "status", "types",
                 "version")
}
HEADER_MODULE["metrics"] = "stats"
HEADER_MODULE["sharpe"] = "stats"
HEADER_MODULE["report"] = "tournament"
HEADER_MODULE.update({name: "backtest" for name in ("arrow", "records")})
HEADER_MODULE["guards"] = "backtest"
HEADER_MODULE["impact"] = "costs"
HEADER_MODULE["portfolio"] = "backtest"
HEADER_MODULE["realized"] = "volatility"
HEADER_MODULE["sequential"] = "stats"
HEADER_MODULE.update({name: "study" for name in ("pruners", "samplers")})
HEADER_MODULE["season"] = "volatility"
HEADER_MODULE["simulate"] = "backtest"
HEADER_MODULE["calibrate"] = "watchtower"
HEADER_MODULE["selection"] = "stats"
HEADER_MODULE["spread"] = "costs"
HEADER_MODULE["segment"] = "regime"
HEADER_MODULE["validation"] = "stats"
HEADER_MODULE["viability"] = "backtest"
SYS_MODULE = {"sampler": "study", "pruner": "study", "model": "model",
              "store": "store"}

# Headers of dependencies, and the modules that may include them.
DEPENDENCIES = {
    r"cJSON\.h|cjson/.*": {"base"},
    r"zlib\.h": {"base", "series"},
    r"sqlite3\.h": {"store"},
    r"xgboost/c_api\.h": {"model"},
    r"(cblas|lapacke|f77blas)\.h": {"math"},
}
C_LIBRARY = set("""assert complex ctype errno fenv float inttypes iso646 limits
 locale math setjmp signal stdalign stdarg stdatomic stdbool stddef stdint
 stdio stdlib stdnoreturn string tgmath threads time uchar wchar
 fcntl pthread sched strings unistd sys/file sys/stat sys/types sys/mman
 dirent cpuid immintrin sys/auxv""".split())
PUBLIC_MAY_INCLUDE = {"stddef.h", "stdint.h"}

# What code under lib/ must not call, and the files that are excepted.
FORBIDDEN = [
    (r"(time|clock|clock_gettime|gettimeofday|timespec_get|ftime)",
     {"lib/base/clock.c"}, "time comes in with events or from the clock hook"),
    (r"(malloc|calloc|realloc|free|strdup|strndup|aligned_alloc|asprintf)",
     {"lib/base/alloc.c"}, "allocate with crucible__alloc and friends"),
    (r"(printf|puts|putchar|perror|vprintf)", set(), "the library never prints"),
    (r"(exit|_Exit|_exit|abort|quick_exit|atexit)", set(),
     "the library never ends the program"),
    (r"(getenv|secure_getenv|setenv|putenv)", set(),
     "the library reads no environment"),
    (r"(setlocale|uselocale|localeconv)", {"lib/base/format.c"},
     "the locale is the caller's"),
    (r"(rand|srand|random|srandom|drand48|rand_r)", set(),
     "draw from crucible__rng"),
    (r"(strtod|strtof|strtold|atof|sscanf|fscanf)",
     {"lib/base/numtext_read.c"},  # digits without a point: no locale in it
     "numbers are read without the locale: base/numtext.h"),
]

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
PRINTED_NUMBER = re.compile(
    r"\bv?s?n?printf\s*\([^;]*?%[-+ #0-9.*']*[aefgAEFG][^;]*;")
errors = []


def fail(path, text, what):
    line = text.count("\n", 0, what) + 1
    return lambda message: errors.append(f"{path}:{line}: {message}")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", blank, text, flags=re.S)


def without_strings(text):
    return re.sub(r'"(\\.|[^"\\\n])*"|\'(\\.|[^\'\\\n])*\'', blank, text)


def files(root, folder, suffixes):
    for parent, folders, names in os.walk(os.path.join(root, folder)):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            if name.endswith(suffixes):
                path = os.path.relpath(os.path.join(parent, name), root)
                yield path.replace(os.sep, "/")


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def public_module(header):
    """Module of <crucible/header>, or None if the table does not know it."""
    name = header[:-2]
    if name.startswith("sys/"):
        return SYS_MODULE.get(name[4:])
    name = HEADER_MODULE.get(name, name)
    return name if name in LAYER else None


def below(module, other):
    return other == module or LAYER[other] < LAYER[module]


def check_use(module, other, name, complain):
    if other is None:
        complain(f"{name}: no module of the layer table has this header")
    elif not below(module, other):
        complain(f"{module} (layer {LAYER[module]}) must not include {name} "
                 f"of {other} (layer {LAYER[other]})")


def check_system_header(module, name, complain):
    for pattern, modules in DEPENDENCIES.items():
        if re.fullmatch(pattern, name):
            if module not in modules:
                complain(f"<{name}> is only for {', '.join(sorted(modules))}")
            return
    if name[:-2] not in C_LIBRARY:
        complain(f"<{name}> is neither the C library's nor in DEPENDENCIES of "
                 ".ci/check_layers.py")


def check_library(root):
    for path in files(root, "lib", (".c", ".h")):
        module = path.split("/")[1]
        if module not in LAYER:
            errors.append(f"{path}: lib/{module} is not in the layer table")
            continue
        text = without_comments(read(root, path))
        for match in INCLUDE.finditer(text):
            complain = fail(path, text, match.start())
            quote, name = match.groups()
            if quote == "<" and name.startswith("crucible/"):
                check_use(module, public_module(name[9:]), name, complain)
            elif quote == "<":
                check_system_header(module, name, complain)
            elif name == "build_info.h" and path == "lib/base/version.c":
                pass  # made by the build
            elif not os.path.exists(os.path.join(root, "lib", name)):
                complain(f'"{name}": paths start at lib/, as "base/rng.h"')
            else:
                check_use(module, name.split("/")[0], name, complain)
        for match in PRINTED_NUMBER.finditer(text):
            if path != "lib/base/format.c":
                fail(path, text, match.start())(
                    "prints a number with the caller's locale: use "
                    "crucible__format or base/numtext.h")
        text = without_strings(text)
        for names, excepted, remedy in FORBIDDEN:
            if path in excepted:
                continue
            for match in re.finditer(r"(?<![\w.>])" + names + r"\s*\(", text):
                fail(path, text, match.start())(
                    f"{match.group(1)}() is not for lib/: {remedy}")
        for match in re.finditer(r"\b(stdout|stderr)\b", text):
            fail(path, text, match.start())("the library never prints")


def check_public_headers(root):
    for path in files(root, "include/crucible", (".h",)):
        name = path[len("include/crucible/"):]
        text = without_comments(read(root, path))
        module = public_module(name)
        if module is None and name != "crucible.h":
            errors.append(f"{path}: no module of the layer table has this "
                          "header")
            continue
        for match in INCLUDE.finditer(text):
            complain = fail(path, text, match.start())
            quote, other = match.groups()
            if quote == '"':
                complain(f'"{other}": write <crucible/...>')
            elif other.startswith("crucible/"):
                if name != "crucible.h":
                    check_use(module, public_module(other[9:]), other,
                              complain)
            elif other not in PUBLIC_MAY_INCLUDE:
                complain(f"<{other}> has no place in a public header")


def check_programs(root):
    for folder in ("bin", "examples"):
        for path in files(root, folder, (".c", ".h")):
            text = without_comments(read(root, path))
            for match in INCLUDE.finditer(text):
                quote, name = match.groups()
                beside = os.path.join(root, os.path.dirname(path), name)
                if quote == '"' and (".." in name
                                     or not os.path.exists(beside)):
                    fail(path, text, match.start())(
                        f'"{name}": programs include public headers and '
                        "those of their own folder")


def check_names(root):
    seen = {}
    for folder in ("include", "lib", "bin", "examples", "tests", ".ci"):
        for path in files(root, folder, (".c", ".h", ".py", ".sh")):
            name = os.path.basename(path)
            if (name == "__init__.py"
                    or path.startswith("include/crucible/sys/")):
                continue  # sys/model.h extends model.h
            if name in seen:
                errors.append(f"{path}: the name is taken by {seen[name]}")
            seen[name] = path


def check_cmake(root):
    """The build knows the same modules in the same order."""
    text = read(root, "lib/CMakeLists.txt")
    listed = []
    for name in ("BASE_MODULES", "CRUCIBLE_MODULES"):
        match = re.search(rf"set\({name}\s+([^)]*)\)", text)
        listed.append(match.group(1).split() if match else [])
    if listed[0] != BASE_LIBRARY:
        errors.append(f"lib/CMakeLists.txt: BASE_MODULES is {listed[0]}, the "
                      f"layer table has {BASE_LIBRARY}")
    expected = set(LAYER) - set(BASE_LIBRARY)
    if set(listed[1]) != expected:
        errors.append("lib/CMakeLists.txt: CRUCIBLE_MODULES and the layer "
                      f"table differ in {sorted(set(listed[1]) ^ expected)}")
    if [LAYER.get(m, -1) for m in listed[1]] != sorted(
            LAYER.get(m, -1) for m in listed[1]):
        errors.append("lib/CMakeLists.txt: CRUCIBLE_MODULES is not in layer "
                      "order")


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..")
    check_library(root)
    check_public_headers(root)
    check_programs(root)
    check_names(root)
    check_cmake(root)
    for error in errors:
        print(error)
    print(f"layers: {len(errors)} errors" if errors else "layers: right")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
