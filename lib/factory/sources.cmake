# SPDX-License-Identifier: Apache-2.0
set(sources
    factory.c
    factory_memory.c
    factory_state.c
    search_alike.c
    search_count.c
    search_job.c
    search_pick.c
    search_record.c
    search_study.c)
set(libraries m)
