# SPDX-License-Identifier: Apache-2.0
crucible_peers(hdbscan TIMEOUT 900)
crucible_peers(segments TIMEOUT 900)
