# SPDX-License-Identifier: Apache-2.0
set(sources dna_check.c dna_names.c dna_read.c dna_space.c dna_write.c genome.c
            genome_point.c)
set(libraries m)
