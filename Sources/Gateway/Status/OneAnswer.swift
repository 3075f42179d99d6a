import Synchronization
import Uplink

/// An answer that is given once, by the first to call: the one that was asked, or the timer.
final class OneAnswer: Sendable {
  private let give: Mutex<(@Sendable (CommandResult) -> Void)?>

  init(_ give: @escaping @Sendable (CommandResult) -> Void) { self.give = Mutex(give) }

  func callAsFunction(_ result: CommandResult) {
    let give = give.withLock { give in
      defer { give = nil }
      return give
    }
    give?(result)
  }
}
