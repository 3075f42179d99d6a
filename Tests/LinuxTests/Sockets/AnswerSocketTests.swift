import Foundation
import Synchronization
import Telemetry
import Testing

@testable import Linux

/// Real sockets, on a real loop.
@Suite("A socket that answers", .serialized)
final class AnswerSocketTests: Sendable {
  private let directory = "/tmp/fieldpost-answer-\(UUID().uuidString.prefix(8))"
  private let loop = EventLoop(name: "answers")
  private var path: String { directory + "/status" }

  init() throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    loop.start()
  }

  deinit {
    loop.stop()
    try? FileManager.default.removeItem(atPath: directory)
  }

  private func on<Result: Sendable>(
    _ socket: AnswerSocket, _ body: @escaping @Sendable (isolated AnswerSocket) -> Result
  ) -> Result {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<Result?>(nil)
    socket.post { socket in
      let value = body(socket)
      result.withLock { $0 = value }
      done.signal()
    }
    done.wait()
    return result.withLock { $0! }
  }

  private func open(_ socket: AnswerSocket) -> SocketFileError? {
    let path = path
    return on(socket) { socket in
      do throws(SocketFileError) {
        try socket.open(at: path, group: "no-such-group")
        return nil
      } catch {
        return error
      }
    }
  }

  private func socket(
    _ answer: [UInt8], callers: Int = 8, patience: Duration = .seconds(5), asked: @escaping @Sendable () -> Void = {}
  ) -> AnswerSocket {
    var limits = AnswerSocket.Limits()
    (limits.callers, limits.patience) = (callers, patience)
    return AnswerSocket(limits: limits, loop: loop) { give in
      asked()
      give(answer)
    }
  }

  private func ask() -> Result<[UInt8], AnswerCallError> {
    do throws(AnswerCallError) {
      return .success(try callForAnswer(at: path, within: .seconds(20)))
    } catch {
      return .failure(error)
    }
  }

  /// A caller that does not read.
  private func call() throws -> Int32 {
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let address = try #require(SocketAddress(path: path))
    try #require(address.withSockaddr { connect(descriptor, $0, $1) } == 0)
    return descriptor
  }

  private var mode: UInt16? {
    (try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.uint16Value
  }

  @Test("One connection is one answer; the socket is for its owner and its group, and goes when it is closed")
  func answers() throws {
    let door = socket(Array("hello".utf8))
    #expect(open(door) == nil)
    #expect(mode == 0o660)
    for _ in 0..<3 { #expect(ask() == .success(Array("hello".utf8))) }
    on(door) { $0.close() }
    #expect(ask() == .failure(.system(SystemError("connect", code: ENOENT))))
    #expect(!FileManager.default.fileExists(atPath: path + ".new"))
  }

  @Test("Callers that do not read hold nobody up, are cut off, and more than a few wait outside")
  func hanging() throws {
    let asked = Mutex(0)
    let count = { asked.withLock { $0 } }
    // More than the kernel takes at once.
    let long = [UInt8](repeating: 7, count: 4 << 20 - 1)
    let door = socket(long, callers: 3, patience: .milliseconds(300)) { asked.withLock { $0 += 1 } }
    #expect(open(door) == nil)
    let callers = try (0..<3).map { _ in try call() }
    defer { for caller in callers { close(caller) } }
    for _ in 0..<500 where count() < 3 { usleep(10_000) }
    #expect(count() == 3)
    // Waits outside until one of them is cut off.
    #expect(ask() == .success(long))
    #expect(count() == 4)
    // They were cut off before their end.
    for caller in callers {
      var (total, buffer) = (0, [UInt8](repeating: 0, count: 1 << 16))
      while case let size = read(caller, &buffer, buffer.count), size > 0 { total += size }
      #expect(total < long.count)
    }
  }

  @Test("Twenty at once all get the answer, three at a time")
  func twenty() throws {
    let door = socket(Array("hello".utf8), callers: 3)
    #expect(open(door) == nil)
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 20) { _ in
      if self.ask() != .success(Array("hello".utf8)) { wrong.withLock { $0 += 1 } }
    }
    #expect(wrong.withLock { $0 } == 0)
  }

  @Test("A caller that leaves before the answer, or talks instead of listening, harms nobody")
  func rude() throws {
    let door = socket([UInt8](repeating: 7, count: 1 << 20))
    #expect(open(door) == nil)
    for _ in 0..<20 {
      let caller = try call()
      _ = "GET / HTTP/1.1\r\n\r\n".withCString { write(caller, $0, strlen($0)) }
      close(caller)
    }
    #expect(ask() == .success([UInt8](repeating: 7, count: 1 << 20)))
  }

  @Test("What a process that is gone has left is replaced; that of a living one is not")
  func stale() throws {
    // Left over: bound, and nobody listens any more.
    let dead = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let address = try #require(SocketAddress(path: path))
    try #require(address.withSockaddr { bind(dead, $0, $1) } == 0)
    close(dead)
    #expect(ask() == .failure(.system(SystemError("connect", code: ECONNREFUSED))))
    let first = socket(Array("first".utf8))
    #expect(open(first) == nil)
    #expect(ask() == .success(Array("first".utf8)))
    let second = socket(Array("second".utf8))
    #expect(open(second) == .taken(path))
    on(second) { $0.close() }
    #expect(ask() == .success(Array("first".utf8)))
  }

  @Test("What is no socket is left alone; a directory is made; several, and a name that is too long, are told")
  func notPossible() throws {
    let door = socket([])
    try "precious".write(toFile: path, atomically: false, encoding: .utf8)
    #expect(open(door) == .occupied(path))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    try FileManager.default.removeItem(atPath: directory)
    #expect(open(door) == nil)
    on(door) { $0.close() }
    let deep = directory + "/no/such/status"
    let refusal = on(door) { door in
      do throws(SocketFileError) {
        try door.open(at: deep, group: "")
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal.hasPrefix("make \(deep): there is no folder \(directory)/no/such: mkdir -p "), "\(refusal)")
    let long = "/tmp/" + String(repeating: "x", count: 99)
    let error = on(door) { door in
      do throws(SocketFileError) {
        try door.open(at: long, group: "")
        return SocketFileError?.none
      } catch {
        return error
      }
    }
    #expect(error == .tooLong(long))
  }

  @Test("A socket that has taken the place meanwhile is not removed")
  func replaced() throws {
    let door = socket([1])
    #expect(open(door) == nil)
    try FileManager.default.removeItem(atPath: path)
    let other = socket([2])
    #expect(open(other) == nil)
    on(door) { $0.close() }
    #expect(ask() == .success([2]))
  }

  @Test("A group's number is in the third field")
  func groups() {
    let file = Array("root:x:0:\nfieldpost2:x:7:\nfieldpost:x:998:ann,bob\nbroken:x\n".utf8)
    #expect(groupID(of: "fieldpost", in: file) == 998)
    #expect(groupID(of: "root", in: file) == 0)
    #expect(groupID(of: "field", in: file) == nil)
    #expect(groupID(of: "broken", in: file) == nil)
  }
}
