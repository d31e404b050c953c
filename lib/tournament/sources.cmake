# SPDX-License-Identifier: Apache-2.0
set(sources config.c journal.c journal_report.c journal_rows.c recruit.c
            tournament.c)
