# SPDX-License-Identifier: Apache-2.0
crucible_fuzz(trees SOURCES fuzz_trees.c)
