import Synchronization

/// Counts blocks read and files examined, so that another thread can see whether a slow disk makes progress.
package final class ReadCount: Sendable {
  private let count = Atomic<Int>(0)

  package init() {}

  package var value: Int { count.load(ordering: .relaxed) }

  func add() { count.add(1, ordering: .relaxed) }
}
