import Synchronization

/// How many blocks have been read, and files looked at: another thread sees by it whether a disk that takes long goes on at all.
package final class ReadCount: Sendable {
  private let count = Atomic<Int>(0)

  package init() {}

  package var value: Int { count.load(ordering: .relaxed) }

  func add() { count.add(1, ordering: .relaxed) }
}
