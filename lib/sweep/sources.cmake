# SPDX-License-Identifier: Apache-2.0
set(sources
    compare.c
    sweep.c
    sweep_block.c
    sweep_compile.c
    sweep_grid.c
    sweep_source.c
    sweep_words.c)
set(libraries m)

crucible_simd_kernels(compare)
