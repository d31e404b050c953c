# SPDX-License-Identifier: Apache-2.0
crucible_fuzz(json SOURCES fuzz_json.c ../support/json_reference.c)
crucible_fuzz(numtext SOURCES fuzz_numtext.c)
