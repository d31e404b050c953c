# SPDX-License-Identifier: Apache-2.0
"""Each ctypes structure has the size, the fields and the offsets that the C
compiler gives the struct of the header."""
import ctypes
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import crucible as cr
from crucible import constants, skill_structures, structures

ROOT = pathlib.Path(os.environ["CRUCIBLE_SOURCE_DIR"])


def c_layouts():
    """{C name: {field: offset, "sizeof": size}} as the compiler prints them."""
    lines = ["#include <stddef.h>", "#include <stdio.h>",
             "#include <crucible/crucible.h>", "int main(void) {"]
    for kind, name in cr.C_NAMES.items():
        lines.append(f'printf("{name} sizeof %zu\\n", sizeof({name}));')
        for field, *_ in kind._fields_:
            lines.append(f'printf("{name} {field} %zu\\n", '
                         f"offsetof({name}, {field}));")
    lines += ["return 0;", "}"]
    with tempfile.TemporaryDirectory() as folder:
        source, program = f"{folder}/layout.c", f"{folder}/layout"
        pathlib.Path(source).write_text("\n".join(lines))
        subprocess.run([os.environ.get("CC", "cc"), "-std=c17",
                        f"-I{ROOT}/include", source, "-o", program], check=True)
        printed = subprocess.run([program], check=True, capture_output=True,
                                 text=True).stdout
    out = {}
    for line in printed.splitlines():
        name, field, number = line.split()
        out.setdefault(name, {})[field] = int(number)
    return out


def c_fields(name):
    """Names of the fields of a struct, in order, read from the headers."""
    for header in sorted((ROOT / "include/crucible").glob("*.h")):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
        text = re.sub(r"\(\*(\w+)\)\([^)]*\)", r"\1", text)  # callbacks
        found = re.search(rf"typedef struct {name} \{{(.*?)\}} {name};", text, re.S)
        if found:
            fields = []
            for declaration in found.group(1).split(";"):
                parts = re.sub(r"\[[^]]*\]", "", declaration).split(",")
                if declaration.strip():
                    fields += [re.findall(r"\w+", part)[-1] for part in parts]
            return fields
    raise AssertionError(f"no header has {name}")


class Layout(unittest.TestCase):
    def test_sizes_and_offsets_are_those_of_the_compiler(self):
        layouts = c_layouts()
        for kind, name in cr.C_NAMES.items():
            with self.subTest(name):
                self.assertEqual(ctypes.sizeof(kind), layouts[name]["sizeof"])
                for field, *_ in kind._fields_:
                    self.assertEqual(getattr(kind, field).offset,
                                     layouts[name][field], field)

    def test_no_field_of_the_header_is_missing(self):
        for kind, name in cr.C_NAMES.items():
            with self.subTest(name):
                self.assertEqual([field for field, *_ in kind._fields_],
                                 c_fields(name))

    def test_the_constants_are_those_of_the_headers(self):
        found = {}
        for name in ("costs", "backtest", "records", "portfolio", "simulate",
                     "sharpe"):
            text = (ROOT / f"include/crucible/{name}.h").read_text()
            text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
            for body in re.findall(r"enum \{(.*?)\};", text, re.S):
                found.update(re.findall(r"CRUCIBLE_(\w+)\s*=\s*(-?\d+)",
                                        body))
        ours = {name: str(value) for name, value in vars(constants).items()
                if name.isupper()}
        self.assertGreater(len(ours), 50)
        self.assertEqual(ours, {name: found.get(name) for name in ours})

    def test_every_structure_is_compared(self):
        kinds = {k for module in (structures, skill_structures)
                 for k in vars(module).values()
                 if isinstance(k, type) and issubclass(k, ctypes.Structure)
                 and k is not structures.Struct}
        self.assertEqual(kinds, set(cr.C_NAMES))


if __name__ == "__main__":
    unittest.main()
