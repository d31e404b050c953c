# SPDX-License-Identifier: Apache-2.0
"""Breaks a copy of the tree, once per rule, and expects the checks to say so.

A check that cannot fail checks nothing. Usage: test_checks.py BUILD_LIB_FOLDER
"""
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
CI = os.path.join(ROOT, ".ci")
STATUS = "include/crucible/status.h"

# check, what is broken, file, text put at its end (or a function of its
# text), words that the complaint must hold
CASES = [
    ("layers", "a lower layer includes a higher one", "lib/base/log.c",
     '#include "stats/x_stats.h"\n', "must not include"),
    ("layers", "two modules of one layer know each other",
     "lib/stats/x_stats.h", '#include "costs/x_costs.h"\n',
     "must not include"),
    ("layers", "a lower layer includes a higher public header",
     "lib/base/log.c", "#include <crucible/stats.h>\n", "must not include"),
    ("layers", "a public header includes a higher one", STATUS,
     "#include <crucible/stats.h>\n", "must not include"),
    ("layers", "a public header includes a dependency", STATUS,
     "#include <sqlite3.h>\n", "no place in a public header"),
    ("layers", "a dependency is used outside of its module",
     "lib/base/log.c", "#include <sqlite3.h>\n", "is only for"),
    ("layers", "an unknown dependency", "lib/base/log.c",
     "#include <curl/curl.h>\n", "neither the C library's"),
    ("layers", "an include that does not start at lib/", "lib/base/log.c",
     '#include "base_log.h"\n', "paths start at lib/"),
    ("layers", "an unknown module", "lib/oracle/x_oracle.c", "",
     "not in the layer table"),
    ("layers", "a program reaches into lib/", "examples/x_example.c",
     '#include "../lib/base/base_log.h"\n', "public headers"),
    ("layers", "a program includes an internal header",
     "bin/crucible-run/x_main.c", '#include "base/base_log.h"\n',
     "public headers"),
    ("layers", "a name used twice", "lib/stats/log.c", "", "is taken by"),
    ("layers", "the system clock", "lib/base/log.c",
     "static long now(void) { return time(NULL); }\n", "time() is not"),
    ("layers", "the C library's allocator", "lib/base/log.c",
     "static void *get(void) { return malloc(1); }\n", "malloc() is not"),
    ("layers", "printing", "lib/base/log.c",
     "static void say(void) { fputs(text, stderr); }\n", "never prints"),
    ("layers", "a number printed by the locale", "lib/base/log.c",
     'static int f(char *t) {\n  return snprintf(t, 9,\n    "%.3f", 1.0);\n}\n',
     "the caller's locale"),
    ("layers", "the environment", "lib/base/log.c",
     'static char *get(void) { return getenv("A"); }\n', "getenv() is not"),
    ("layers", "the build knows other modules", "lib/CMakeLists.txt",
     lambda text: text.replace("    regime\n", ""), "differ in"),
    ("layers", "the build has them in another order", "lib/CMakeLists.txt",
     lambda text: text.replace("    math\n", "").replace(
         "    tournament)", "    tournament math)"), "layer order"),
    ("words", "something unfinished", "lib/base/log.c",
     "/* TO" "DO: more */\n", "unfinished"),
    ("words", "a path of one machine", "lib/base/log.c",
     "/* see /ho" "me/me/notes */\n", "of one machine"),
    ("words", "no licence line", "lib/base/x_log.c", "int x;\n", "no SPDX"),
    ("words", "a file of 1001 lines", "lib/base/log.c",
     lambda text: text + "\n" * (1001 - text.count("\n")), "at most 1000"),
    ("words", "a function of 101 lines", "lib/base/log.c",
     "static int f(void) {\n" + "  f();\n" * 99 + "}\n", "at most 100"),
    ("words", "a trailing blank", "lib/base/log.c", "int x; \n", "trailing"),
    ("words", "a last line that does not end", "lib/base/log.c", "int x;",
     "does not end"),
    ("headers", "a header that needs another one", STATUS,
     "size_t crucible_x(void);\n", "alone as C17"),
    ("headers", "a word that C++ keeps", STATUS,
     "void crucible_x(int new);\n", "alone as C++17"),
    ("headers", "a type that differs between ABIs", STATUS,
     "void crucible_x(long n);\n", "not in a public header"),
    ("symbols", "declared, not defined", STATUS,
     "CRUCIBLE_API int32_t\ncrucible_x(void);\n", "not exported"),
    ("symbols", "declared, not listed", STATUS,
     "CRUCIBLE_API int32_t crucible_x(void);\n", "not in lib/symbols.txt"),
    ("symbols", "listed, not declared", "lib/symbols.txt",
     "crucible_zz 0.1\n", "not declared in include/"),
    ("symbols", "exported, not declared", STATUS,
     lambda text: text.replace("crucible_status_name(", "crucible_a_name("),
     "exported, not declared"),
    ("symbols", "listed without a version", "lib/symbols.txt",
     "crucible_zz\n", "name, introduced"),
]


