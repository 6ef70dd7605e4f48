/* SPDX-License-Identifier: GPL-3.0-or-later */
typedef int playout_is_built_next;
