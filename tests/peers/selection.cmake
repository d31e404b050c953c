# SPDX-License-Identifier: Apache-2.0
crucible_peers(selection TIMEOUT 600)