def run(check, root, libraries):
    script = {"layers": "check_layers.py", "words": "check_words",
              "headers": "check_headers.sh",
              "symbols": "check_symbols.sh"}[check]
    command = [os.path.join(CI, script)]
    if script.endswith(".py") or script == "check_words":
        command.insert(0, sys.executable)
    if check == "symbols":
        command.append(libraries)
    done = subprocess.run(command + [root], capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout + done.stderr


def broken(path, change):
    """Changes the file; returns what undoes it."""
    existed = os.path.exists(path)
    text = ""
    if existed:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(change(text) if callable(change) else text + change)

    def undo():
        if existed:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        else:
            os.remove(path)

    return undo


def stray_library(root, libraries):
    """A libcrucible that exports what it must not, beside the real base."""
    folder = os.path.join(root, "stray")
    os.makedirs(folder)
    shutil.copy(os.path.join(libraries, "libcrucible-base.so"), folder)
    source = os.path.join(folder, "x_stray.c")
    with open(source, "w", encoding="utf-8") as file:
        file.write("void stray(void) {}\nvoid crucible__x(void) {}\n")
    compiler = os.environ.get("CC", "cc")
    subprocess.run([compiler, "-shared", "-fPIC", source, "-o",
                    os.path.join(folder, "libcrucible.so")], check=True)
    subprocess.run([compiler, "-c", source, "-o",
                    os.path.join(folder, "x_stray.o")], check=True)
    subprocess.run(["ar", "rc", os.path.join(folder, "libcrucible.a"),
                    os.path.join(folder, "x_stray.o")], check=True)
    return folder


def check_stray(root, libraries):
    """Number of complaints that are missing."""
    _, output = run("symbols", root, stray_library(root, libraries))
    shutil.rmtree(os.path.join(root, "stray"))
    missing = 0
    for words in ("not under CRUCIBLE_PRIVATE of the base:\n  crucible__x",
                  "without our prefix:\n  stray crucible",
                  "static library without our prefix:\n  stray"):
        if words not in output:
            print(f"NOT NOTICED: symbols: {words}\n{output}")
            missing += 1
    return missing


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as root:
        # as much of the tree as the cases touch, so that each check is quick
        for folder in ("include", "lib/base"):
            shutil.copytree(os.path.join(ROOT, folder),
                            os.path.join(root, folder))
        for file in ("CMakeLists.txt", "symbols.txt"):
            shutil.copy(os.path.join(ROOT, "lib", file),
                        os.path.join(root, "lib"))
        # so that the includes of the cases find something
        for module in ("stats", "costs"):
            path = os.path.join(root, "lib", module, f"x_{module}.h")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write("/* SPDX-License-Identifier: Apache-2.0 */\n")
        for check in ("layers", "words", "headers", "symbols"):
            status, output = run(check, root, sys.argv[1])
            if status != 0:
                print(f"{check}: complains of the tree as it is\n{output}")
                return 1
        failed += check_stray(root, sys.argv[1])
        for check, what, path, change, words in CASES:
            undo = broken(os.path.join(root, path), change)
            status, output = run(check, root, sys.argv[1])
            undo()
            noticed = status != 0 and words in output
            failed += not noticed
            print(f"{'ok' if noticed else 'NOT NOTICED'}: {check}: {what}")
            if not noticed:
                print(output)
    print(f"{len(CASES) + 3} ways to break the tree, {failed} not noticed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
