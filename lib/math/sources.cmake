# SPDX-License-Identifier: Apache-2.0
set(sources moment_sums.c jet.c small_matrix.c special.c)
set(libraries m)
