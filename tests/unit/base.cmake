# SPDX-License-Identifier: Apache-2.0
set(support ../support/comma_locale.c ../support/failing_alloc.c)
crucible_test(base LABELS unit SOURCES test_base.c ${support} INTERNAL)
crucible_test(base_numtext LABELS unit golden SOURCES test_base_numtext.c
              ${support} INTERNAL)
crucible_test(base_rng LABELS unit golden SOURCES test_base_rng.c INTERNAL)
crucible_test(base_decimal LABELS unit golden property SOURCES
              test_base_decimal.c INTERNAL)
crucible_test(base_pool LABELS unit SOURCES test_base_pool.c ${support}
              INTERNAL)
crucible_test(base_json LABELS unit property SOURCES test_base_json.c
              ../support/json_reference.c ${support} INTERNAL)
crucible_test(base_json_values LABELS unit SOURCES
              test_base_json_values.c ${support} INTERNAL)
crucible_test(base_pack LABELS unit SOURCES test_base_pack.c ${support}
              INTERNAL)
crucible_test(base_simd LABELS unit SOURCES test_base_simd.c INTERNAL)
