/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/sky.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

static const double J2000 = 2451545.0; /* 1 January 2000, 12:00 TT */

static double sin_degrees(double degrees)
{
    return sin(degrees * (M_PI / 180));
}

/* Tenths of a second, every five years from 1800. */
static const int16_t delta_t[] = {186,  163,  152,  161,  166,  142,  107,  84,   76,   80,   93,
                                  103,  90,   82,   23,   -12,  -32,  -44,  -39,  -50,  -20,  49,
                                  111,  175,  216,  238,  244,  242,  244,  270,  289,  311,  332,
                                  357,  402,  455,  505,  543,  569,  608,  638,  647,  661,  676,
                                  694,  690,  693,  705,  718,  732,  746,  761,  776,  793,  810,
                                  828,  847,  867,  888,  909,  932,  955,  980,  1006, 1033, 1061,
                                  1090, 1119, 1151, 1183, 1217, 1252, 1288, 1326, 1365, 1405, 1447,
                                  1490, 1535, 1582, 1630};

static double delta_t_days(double jd)
{
    double at = ((jd - J2000) / 365.25 + 200) / 5;
    double last = (double)ARRAY_LEN(delta_t) - 2;
    double from = fmin(fmax(floor(at), 0), last);
    double before = delta_t[(size_t)from];
    double after = delta_t[(size_t)from + 1];
    return (before + (after - before) * (at - from)) / 864000;
}

/* amount × E^eccentric × sin(sun × M + moon × M' + node × F), in 1e-5 days */
struct phase_term {
    int32_t amount;
    int8_t eccentric;
    int8_t sun;
    int8_t moon;
    int8_t node;
};

static const struct phase_term phase_terms[] = {
    {-40720, 0, 0, 1, 0}, {17241, 1, 1, 0, 0}, {1608, 0, 0, 2, 0}, {1039, 0, 0, 0, 2},
    {739, 1, -1, 1, 0},   {-514, 1, 1, 1, 0},  {208, 2, 2, 0, 0},  {-111, 0, 0, 1, -2},
    {-57, 0, 0, 1, 2},    {56, 1, 1, 2, 0},    {-42, 0, 0, 3, 0},  {42, 1, 1, 0, 2},
    {38, 1, 1, 0, -2},    {-24, 1, -1, 2, 0},  {-7, 0, 2, 1, 0},   {4, 0, 0, 2, -2},
    {4, 0, 3, 0, 0},      {3, 0, 1, 1, -2},    {3, 0, 0, 2, 2},    {-3, 0, 1, 1, 2},
    {3, 0, -1, 1, 2},     {-2, 0, -1, 1, -2},  {-2, 0, 1, 3, 0},   {2, 0, 0, 4, 0},
};

/* The planets': amount × sin(at + rate × lunation), in 1e-6 days and degrees */
struct planet_term {
    int16_t amount;
    double at;
    double rate;
};

static const struct planet_term planet_terms[] = {
    {325, 299.77, 0.107408},  {165, 251.88, 0.016321}, {164, 251.83, 26.651886},
    {126, 349.42, 36.412478}, {110, 84.66, 18.206239}, {62, 141.74, 53.303771},
    {60, 207.14, 2.453732},   {56, 154.84, 7.306860},  {47, 34.52, 27.261239},
    {42, 207.19, 0.121824},   {40, 291.34, 1.844379},  {37, 161.72, 24.198154},
    {35, 239.56, 25.513099},  {23, 331.55, 3.592518},
};

/* New moons that come within 20 seconds of midnight in Vietnam, in terrestrial time. */
static const struct {
    int lunation;
    double jde;
} close_moons[] = {
    {-402, 2439679.208814}, /* 8 July 1967, four seconds after midnight */
    {902, 2478186.209093},  /* 30 November 2072 */
    {1546, 2497204.209340}, /* 26 December 2124 */
};

static double new_moon_jde(int lunation)
{
    for (size_t i = 0; i < ARRAY_LEN(close_moons); i++) {
        if (close_moons[i].lunation == lunation) {
            return close_moons[i].jde;
        }
    }
    double k = lunation;
    double t = k / 1236.85;
    double t2 = t * t;
    double t3 = t2 * t;
    double t4 = t2 * t2;
    const double e[] = {1, 1 - 0.002516 * t - 0.0000074 * t2,
                        (1 - 0.002516 * t - 0.0000074 * t2) * (1 - 0.002516 * t - 0.0000074 * t2)};
    double sun = 2.5534 + 29.10535670 * k - 0.0000014 * t2 - 0.00000011 * t3;
    double moon = 201.5643 + 385.81693528 * k + 0.0107582 * t2 + 0.00001238 * t3 - 0.000000058 * t4;
    double node = 160.7108 + 390.67050284 * k - 0.0016118 * t2 - 0.00000227 * t3 + 0.000000011 * t4;
    double omega = 124.7746 - 1.56375588 * k + 0.0020672 * t2 + 0.00000215 * t3;
    double jde = 2451550.09766 + 29.530588861 * k + 0.00015437 * t2 - 0.00000015 * t3 +
                 0.00000000073 * t4 - 0.00017 * sin_degrees(omega);
    for (size_t i = 0; i < ARRAY_LEN(phase_terms); i++) {
        const struct phase_term *p = &phase_terms[i];
        jde += p->amount * 1e-5 * e[p->eccentric] *
               sin_degrees(p->sun * sun + p->moon * moon + p->node * node);
    }
    for (size_t i = 0; i < ARRAY_LEN(planet_terms); i++) {
        const struct planet_term *p = &planet_terms[i];
        double curve = i == 0 ? -0.009173 * t2 : 0;
        jde += p->amount * 1e-6 * sin_degrees(p->at + p->rate * k + curve);
    }
    return jde;
}

