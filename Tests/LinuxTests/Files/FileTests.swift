import Foundation
import Linux
import Testing

@Suite("Reading files")
struct FileTests {
  @Test("A file that is not there is an error that names it")
  func missing() {
    #expect(throws: SystemError("open /nonexistent/x", code: ENOENT)) { try readFile("/nonexistent/x", limit: 10) }
    #expect(
      SystemError("open /nonexistent/x", code: ENOENT).description == "open /nonexistent/x: No such file or directory")
  }

  @Test("A directory is an error")
  func directory() {
    #expect(throws: SystemError("read /tmp", code: EISDIR)) { try readFile("/tmp", limit: 10) }
  }

  @Test("No more than the limit is read")
  func limit() throws {
    #expect(try readFile("/proc/self/status", limit: 5) == Array("Name:".utf8))
  }

  @Test("The clock's stamp is of this boot and moves forward")
  func clock() {
    let first = SystemClock.stamp()
    let second = SystemClock.stamp()
    #expect(first.boot == second.boot)
    #expect(first.boot.value != 0)
    #expect(first.uptime <= second.uptime)
    #expect(first.wall.nanoseconds > 1_600_000_000_000_000_000)
  }
}
