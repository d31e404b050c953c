# SPDX-License-Identifier: Apache-2.0
crucible_fuzz(dna SOURCES fuzz_dna.c)
