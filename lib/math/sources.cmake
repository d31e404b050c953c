# SPDX-License-Identifier: Apache-2.0
set(sources moment_sums.c)
set(libraries m)
