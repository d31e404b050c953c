# SPDX-License-Identifier: Apache-2.0
set(sources
    funding.c
    funding_read.c
    impact_fit.c
    impact_scale.c
    impact_stream.c
    impact_sums.c
    impact_use.c
    instrument.c
    instrument_read.c
    power.c
    slippage.c
    spread_bars.c
    spread_lanes.c
    spread_lanes_baseline.c
    spread_quotes.c
    spread_rolling.c
    spread_stream.c
    spread_terms.c
    volume_forecast.c)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND sources spread_lanes_avx2.c spread_lanes_avx512.c)
  set_source_files_properties(costs/spread_lanes_avx2.c
                              PROPERTIES COMPILE_OPTIONS -mavx2)
  set_source_files_properties(
    costs/spread_lanes_avx512.c PROPERTIES COMPILE_OPTIONS
                                           "-mavx512f;-mavx512dq")
endif()
