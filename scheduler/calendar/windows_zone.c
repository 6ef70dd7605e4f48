/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/windows_zone.h"

#include <string.h>
#include <unicode/ucal.h>

bool windows_zone_to_iana(const char *name, char *ret_name, size_t n_bytes)
{
    UChar windows[WINDOWS_ZONE_NAME_MAX];
    UChar iana[WINDOWS_ZONE_NAME_MAX];
    UErrorCode error = U_ZERO_ERROR;
    size_t n = strlen(name);
    if (n >= WINDOWS_ZONE_NAME_MAX) {
        return false;
    }
    /* These names are ASCII, which UTF-16 holds as it is. */
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)name[i] > 127) {
            return false;
        }
        windows[i] = (UChar)name[i];
    }
    int32_t n_iana = ucal_getTimeZoneIDForWindowsID(windows, (int32_t)n, NULL, iana,
                                                    WINDOWS_ZONE_NAME_MAX, &error);
    if (U_FAILURE(error) || n_iana <= 0 || (size_t)n_iana >= n_bytes ||
        n_iana >= WINDOWS_ZONE_NAME_MAX) {
        return false;
    }
    for (int32_t i = 0; i < n_iana; i++) {
        ret_name[i] = (char)iana[i];
    }
    ret_name[n_iana] = '\0';
    return true;
}
