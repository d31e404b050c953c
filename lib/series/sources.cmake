# SPDX-License-Identifier: Apache-2.0
set(sources bars.c)
