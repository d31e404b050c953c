# SPDX-License-Identifier: Apache-2.0
set(sources
    compare.c
    compare_baseline.c
    sweep.c
    sweep_block.c
    sweep_compile.c
    sweep_grid.c
    sweep_source.c
    sweep_words.c)
set(libraries m)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND sources compare_avx2.c compare_avx512.c)
  set_source_files_properties(sweep/compare_avx2.c PROPERTIES COMPILE_OPTIONS
                                                              -mavx2)
  set_source_files_properties(
    sweep/compare_avx512.c PROPERTIES COMPILE_OPTIONS "-mavx512f;-mavx512dq")
endif()
