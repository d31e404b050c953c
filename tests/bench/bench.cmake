# SPDX-License-Identifier: Apache-2.0
# One program of all tests/bench/bench_<room>.c; see bench.h.
file(GLOB bench_sources CONFIGURE_DEPENDS
     ${CRUCIBLE_FRAGMENT_DIR}/bench_*.c)
set(bench_rooms "")
foreach(source ${bench_sources})
  get_filename_component(name ${source} NAME_WE)
  string(REGEX REPLACE "^bench_" "" name ${name})
  string(APPEND bench_rooms "BENCH_ROOM(${name})\n")
endforeach()
set(bench_folder ${CMAKE_CURRENT_BINARY_DIR}/run/bench)
file(MAKE_DIRECTORY ${bench_folder})
file(CONFIGURE OUTPUT ${bench_folder}/bench_rooms.inc CONTENT "${bench_rooms}")
add_executable(
  crucible_bench
  ${CRUCIBLE_FRAGMENT_DIR}/bench.c
  ${bench_sources}
  # inside the library, for bench_records.c
  ${PROJECT_SOURCE_DIR}/lib/backtest/record_gather.c
  ${PROJECT_SOURCE_DIR}/lib/backtest/record_log.c
  ${PROJECT_SOURCE_DIR}/lib/backtest/record_table.c)
target_include_directories(crucible_bench PRIVATE ${PROJECT_SOURCE_DIR}/lib
                                                  ${PROJECT_SOURCE_DIR}/tests
                                                  ${CRUCIBLE_FRAGMENT_DIR}
                                                  ${bench_folder})
target_compile_definitions(
  crucible_bench PRIVATE CRUCIBLE_SHARED_DIR="${CRUCIBLE_SHARED}"
                         CRUCIBLE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
if(TARGET crucible)
  target_link_libraries(crucible_bench PRIVATE crucible)
endif()
target_link_libraries(crucible_bench PRIVATE crucible_base crucible_flags m)

# Not how fast: that every case still works and gives the right result.
add_test(
  NAME bench_works
  COMMAND crucible_bench --quick --json bench.json
  WORKING_DIRECTORY ${bench_folder})
set_tests_properties(bench_works PROPERTIES LABELS unit TIMEOUT 600 ENVIRONMENT
                                            "${CRUCIBLE_TEST_ENVIRONMENT}")

# A table for docs/modules/season.md.
add_executable(volatility_forecasts
               ${CRUCIBLE_FRAGMENT_DIR}/volatility_forecasts.c)
if(TARGET crucible)
  target_link_libraries(volatility_forecasts PRIVATE crucible)
endif()
target_link_libraries(volatility_forecasts PRIVATE crucible_base
                                                   crucible_flags m)
if(CRUCIBLE_SHARED)
  add_test(
    NAME volatility_forecasts
    COMMAND
      volatility_forecasts
      ${CRUCIBLE_SHARED}/data/klines/usdm-1m/SOLUSDT-1m-2025-05-04.csv.gz)
  set_tests_properties(
    volatility_forecasts PROPERTIES LABELS unit TIMEOUT 300 ENVIRONMENT
                                    "${CRUCIBLE_TEST_ENVIRONMENT}")
endif()
