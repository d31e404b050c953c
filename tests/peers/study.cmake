# SPDX-License-Identifier: Apache-2.0
crucible_peers(study ARGUMENTS $<TARGET_FILE:crucible>)
crucible_peers(tpe TIMEOUT 1500 ARGUMENTS $<TARGET_FILE:crucible>)
crucible_peers(pruners ARGUMENTS $<TARGET_FILE:crucible>)
