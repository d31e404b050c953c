# SPDX-License-Identifier: Apache-2.0
crucible_fuzz(drift SOURCES fuzz_drift.c)
