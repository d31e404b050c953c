# SPDX-License-Identifier: Apache-2.0
set(sources
    account.c
    bar_check.c
    book.c
    group.c
    input_checks.c
    inputs.c
    kernel.c
    panel.c
    path.c
    run_result.c
    run_trials.c
    simulate.c
    decide.c
    guard_cuts.c
    guard_lookahead.c
    guard_records.c
    guard_run.c
    guard_run_warmup.c
    guard_slice.c
    guard_warmup.c
    leave.c
    ledger.c
    market_view.c
    order_end.c
    order_fill.c
    outcomes.c
    drawdowns.c
    export_arrow.c
    export_run.c
    export_summary.c
    export_table.c
    export_text.c
    record_gather.c
    record_log.c
    record_positions.c
    record_table.c
    round_trip.c
    rebalance.c
    rebalance_baseline.c
    round_trip_baseline.c
    sizing.c
    span.c
    span_baseline.c
    step.c
    terms.c
    trader.c
    trip_end.c
    trip_find.c
    viability_ceiling.c
    viability_table.c
    viability_trades.c
    watch.c
    wish.c
    worker.c)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND sources rebalance_avx2.c rebalance_avx512.c round_trip_avx2.c
       round_trip_avx512.c span_avx2.c span_avx512.c)
  set_source_files_properties(
    backtest/rebalance_avx2.c backtest/round_trip_avx2.c backtest/span_avx2.c
    PROPERTIES COMPILE_OPTIONS -mavx2)
  set_source_files_properties(
    backtest/rebalance_avx512.c backtest/round_trip_avx512.c
    backtest/span_avx512.c
    PROPERTIES COMPILE_OPTIONS "-mavx512f;-mavx512dq;-mavx512bw")
endif()
