# SPDX-License-Identifier: Apache-2.0
crucible_peers(spread ARGUMENTS $<TARGET_FILE:crucible>)
crucible_peers(impact ARGUMENTS $<TARGET_FILE:crucible>)
