import Foundation
import Synchronization

/// A directory for one test, with the processes that it started: all gone when the test is over.
final class Workplace: Sendable {
  let directory: String

  init() throws {
    directory = NSTemporaryDirectory() + "fieldpost-test-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  func path(_ name: String) -> String { directory + "/" + name }

  /// Writes a file, making its directories, and returns its path.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    let file = path(name)
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    return file
  }
}

/// A program that runs while a test looks at its lines.
final class Program: @unchecked Sendable {
  // Process is not Sendable; it is used here for starting and for its status only, which it locks itself.
  private let process = Process()
  private let output: Lines

  var lines: [String] { output.all }
  var pid: Int32 { process.processIdentifier }
  var isRunning: Bool { ending == nil }

  /// Standard output and standard error are read together, line by line.
  init(_ executable: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    output = Lines(pipe.fileHandleForReading)
    try withoutBlockedSignals { try process.run() }
  }

  deinit { end() }

  func send(_ signal: Int32) { kill(pid, signal) }

  /// Waits for the end; nil when the program does not end in time, in which case it is killed.
  func exitStatus(within limit: Duration = .seconds(20)) -> Int32? {
    guard eventually(within: limit, { !isRunning }) else {
      end()
      return nil
    }
    output.finish()
    return ending
  }

  func end() {
    guard isRunning else { return }
    kill(pid, SIGCONT)
    kill(pid, SIGKILL)
    _ = eventually { !isRunning }
  }

  /// The status that it ended with, or the signal as a negative number; nil while it runs. The kernel is asked: Foundation
  /// sees an end by a socket's, and another child that was started at that moment may hold that open as long as it lives.
  private var ending: Int32? {
    var info = siginfo_t()
    // Collecting it is Foundation's business.
    if waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 {
      guard info._sifields._sigchld.si_pid != 0 else { return nil }
      let status = info._sifields._sigchld.si_status
      return info.si_code == Int32(CLD_EXITED) ? status : -status
    }
    guard !process.isRunning else { return nil }
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }

  /// Whether a line with this text comes, or has come.
  func says(_ text: String, within limit: Duration = .seconds(30)) -> Bool {
    eventually(within: limit) { lines.contains { $0.contains(text) } }
  }
}

/// The lines that come out of a pipe.
private final class Lines: Sendable {
  private struct State {
    var complete: [String] = []
    var rest: [UInt8] = []
    var isAtEnd = false
  }

  private let state = Mutex(State())

  /// With a thread of its own: a readability handler is not called again for what is left in the pipe when the program
  /// has ended, and libdispatch crashes when a pipe is closed while a child that was started at that moment has it.
  init(_ handle: FileHandle) {
    Thread.detachNewThread { [self] in
      var data: Data
      repeat {
        data = handle.availableData
        take(data)
      } while !data.isEmpty
    }
  }

  var all: [String] { state.withLock { $0.complete } }

  func finish() { _ = eventually(within: .seconds(5)) { state.withLock { $0.isAtEnd } } }

  private func take(_ data: Data) {
    state.withLock { state in
      if data.isEmpty { state.isAtEnd = true }
      state.rest += data
      while let end = state.rest.firstIndex(of: UInt8(ascii: "\n")) {
        state.complete.append(String(decoding: state.rest[..<end], as: UTF8.self))
        state.rest.removeSubrange(...end)
      }
    }
  }
}

/// The threads that tests run on block signals, and what they start inherits that: mosquitto would never see SIGTERM.
private func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
  var none = sigset_t()
  var before = sigset_t()
  sigemptyset(&none)
  pthread_sigmask(SIG_SETMASK, &none, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  try body()
}

/// Looks again and again until it is so. The limit is for giving up, not for measuring.
func eventually(within limit: Duration = .seconds(30), _ isSo: () -> Bool) -> Bool {
  let deadline = ContinuousClock.now + limit
  while !isSo() {
    if ContinuousClock.now >= deadline { return false }
    usleep(20_000)
  }
  return true
}

/// Where the build has put the programs: beside the tests.
let programs: String = {
  let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  return (tests as NSString).deletingLastPathComponent
}()
