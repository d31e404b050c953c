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
    feature_kernel_baseline.c
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

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND sources feature_kernel_avx2.c feature_kernel_avx512.c)
  set_source_files_properties(
    features/feature_kernel_avx2.c PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
  set_source_files_properties(
    features/feature_kernel_avx512.c
    PROPERTIES COMPILE_OPTIONS "-mavx512f;-mavx512dq;-mfma")
endif()
