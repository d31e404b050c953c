# SPDX-License-Identifier: Apache-2.0
"""Programs in the README and the docs stand, line for line, in a file below
examples/, which the tests compile and run; and links lead somewhere."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
examples = [path.read_text() for pattern in ("*.c", "python/**/*.py")
            for path in sorted((root / "examples").glob(pattern))]
pages = [root / "README.md", root / "CONTRIBUTING.md",
         *sorted((root / "docs").rglob("*.md"))]
errors, n_blocks = [], 0
for page in pages:
    text = page.read_text()
    for language, block in re.findall(r"^```(c|python)\n(.*?)^```", text,
                                      flags=re.S | re.M):
        n_blocks += 1
        if not any(block in example for example in examples):
            errors.append(f"{page.relative_to(root)}: this {language} block is "
                          f"in no example:\n{block}")
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if "://" not in link and not (page.parent / link).exists():
            errors.append(f"{page.relative_to(root)}: no {link}")
if n_blocks < 2:
    errors.append("the README has lost its two programs")
for error in errors:
    print(error)
sys.exit(bool(errors))
