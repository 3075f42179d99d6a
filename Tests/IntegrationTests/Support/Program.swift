import CSpawn
import Foundation
import Synchronization

/// A program that runs while a test looks at its lines. Without Foundation's Process: that notices an end by a socket's, which
/// another child that was started at the same moment may hold open, and crashes when a thousand descriptors are open.
final class Program: Sendable {
  let pid: Int32
  private let output: Lines
  /// Once it has been collected.
  private let status = Mutex<Int32?>(nil)

  /// Standard output and standard error are read together, line by line.
  init(_ executable: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    let surroundings = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let words = ([executable] + arguments).map { strdup($0) } + [nil]
    let variables = surroundings.map { strdup("\($0)=\($1)") } + [nil]
    defer { for word in words + variables { free(word) } }
    var (pid, reader): (Int32, Int32) = (0, 0)
    let error = cspawn(executable, words, variables, &pid, &reader)
    guard error == 0 else { throw POSIXError(POSIXErrorCode(rawValue: error) ?? .EIO) }
    self.pid = pid
    output = Lines(FileHandle(fileDescriptor: reader, closeOnDealloc: true))
  }

  deinit { end() }

  var lines: [String] { output.all }
  var isRunning: Bool { ending == nil }

  func send(_ signal: Int32) { if isRunning { kill(pid, signal) } }

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

  /// Whether a line with this text comes, or has come.
  func says(_ text: String, within limit: Duration = .seconds(30)) -> Bool {
    eventually(within: limit) { lines.contains { $0.contains(text) } }
  }

  /// The status that it ended with, or the signal as a negative number; nil while it runs.
  private var ending: Int32? {
    status.withLock { known in
      var word: Int32 = 0
      if known == nil, waitpid(pid, &word, WNOHANG) == pid {
        let signal = word & 0x7F
        known = signal == 0 ? word >> 8 & 0xFF : -signal
      }
      return known
    }
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
