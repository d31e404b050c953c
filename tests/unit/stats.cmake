# SPDX-License-Identifier: Apache-2.0
crucible_test(stats LABELS unit golden SOURCES test_stats.c
              ../support/golden_rows.c INTERNAL)
crucible_test(sharpe LABELS unit golden property SOURCES test_sharpe.c
              ../support/golden_rows.c)
crucible_test(sharpe_hac LABELS unit golden SOURCES test_sharpe_hac.c
              ../support/golden_rows.c)
crucible_test(
  stats_moments
  LABELS
  unit
  golden
  SOURCES
  test_stats_moments.c
  ../support/golden_rows.c
  ../support/failing_alloc.c
  INTERNAL)
crucible_test(stats_metrics LABELS unit golden SOURCES test_stats_metrics.c
              ../support/golden_rows.c)
crucible_test(return_sums LABELS unit SOURCES test_return_sums.c INTERNAL)
crucible_test(stats_peers_golden LABELS unit golden SOURCES test_stats_peers.c
              ../support/golden_rows.c)
crucible_test(metrics_stream LABELS unit property SOURCES test_metrics_stream.c
              INTERNAL)
crucible_test(metrics_trades LABELS unit property SOURCES test_metrics_trades.c
              ../support/failing_alloc.c)
crucible_test(
  sequential
  LABELS
  unit
  golden
  SOURCES
  test_sequential.c
  ../support/golden_rows.c
  ../support/failing_alloc.c
  INTERNAL)
crucible_test(
  edge_detector
  LABELS
  unit
  SOURCES
  test_edge_detector.c
  ../support/null_tracks.c
  ../support/failing_alloc.c
  INTERNAL)
crucible_test(multiple LABELS unit SOURCES test_multiple.c
              ../support/failing_alloc.c INTERNAL)
