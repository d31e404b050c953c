# SPDX-License-Identifier: Apache-2.0
crucible_fuzz(drift SOURCES fuzz_drift.c)
crucible_fuzz(drift_streams SOURCES fuzz_drift_streams.c)
