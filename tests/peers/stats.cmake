# SPDX-License-Identifier: Apache-2.0
crucible_peers(metrics TIMEOUT 600)
