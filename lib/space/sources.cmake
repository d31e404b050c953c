# SPDX-License-Identifier: Apache-2.0
set(sources points.c space.c)
set(libraries m)
