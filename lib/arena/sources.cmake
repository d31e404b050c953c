# SPDX-License-Identifier: Apache-2.0
set(sources agent.c arena.c lane.c)
