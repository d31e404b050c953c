# SPDX-License-Identifier: Apache-2.0
crucible_fuzz(csv SOURCES fuzz_csv.c)
