# SPDX-License-Identifier: Apache-2.0
if(CRUCIBLE_SHARED)
  crucible_peers(
    features
    TIMEOUT
    600
    ARGUMENTS
    $<TARGET_FILE:crucible>
    ${CRUCIBLE_SHARED}/data/klines/spot-5m/BTCUSDT-5m-2023.csv.gz
    ${CRUCIBLE_SHARED}/data/klines/usdm-5m-full/SOLUSDT-5m-2025-01_2025-08.csv.gz
  )
endif()
