# SPDX-License-Identifier: Apache-2.0
crucible_peers(drift ARGUMENTS $<TARGET_FILE:crucible>)
