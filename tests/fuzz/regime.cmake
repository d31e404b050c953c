# SPDX-License-Identifier: Apache-2.0
crucible_fuzz(segment SOURCES fuzz_segment.c)
