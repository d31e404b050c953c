# SPDX-License-Identifier: Apache-2.0
set(sources
    eigenvectors.c
    jet.c
    moment_sums.c
    small_matrix.c
    special.c
    spectrum.c
    spectrum_kernel.c)
set(libraries m)
crucible_simd_kernels(eigenvectors_kernel spectrum_kernel)
