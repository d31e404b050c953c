# SPDX-License-Identifier: Apache-2.0
crucible_test(genome LABELS unit property SOURCES test_genome.c
              ../support/failing_alloc.c)
