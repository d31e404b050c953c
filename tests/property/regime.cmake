# SPDX-License-Identifier: Apache-2.0
crucible_test(regime_property LABELS property SOURCES test_regime_property.c
              INTERNAL)
crucible_test(segment_property LABELS property INTERNAL SOURCES
              test_segment_property.c)
