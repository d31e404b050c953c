# SPDX-License-Identifier: Apache-2.0
set(sources
    adwin.c
    adwin_scan.c
    adwin_scan_baseline.c
    adwin_state.c
    adwin_window.c
    drift_streams.c)
set(libraries m)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND sources adwin_scan_avx2.c adwin_scan_avx512.c)
  set_source_files_properties(drift/adwin_scan_avx2.c
                              PROPERTIES COMPILE_OPTIONS -mavx2)
  set_source_files_properties(
    drift/adwin_scan_avx512.c PROPERTIES COMPILE_OPTIONS
                                         "-mavx512f;-mavx512dq")
endif()
