// Two threads at one lock, which is no race; with an argument also at a variable without one, which is.
import Glibc
import Synchronization

final class Counter: Sendable { let value = Mutex(0) }

let counter = Counter()
let isRacing = CommandLine.arguments.count > 1
nonisolated(unsafe) var unguarded = 0

func start() -> pthread_t {
  var thread = pthread_t()
  pthread_create(
    &thread, nil,
    { _ in
      for _ in 0..<100_000 {
        counter.value.withLock { $0 += 1 }
        if isRacing { unguarded += 1 }
      }
      return nil
    }, nil)
  return thread
}

let threads = [start(), start()]
for thread in threads { pthread_join(thread, nil) }
print(counter.value.withLock { $0 })
