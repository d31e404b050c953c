# SPDX-License-Identifier: Apache-2.0
# The Python module against the shared library; not with the sanitizers, whose
# runtime Python does not load.
if(TARGET crucible AND NOT crucible_sanitizers)
  set(sample ${PROJECT_SOURCE_DIR}/examples/data)
  foreach(case layout calls simulate port exports sweeps guards regimes impacts skill sweep quick lookahead)
    set(script ${CRUCIBLE_FRAGMENT_DIR}/test_${case}.py)
    if(case MATCHES "^(sweep|quick|lookahead)$")
      set(script
          ${PROJECT_SOURCE_DIR}/examples/python/${case}.py
          ${sample}/BTCUSDT-5m-2023-03-20_2023-03-28.csv
          ${sample}/instruments.json)
    endif()
    add_test(NAME ctypes_${case} COMMAND ${CRUCIBLE_PYTHON} ${script})
    set_tests_properties(
      ctypes_${case}
      PROPERTIES
        LABELS ctypes TIMEOUT 300 ENVIRONMENT
        "LC_ALL=C.UTF-8;CC=${CMAKE_C_COMPILER};CRUCIBLE_LIBRARY=$<TARGET_FILE:crucible>;PYTHONPATH=${PROJECT_SOURCE_DIR}/examples/python;PYTHONDONTWRITEBYTECODE=1;CRUCIBLE_SOURCE_DIR=${PROJECT_SOURCE_DIR};CRUCIBLE_SHARED_DIR=${CRUCIBLE_SHARED}"
    )
  endforeach()
endif()
