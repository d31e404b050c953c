# SPDX-License-Identifier: Apache-2.0
set(recorded "")
if(CRUCIBLE_SHARED)
  set(recorded --shared ${CRUCIBLE_SHARED})
endif()
crucible_peers(
  volatility
  TIMEOUT
  900
  ARGUMENTS
  $<TARGET_FILE:crucible>
  ${recorded}
  --sizes
  500,2000
  --models
  40)
