# SPDX-License-Identifier: Apache-2.0
set(sources
    feature_batch.c
    feature_blocks.c
    feature_cache.c
    feature_calendar.c
    feature_channel.c
    feature_direction.c
    feature_flow.c
    feature_kernel.c
    feature_microstructure.c
    feature_momentum.c
    feature_oscillator.c
    feature_range.c
    feature_registry.c
    feature_set.c
    feature_smoothing.c
    feature_stochastic.c
    feature_transform.c
    feature_trend.c
    feature_volatility.c
    feature_volume.c)
set(libraries m)

crucible_simd_kernels(feature_kernel AVX2 -mfma AVX512 -mfma)
