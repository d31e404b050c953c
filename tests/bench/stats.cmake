# SPDX-License-Identifier: Apache-2.0
# The tables of docs/modules/sequential.md.
add_executable(
  crucible_sequential_table
  ${CRUCIBLE_FRAGMENT_DIR}/sequential_table.c
  ${PROJECT_SOURCE_DIR}/tests/support/null_tracks.c)
target_include_directories(
  crucible_sequential_table PRIVATE ${PROJECT_SOURCE_DIR}/lib
                                    ${PROJECT_SOURCE_DIR}/tests)
target_compile_definitions(crucible_sequential_table
                           PRIVATE CRUCIBLE_SHARED_DIR="${CRUCIBLE_SHARED}")
target_link_libraries(crucible_sequential_table
                      PRIVATE crucible crucible_base crucible_flags m)
