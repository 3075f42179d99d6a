import Foundation
import Glibc
import Scheduling
import Synchronization
import Testing

@testable import Linux

/// The kernel's own word of links.
@Suite("Links that come up")
struct LinkWatchTests {
  private final class Count: Sendable {
    private let count = Mutex(0)
    func add() { count.withLock { $0 += 1 } }
    var value: Int { count.withLock { $0 } }
  }

  @discardableResult
  private func run(_ words: String...) -> Int32 { system(words.joined(separator: " ") + " 2> /dev/null") }

  private func eventually(_ isSo: () -> Bool) -> Bool {
    for _ in 0..<500 {
      if isSo() { return true }
      usleep(10_000)
    }
    return isSo()
  }

  @Test("A link that comes up is told, and one that gets an address", .enabled(if: geteuid() == 0))
  func comesUp() throws {
    let (one, other) = ("fpt\(getpid() % 100_000)a", "fpt\(getpid() % 100_000)b")
    try #require(run("ip", "link", "add", one, "type", "veth", "peer", "name", other) == 0)
    defer { _ = run("ip", "link", "del", one) }
    let loop = EventLoop(name: "links")
    loop.start()
    defer { loop.stop() }
    let (count, isWatching) = (Count(), Count())
    let watch = LinkWatch { count.add() }
    loop.post {
      try? watch.start(on: loop)
      isWatching.add()
    }
    #expect(eventually { isWatching.value == 1 })
    run("ip", "address", "add", "198.18.77.1/30", "dev", one)
    #expect(eventually { count.value >= 1 })
    let before = count.value
    run("ip", "link", "set", other, "up")
    run("ip", "link", "set", one, "up")
    #expect(eventually { count.value > before })
  }
}
