# SPDX-License-Identifier: Apache-2.0
set(sources
    best_pairs.c
    boruvka.c
    cluster_scores.c
    cluster_select.c
    cluster_tree.c
    core_distance.c
    edge_order.c
    hdbscan.c
    hdbscan_fit.c
    hdbscan_membership.c
    hdbscan_predict.c
    kd_blocks.c
    kd_scan.c
    kd_scan_baseline.c
    segment_fit.c
    segment_names.c
    segment_options.c
    segment_runs.c
    segment_sort.c
    segment_state.c
    segmenter.c)
set(libraries m)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND sources kd_scan_avx2.c kd_scan_avx512.c)
  set_source_files_properties(regime/kd_scan_avx2.c PROPERTIES COMPILE_OPTIONS
                                                               -mavx2)
  set_source_files_properties(
    regime/kd_scan_avx512.c PROPERTIES COMPILE_OPTIONS "-mavx512f;-mavx512dq")
endif()
