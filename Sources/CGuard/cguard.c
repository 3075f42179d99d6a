#include "cguard.h"

#include <mosquitto.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/// Where the calling thread goes on after a failed assertion; NULL: nowhere, and the process ends as usual.
static _Thread_local jmp_buf *way_out;

/// In place of the C library's, which assert(3) calls: what a program defines goes before what a library does. Other calls of
/// abort(3) are left alone, such as those of a damaged heap.
_Noreturn void __assert_fail(const char *assertion, const char *file, unsigned int line, const char *function) {
  if (way_out) longjmp(*way_out, 1);
  fprintf(stderr, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function, assertion);
  abort();
}

/// The frames that are left are the library's. It holds no lock while it takes a packet apart.
#define GUARDED(CALL)                    \
  jmp_buf here;                          \
  if (setjmp(here)) {                    \
    way_out = NULL;                      \
    return MOSQ_ERR_MALFORMED_PACKET;    \
  }                                      \
  way_out = &here;                       \
  int code = CALL;                       \
  way_out = NULL;                        \
  return code

int cguard_loop_read(struct mosquitto *mosq, int max_packets) { GUARDED(mosquitto_loop_read(mosq, max_packets)); }

int cguard_loop(struct mosquitto *mosq, int timeout, int max_packets) {
  GUARDED(mosquitto_loop(mosq, timeout, max_packets));
}
