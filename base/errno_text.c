/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/errno_text.h"

#include <errno.h>
#include <string.h>

#include "base/attr.h"
#include "base/i18n.h"

const char *errno_text(int err)
{
    static const struct {
        int err;
        const char *text;
    } known[] = {
        {ENOSPC, N_("the disk is full; free some space and try again")},
        {EACCES, N_("loa has no right to this file or folder; give it that right, or choose "
                    "another")},
        {EPERM, N_("the system does not allow this; run loa as the user who owns the station's "
                   "folder")},
        {ENOENT, N_("there is no such file or folder; check the name")},
        {EROFS, N_("the disk is read-only; check it, or use another")},
        {EIO, N_("the disk or the device failed; check it and its cable")},
        {EBUSY, N_("another program is using it; close that program and try again")},
        {ENOMEM, N_("the machine has too little memory left; close other programs and try again")},
        {EAGAIN, N_("the machine is too busy; close other programs and try again")},
        {ENOTDIR, N_("a file stands where its path needs a folder; correct the path")},
        {EISDIR, N_("this is a folder, not a file; name a file")},
        {ELOOP, N_("its links lead in a circle; name the file itself")},
        {EMFILE, N_("too many files are open; stop loa and start it again")},
        {ENAMETOOLONG, N_("the name is too long; choose a shorter one")},
        {ETXTBSY, N_("this file is a program that is running; stop it and try again")},
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (known[i].err == err) {
            return _(known[i].text);
        }
    }
    return strerror(err);
}
