# SPDX-License-Identifier: Apache-2.0
"""What the two tests share: arguments, the library, recorded bars."""
import argparse
import glob
import os
import sys

import backtest_reference_cases as cases


def arguments(doc, suites):
    parser = argparse.ArgumentParser(description=doc.split("\n")[0])
    parser.add_argument("library")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted([*suites, "groups"]))
    parser.add_argument("--features", default=",".join(cases.FEATURES),
                        help="switched on at random; default: %(default)s")
    parser.add_argument("--also", default=",".join(cases.ALSO),
                        help="what besides the trader; default: %(default)s")
    args = parser.parse_args()
    cases.FEATURES[:] = filter(None, args.features.split(","))
    return args


def open_all(args):
    """(library, series of bars); folders that are not there are passed over,
    as long as there is one."""
    os.environ["CRUCIBLE_LIBRARY"] = args.library
    import crucible
    from backtest_reference_library import Library
    files = [f for folder in args.folders for end in ("csv", "csv.gz")
             for f in sorted(glob.glob(os.path.join(folder, "*." + end)))]
    if not files:
        sys.exit(f"no CSV in {args.folders}")
    library = Library(crucible)
    if args.also:
        from backtest_reference_simulation import Simulator
        library.simulator = Simulator(library)
    return library, [cases.read(f) for f in files]
