# SPDX-License-Identifier: Apache-2.0
crucible_test(genome LABELS unit property SOURCES test_genome.c
              ../support/failing_alloc.c)
crucible_test(genome_refusals LABELS unit SOURCES test_genome_refusals.c)
crucible_test(genome_vary LABELS unit property SOURCES test_genome_vary.c
              ../support/failing_alloc.c)
crucible_test(genome_neutral LABELS unit property SOURCES test_genome_neutral.c)
crucible_test(genome_distance LABELS unit property SOURCES
              test_genome_distance.c)
crucible_test(
  genome_elites_state
  LABELS
  unit
  property
  SOURCES
  test_genome_elites_state.c
  ../support/failing_alloc.c
  INTERNAL)
crucible_test(genome_elites LABELS unit SOURCES test_genome_elites.c INTERNAL)
