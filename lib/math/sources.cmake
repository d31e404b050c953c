# SPDX-License-Identifier: Apache-2.0
set(sources
    jet.c
    moment_sums.c
    small_matrix.c
    special.c
    spectrum.c
    spectrum_kernel.c
    spectrum_kernel_baseline.c)
set(libraries m)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND sources spectrum_kernel_avx2.c spectrum_kernel_avx512.c)
  set_source_files_properties(math/spectrum_kernel_avx2.c
                              PROPERTIES COMPILE_OPTIONS -mavx2)
  set_source_files_properties(
    math/spectrum_kernel_avx512.c PROPERTIES COMPILE_OPTIONS
                                             "-mavx512f;-mavx512dq")
endif()
