/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_SKY_H
#define SCHEDULER_CALENDAR_SKY_H

/*
 * Sun and moon, as exactly as the lunar calendar asks: it asks on which side of a midnight
 * something happens. Pure functions, for the years 1800 to 2200; instants are Julian days
 * of universal time, which stays within a second of UTC.
 *
 * New moons   J. Meeus, Astronomical Algorithms (2nd ed. 1998), chapter 49, with all
 *             periodic and planetary terms. Within 19 seconds of JPL's DE431 in every
 *             month of the range. Three new moons lie nearer to midnight in Vietnam than
 *             that; they are given as DE431 has them.
 * The sun     The same, chapter 25 by its higher accuracy: the earth's longitude by
 *             VSOP87 (Bretagnon and Francou 1988), the terms of Meeus' appendix III that
 *             matter; nutation, aberration; and the rate of precession that the IAU has
 *             used since 2000. Within 20 seconds of DE431; the nearest that a major solar
 *             term comes to the midnight that begins a month is 33 seconds (1938).
 * Delta T     Terrestrial less universal time: the values of Stephenson, Morrison and
 *             Hohenkerk (2016) and of the Astronomical Almanac, every five years. Those
 *             from 2025 on are predictions, and nobody can know them to the minute: where
 *             a new moon comes within one of midnight, as in 2054, 2072, 2077, 2085, 2124
 *             and 2130, the month's first day may prove to be the one beside it.
 */

/* Lunations are numbered from the new moon of 6 January 2000, 18:14 UTC. */
double sky_new_moon_jd(int lunation);

/* The sun's apparent longitude, in degrees, 0 to 360. */
double sky_sun_degrees(double jd);

#endif
