# SPDX-License-Identifier: Apache-2.0
set(sources dna_check.c dna_distance.c dna_names.c dna_read.c dna_space.c dna_vary.c
            dna_write.c elite_pool.c elite_rules.c elite_state.c genome.c
            genome_point.c)
set(libraries m)
