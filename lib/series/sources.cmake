# SPDX-License-Identifier: Apache-2.0
set(sources
    bar_rules.c
    bars.c
    bars_hash.c
    columns.c
    csv_field.c
    csv_layout.c
    csv_read.c
    csv_row.c
    csv_source.c
    csv_spacing.c
    csv_write.c
    resample.c
    segment.c
    timeframe.c)
