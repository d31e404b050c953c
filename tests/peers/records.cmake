# SPDX-License-Identifier: Apache-2.0
crucible_peers(records ARGUMENTS ${PROJECT_SOURCE_DIR}/examples/data)
