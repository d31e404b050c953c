# SPDX-License-Identifier: Apache-2.0
set(sources
    mt19937.c
    parzen.c
    parzen_joint.c
    parzen_kernel.c
    parzen_line.c
    point_index.c
    pruner.c
    pruner_median.c
    sampler.c
    sampler_genetic.c
    sampler_random.c
    sampler_tpe.c
    study.c
    study_ask.c
    study_curves.c
    study_queue.c
    tpe_axis.c
    tpe_model.c
    tpe_state.c
    vary_point.c)
set(libraries m)
crucible_simd_kernels(parzen_kernel)
