import Foundation
import Linux
import Scheduling
import Synchronization
import Telemetry
import Testing

/// Notes what happened, in order, and lets a test wait for it.
private final class Notes: Sendable {
  private let entries = Mutex<[String]>([])
  private let arrived = DispatchSemaphore(value: 0)

  func add(_ entry: String) {
    entries.withLock { $0.append(entry) }
    arrived.signal()
  }

  /// Waits for `count` entries; gives up after a while, and the expectation on what is there fails.
  func wait(for count: Int) -> [String] {
    for _ in 0..<count where arrived.wait(timeout: .now() + 20) == .timedOut { break }
    return entries.withLock { $0 }
  }
}

private actor Counter: Pinned {
  nonisolated let loop: any Loop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  private(set) var value = 0

  init(_ loop: any Loop) { self.loop = loop }

  func add() { value += 1 }
}

@Suite("An event loop")
struct EventLoopTests {
  private let loop = EventLoop(name: "test")
  private let notes = Notes()

  @Test("Runs jobs in the order in which they were posted, from many threads each in its own")
  func order() {
    loop.start()
    defer { loop.stop() }
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      for number in 0..<50 { loop.post { notes.add("\(thread) \(number)") } }
    }
    let all = notes.wait(for: 200)
    #expect(all.count == 200)
    for thread in 0..<4 {
      #expect(all.filter { $0.hasPrefix("\(thread) ") } == (0..<50).map { "\(thread) \($0)" })
    }
  }

  @Test("Timers fire by their deadline, those of one deadline in order, a cancelled one never")
  func timers() {
    let (loop, notes) = (loop, notes)
    loop.start()
    defer { loop.stop() }
    loop.post {
      let now = loop.now
      loop.schedule(at: now + .milliseconds(40)) { notes.add("late") }
      loop.schedule(at: now + .milliseconds(20)) { notes.add("first") }
      loop.schedule(at: now + .milliseconds(20)) { notes.add("second") }
      loop.cancel(loop.schedule(at: now + .milliseconds(10)) { notes.add("cancelled") })
      loop.schedule(at: now + .milliseconds(-5)) { notes.add("overdue") }
    }
    #expect(notes.wait(for: 4) == ["overdue", "first", "second", "late"])
  }

  @Test("The kernel wakes the loop by the clock of the deadlines, which goes on while the board is suspended")
  func clock() throws {
    let (loop, notes) = (loop, notes)
    loop.start()
    defer { loop.stop() }
    loop.post {
      loop.schedule(at: loop.now + .seconds(54_321)) { notes.add("late") }
      notes.add("scheduled")
    }
    _ = notes.wait(for: 1)
    // A later turn, at the beginning of which the alarm was set.
    loop.post { notes.add("set") }
    _ = notes.wait(for: 1)
    let folder = "/proc/self/fdinfo/"
    let alarms = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
      try? String(contentsOfFile: folder + $0, encoding: .utf8)
    }
    // 7 is CLOCK_BOOTTIME; what is left is told as `it_value: (seconds, nanoseconds)`.
    let left = alarms.filter { $0.contains("clockid: 7\n") }.flatMap { $0.split(separator: "\n") }.compactMap { line in
      line.hasPrefix("it_value: (") ? Int(line.dropFirst(11).prefix { $0 != "," }) : nil
    }
    #expect(left.contains { 50_000...54_321 ~= $0 }, "\(left)")
  }

  @Test("A timer that is always overdue does not keep jobs from running")
  func overdueTimer() {
    let (loop, notes) = (loop, notes)
    @Sendable func again() { loop.schedule(at: loop.now, again) }
    loop.post {
      again()
      loop.post { notes.add("job") }
    }
    loop.start()
    #expect(notes.wait(for: 1) == ["job"])
    loop.stop()
  }

  @Test("A timer never fires early")
  func neverEarly() {
    let (loop, notes) = (loop, notes)
    loop.start()
    defer { loop.stop() }
    loop.post {
      for step in 1...20 {
        let deadline = loop.now + .microseconds(Int64(step) * 700)
        loop.schedule(at: deadline) { notes.add(loop.now < deadline ? "early" : "on time") }
      }
    }
    #expect(notes.wait(for: 20).allSatisfy { $0 == "on time" })
  }

  @Test("Watched descriptors: readable, then hung up; unwatched ones are left alone")
  func descriptors() throws {
    let (loop, notes) = (loop, notes)
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let (reader, writer) = (ends[0], ends[1])
    loop.start()
    defer { loop.stop() }
    loop.post {
      loop.watch(reader, for: .reading) { readiness in
        var byte: UInt8 = 0
        let count = read(reader, &byte, 1)
        if count == 0 { loop.unwatch(reader) }
        notes.add("\(readiness.contains(.reading)) \(count) \(byte)")
      }
    }
    var byte: UInt8 = 7
    _ = write(writer, &byte, 1)
    _ = notes.wait(for: 1)
    close(writer)
    #expect(notes.wait(for: 1) == ["true 1 7", "true 0 0"])
    loop.post { notes.add("still turning") }
    #expect(notes.wait(for: 1).last == "still turning")
    close(reader)
  }

  @Test("Actors pinned to a loop run on its thread, by post and by await")
  func actors() async {
    loop.start()
    defer { loop.stop() }
    let counter = Counter(loop)
    for _ in 0..<1_000 { counter.post { $0.add() } }
    #expect(await counter.value == 1_000)
  }

  @Test("stop ends run after the jobs that are queued")
  func stop() {
    let (loop, notes) = (loop, notes)
    loop.post { notes.add("queued") }
    loop.stop()
    loop.run()
    #expect(notes.wait(for: 1) == ["queued"])
  }
}
