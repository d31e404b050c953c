# SPDX-License-Identifier: Apache-2.0
set(sources
    calibrate.c
    calibration.c
    null_world.c
    tracks.c
    watchtower.c
    watchtower_rules.c
    watchtower_state.c)
set(libraries m)