double sky_new_moon_jd(int lunation)
{
    double jde = new_moon_jde(lunation);
    return jde - delta_t_days(jde);
}

/* amount × cos(phase + rate × millennia), in 1e-8 radians */
struct earth_term {
    double amount;
    double phase;
    double rate;
};

static const struct earth_term earth_0[] = {
    {175347046, 0, 0},           {3341656, 4.6692568, 6283.07585},
    {34894, 4.6261, 12566.1517}, {3497, 2.7441, 5753.3849},
    {3418, 2.8289, 3.5231},      {3136, 3.6277, 77713.7715},
    {2676, 4.4181, 7860.4194},   {2343, 6.1352, 3930.2097},
    {1324, 0.7425, 11506.7698},  {1273, 2.0371, 529.691},
    {1199, 1.1096, 1577.3435},   {990, 5.233, 5884.927},
    {902, 2.045, 26.298},        {857, 3.508, 398.149},
    {780, 1.179, 5223.694},      {753, 2.533, 5507.553},
    {505, 4.583, 18849.228},     {492, 4.205, 775.523},
    {357, 2.92, 0.067},          {317, 5.849, 11790.629},
    {284, 1.899, 796.298},       {271, 0.315, 10977.079},
    {243, 0.345, 5486.778},      {206, 4.806, 2544.314},
    {205, 1.869, 5573.143},      {202, 2.458, 6069.777},
    {156, 0.833, 213.299},       {132, 3.411, 2942.463},
    {126, 1.083, 20.775},        {115, 0.645, 0.98},
    {103, 0.636, 4694.003},      {102, 0.976, 15720.839},
    {102, 4.267, 7.114},         {99, 6.21, 2146.17},
    {98, 0.68, 155.42},          {86, 5.98, 161000.69},
    {85, 1.3, 6275.96},          {85, 3.67, 71430.7},
    {80, 1.81, 17260.15},        {79, 3.04, 12036.46},
    {75, 1.76, 5088.63},         {74, 3.5, 3154.69},
    {74, 4.68, 801.82},          {70, 0.83, 9437.76},
    {62, 3.98, 8827.39},         {61, 1.82, 7084.9},
    {57, 2.78, 6286.6},          {56, 4.39, 14143.5},
    {56, 3.47, 6279.55},         {52, 0.19, 12139.55},
    {52, 1.33, 1748.02},         {51, 0.28, 5856.48},
    {49, 0.49, 1194.45},         {41, 5.37, 8429.24},
    {41, 2.4, 19651.05},         {39, 6.17, 10447.39},
    {37, 6.04, 10213.29},        {37, 2.57, 1059.38},
    {36, 1.71, 2352.87},         {36, 1.78, 6812.77},
    {33, 0.59, 17789.85},        {30, 0.44, 83996.85},
    {30, 2.74, 1349.87},         {25, 3.16, 4690.48},
};

static const struct earth_term earth_1[] = {
    {628331966747, 0, 0},       {206059, 2.678235, 6283.07585},
    {4303, 2.6351, 12566.1517}, {425, 1.59, 3.523},
    {119, 5.796, 26.298},       {109, 2.966, 1577.344},
    {93, 2.59, 18849.23},       {72, 1.14, 529.69},
    {68, 1.87, 398.15},         {67, 4.41, 5507.55},
    {59, 2.89, 5223.69},        {56, 2.17, 155.42},
    {45, 0.4, 796.3},           {36, 0.47, 775.52},
    {29, 2.65, 7.11},           {21, 5.34, 0.98},
};

static const struct earth_term earth_2[] = {
    {52919, 0, 0},    {8720, 1.0721, 6283.0758}, {309, 0.867, 12566.152}, {27, 0.05, 3.52},
    {16, 5.19, 26.3}, {16, 3.68, 155.42},        {10, 0.76, 18849.23},
};

static const struct earth_term earth_3[] = {{289, 5.844, 6283.076},
                                            {35, 0, 0},
                                            {17, 5.49, 12566.15}};

static double earth_sum(const struct earth_term *terms, size_t n, double millennia)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += terms[i].amount * cos(terms[i].phase + terms[i].rate * millennia);
    }
    return sum;
}

/* In seconds of arc. */
static double nutation(double centuries)
{
    double omega = 125.04452 - 1934.136261 * centuries;
    double sun = 280.4665 + 36000.7698 * centuries;
    double moon = 218.3165 + 481267.8813 * centuries;
    return -17.20 * sin_degrees(omega) - 1.32 * sin_degrees(2 * sun) -
           0.23 * sin_degrees(2 * moon) + 0.21 * sin_degrees(2 * omega);
}

double sky_sun_degrees(double jd)
{
    double t = (jd + delta_t_days(jd) - J2000) / 365250;
    double centuries = t * 10;
    double earth = earth_sum(earth_0, ARRAY_LEN(earth_0), t) +
                   t * (earth_sum(earth_1, ARRAY_LEN(earth_1), t) +
                        t * (earth_sum(earth_2, ARRAY_LEN(earth_2), t) +
                             t * (earth_sum(earth_3, ARRAY_LEN(earth_3), t) - t * 114)));
    double anomaly = 357.5291 + 35999.0503 * centuries;
    double distance =
        1.00014 - 0.01671 * sin_degrees(anomaly + 90) - 0.00014 * sin_degrees(2 * anomaly + 90);
    double seconds = nutation(centuries) - 20.4898 / distance - 0.09033 - 0.29965 * centuries;
    double degrees = fmod(earth * (1e-8 * 180 / M_PI) + 180 + seconds / 3600, 360);
    return degrees < 0 ? degrees + 360 : degrees;
}
