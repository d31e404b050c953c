# SPDX-License-Identifier: Apache-2.0
crucible_fuzz(impact SOURCES fuzz_impact.c)
