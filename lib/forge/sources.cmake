# SPDX-License-Identifier: Apache-2.0
set(sources
    forge.c
    forge_folds.c
    forge_labels.c
    forge_positions.c
    forge_report.c
    forge_result.c
    forge_take.c
    forge_train.c)
set(libraries m)
