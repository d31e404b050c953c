/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locales whose decimal point is no point, for tests that numbers do not
 * depend on the process's locale. They are compiled from tests/data/base by
 * localedef (part of every Debian) into the working folder, so that no machine
 * has to have them. Linux; needs CRUCIBLE_SOURCE_DIR.
 */
#ifndef TESTS_SUPPORT_COMMA_LOCALE_H
#define TESTS_SUPPORT_COMMA_LOCALE_H

/* Switches the process to the locale "comma" (1,5) or "two_bytes" (a point of
   two bytes); fails the test if printf does not follow. */
void comma_locale_set(const char *name);

/* Back to the C locale. */
void comma_locale_reset(void);

#endif
