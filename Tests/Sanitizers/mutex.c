// What ThreadSanitizer has to know of Swift's Mutex, for LD_PRELOAD. Its quick way is in the program, where TSan sees it. Where
// another thread has the lock, the library makes two calls that the kernel completes (FUTEX_LOCK_PI), and TSan would take
// what the lock orders for a race. These stand before the library's own and say what they order. Without TSan they say nothing.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

SWIFT void lock_slow(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT void lock_slow(uint32_t thread, SELF void *mutex) {
  static SWIFT void (*library)(uint32_t, SELF void *);
  if (!library) *(void **)&library = dlsym(RTLD_NEXT, LOCK);
  library(thread, mutex);
  if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_slow(SELF void *mutex) __asm__(UNLOCK);
SWIFT void unlock_slow(SELF void *mutex) {
  static SWIFT void (*library)(SELF void *);
  if (!library) *(void **)&library = dlsym(RTLD_NEXT, UNLOCK);
  if (__tsan_release) __tsan_release(mutex);
  library(mutex);
}
