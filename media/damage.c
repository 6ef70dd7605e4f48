/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/damage.h"

#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "media/soundfile.h"

/* What a damaged recording is like, as the first half of a sentence. */
static void describe_damage(const struct sound_damage *damage, size_t n, char *text)
{
    char read[SOUND_LENGTH_MAX];
    char whole[SOUND_LENGTH_MAX] = "";
    char left[SOUND_LENGTH_MAX];
    sound_length(damage->frames, damage->rate, read);
    if (damage->claimed_frames > damage->frames) {
        sound_length(damage->claimed_frames, damage->rate, whole);
    }
    if (damage->kind == SOUND_GOES_ON && damage->left_frames > 0) {
        snprintf(text, n,
                 _("goes on after %s with %s of sound of another rate or with other channels, "
                   "which was left out"),
                 read, sound_length(damage->left_frames, damage->rate, left));
    } else if (damage->kind == SOUND_GOES_ON) {
        snprintf(text, n,
                 _("goes on after %s with sound of another rate or with other channels, which "
                   "was left out"),
                 read);
    } else if (*whole && strcmp(whole, read) != 0) {
        snprintf(text, n, _("is cut off or damaged: of %s only %s can be read"), whole, read);
    } else {
        snprintf(text, n, _("is cut off or damaged: what can be read of it lasts %s"), read);
    }
}

bool damage_warn(const struct sound_damage *damage, const char *path, const char *code,
                 bool approve, struct findings *findings)
{
    if (damage->kind == SOUND_WHOLE) {
        return false;
    }
    if (damage->kind == SOUND_STRAY) {
        findings_add(findings, SEVERITY_WARNING, "stray-bytes", path, 0,
                     _("ends in %lld bytes that are not sound; they were left out"),
                     (long long)damage->stray_bytes);
        return false;
    }
    char text[FAULT_TEXT_MAX];
    describe_damage(damage, sizeof text, text);
    if (approve) {
        findings_add(findings, SEVERITY_WARNING, "damaged", path, 0,
                     _("%s; it stays a draft: listen to it, then write loa segment approve %s"),
                     text, code);
    } else {
        findings_add(findings, SEVERITY_WARNING, "damaged", path, 0,
                     _("%s; listen to it before you approve it, or record or copy it again"), text);
    }
    return true;
}
