// The Linux calls that Swift cannot reach.
#ifndef FIELDPOST_CLINUX_H
#define FIELDPOST_CLINUX_H

#define _GNU_SOURCE
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timex.h>

#endif
