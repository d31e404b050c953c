# SPDX-License-Identifier: Apache-2.0
set(sources tracks.c watchtower.c watchtower_rules.c watchtower_state.c)
set(libraries m)
