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
    segment_fit.c
    segment_names.c
    segment_options.c
    segment_runs.c
    segment_sort.c
    segment_state.c
    segmenter.c)
set(libraries m)

crucible_simd_kernels(kd_scan)
