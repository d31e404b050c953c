# SPDX-License-Identifier: Apache-2.0
set(sources
    bootstrap.c
    bootstrap_interval.c
    combinations.c
    edge_detector.c
    equity_stream.c
    figures.c
    hac.c
    metrics.c
    moments.c
    multiple_ebh.c
    multiple_online.c
    order.c
    pbo.c
    pbo_kernel.c
    pbo_kernel_baseline.c
    reality_check.c
    rolling_moments.c
    running_moments.c
    shares.c
    sequential.c
    sequential_lags.c
    sequential_sharpe.c
    sharpe.c
    sharpe_max.c
    sharpe_test.c
    splits.c
    trade_metrics.c
    trade_sums.c
    trials_clusters.c
    trials_matrix.c
    trials_rank.c)
set(libraries m)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND sources pbo_kernel_avx2.c pbo_kernel_avx512.c)
  set_source_files_properties(stats/pbo_kernel_avx2.c PROPERTIES COMPILE_OPTIONS
                                                                 -mavx2)
  set_source_files_properties(
    stats/pbo_kernel_avx512.c PROPERTIES COMPILE_OPTIONS
                                         "-mavx512f;-mavx512dq;-mpopcnt")
endif()
