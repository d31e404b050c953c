# SPDX-License-Identifier: Apache-2.0
set(sources
    point_index.c
    pruner.c
    pruner_median.c
    sampler.c
    sampler_genetic.c
    sampler_random.c
    study.c
    study_ask.c
    study_curves.c
    study_queue.c
    vary_point.c)
set(libraries m)
