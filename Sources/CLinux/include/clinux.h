// The Linux calls that Swift cannot reach: their headers are not in its Glibc module. Each returns -errno on failure.
#ifndef FIELDPOST_CLINUX_H
#define FIELDPOST_CLINUX_H

#include <stdint.h>

/// eventfd(2): close-on-exec, non-blocking, counter 0.
int clinux_eventfd(void);

/// timerfd_create(2) on CLOCK_BOOTTIME: close-on-exec, non-blocking, not set.
int clinux_timerfd(void);

/// timerfd_settime(2): readable from this moment on, in nanoseconds on its clock; 0: never.
int clinux_set_timer(int fd, int64_t moment);

/// Blocks the signals in the calling thread, and in those that it starts from now on, and returns a signalfd(2) for them:
/// close-on-exec, non-blocking.
int clinux_signalfd(const int *signals, int count);

/// The number of the next signal that waits in a signalfd; 0 when there is none.
int clinux_next_signal(int fd);

/// accept4(2): close-on-exec, non-blocking.
int clinux_accept(int fd);

/// 1 when the kernel holds the wall clock for synchronised, 0 when not (adjtimex(2), nothing changed).
int clinux_clock_is_synchronised(void);

/// Gives back the program's and its libraries' pages that are only read (code and constants). They come back from the
/// page cache, one by one, as they are used.
void clinux_release_code(void);

/// A netlink socket on which the kernel tells of links and addresses: close-on-exec, non-blocking.
int clinux_watch_links(void);

/// Takes all messages from such a socket. 1 when one of them says that a link other than the loopback runs or an address
/// was added, or when the kernel had to drop some; else 0.
int clinux_link_came_up(int fd);

/// Names the calling thread, at most 15 bytes.
void clinux_name_thread(const char *name);

#endif
