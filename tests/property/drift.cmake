# SPDX-License-Identifier: Apache-2.0
crucible_test(drift_property LABELS property SOURCES test_drift_property.c
              INTERNAL)
