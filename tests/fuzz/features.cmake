# SPDX-License-Identifier: Apache-2.0
crucible_fuzz(features SOURCES fuzz_features.c)
