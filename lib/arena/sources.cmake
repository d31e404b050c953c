# SPDX-License-Identifier: Apache-2.0
set(sources agent.c arena.c arena_checkpoint.c arena_life.c arena_push.c lane.c
    streams.c)
