/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_STYLE_H
#define REPORT_STYLE_H

/* The style sheet of the HTML report, in pieces; NULL ends them. */
extern const char *const report_style[];

#endif
