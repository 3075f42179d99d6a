#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <unistd.h>

int clinux_eventfd(void) {
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

int clinux_timerfd(void) {
  int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

int clinux_set_timer(int fd, int64_t moment) {
  struct itimerspec when = {.it_value = {.tv_sec = moment / 1000000000, .tv_nsec = moment % 1000000000}};
  return timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL) < 0 ? -errno : 0;
}

int clinux_signalfd(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
  int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
  if (error) return -error;
  int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

int clinux_next_signal(int fd) {
  struct signalfd_siginfo info;
  return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int clinux_accept(int fd) {
  int caller = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  return caller < 0 ? -errno : caller;
}

int clinux_clock_is_synchronised(void) {
  struct timex request = {0};
  int state = adjtimex(&request);
  if (state < 0) return -errno;
  return state != TIME_ERROR && !(request.status & STA_UNSYNC);
}

int clinux_watch_links(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) return -errno;
  struct sockaddr_nl address = {
      .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  int error = errno;
  close(fd);
  return -error;
}

static int is_link_up(const struct nlmsghdr *message) {
  if (message->nlmsg_type == RTM_NEWADDR) return 1;
  if (message->nlmsg_type != RTM_NEWLINK || message->nlmsg_len < (size_t)NLMSG_LENGTH(sizeof(struct ifinfomsg))) return 0;
  const struct ifinfomsg *link = NLMSG_DATA(message);
  return (link->ifi_flags & IFF_RUNNING) && !(link->ifi_flags & IFF_LOOPBACK);
}

int clinux_link_came_up(int fd) {
  int came_up = 0;
  for (;;) {
    _Alignas(struct nlmsghdr) char buffer[8192];
    ssize_t received = recv(fd, buffer, sizeof buffer, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && errno == ENOBUFS) {
      came_up = 1;
      continue;
    }
    if (received <= 0) return came_up;
    // Not with NLMSG_OK and NLMSG_NEXT, which mix signs.
    const char *place = buffer;
    size_t rest = (size_t)received;
    while (rest >= sizeof(struct nlmsghdr)) {
      const struct nlmsghdr *message = (const void *)place;
      if (message->nlmsg_len < sizeof *message || message->nlmsg_len > rest) break;
      came_up |= is_link_up(message);
      size_t step = NLMSG_ALIGN((size_t)message->nlmsg_len);
      if (step >= rest) break;
      place += step;
      rest -= step;
    }
  }
}

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

static int release_segments(struct dl_phdr_info *object, size_t size, void *page_size) {
  (void)size;
  uintptr_t page = *(const uintptr_t *)page_size;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
    // What was written to, relocations included, exists nowhere else.
    if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
    uintptr_t start = (object->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
    uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
    if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return 0;
}

void clinux_release_code(void) {
  uintptr_t page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
  dl_iterate_phdr(release_segments, &page_size);
}
