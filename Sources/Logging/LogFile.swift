import Linux
import Synchronization
import Telemetry

/// A log file of the daemon's own, for a board whose journal does not survive a restart. May be used from any thread;
/// only `write` waits for the disk.
package final class LogFile: Sendable {
  /// A change in the state of the file.
  package enum Change: Hashable, Sendable {
    case failed(SystemError)
    case recovered
  }

  private struct State {
    var gathered = GatheredLines()
    var isFailing = false
    var written: UInt64 = 0
  }

  private let file: LineFile
  private let state = Mutex(State())
  private let wake: @Sendable (LogFile, Uptime) -> Void

  /// `wake` is told when to call `write`. It is called on any thread, and must not wait.
  package init(_ file: LineFile, wake: @escaping @Sendable (LogFile, Uptime) -> Void) {
    self.file = file
    self.wake = wake
  }

  package var path: String { file.path }
  /// Bytes written since the start.
  package var written: UInt64 { state.withLock { $0.written } }

  func add(_ line: String, _ level: LogLevel) {
    let sooner = state.withLock { state in
      let former = state.gathered.due
      state.gathered.add(line, level, at: SystemClock.uptime())
      return state.gathered.due == former ? nil : state.gathered.due
    }
    if let sooner { wake(self, sooner) }
  }

  /// Writes the gathered lines if they are due; `now`: in any case. Lines that cannot be written are kept, as many as
  /// there is room for.
  package func write(now isLast: Bool = false) -> Change? {
    let batch = state.withLock { state -> GatheredLines.Batch? in
      let now = SystemClock.uptime()
      guard let due = state.gathered.due, isLast || now >= due else { return nil }
      return state.gathered.take(at: now)
    }
    guard let batch else { return nil }
    do throws(SystemError) {
      let bytes = batch.bytes
      try file.append(bytes, synced: batch.hasError)
      return succeeded(bytes.count)
    } catch {
      return failed(batch, error)
    }
  }

  private func succeeded(_ count: Int) -> Change? {
    state.withLock { state in
      state.written += UInt64(count)
      defer { state.isFailing = false }
      return state.isFailing ? .recovered : nil
    }
  }

  private func failed(_ batch: GatheredLines.Batch, _ error: SystemError) -> Change? {
    let (change, due) = state.withLock { state in
      state.gathered.putBack(batch, at: SystemClock.uptime())
      defer { state.isFailing = true }
      return (state.isFailing ? nil : Change.failed(error), state.gathered.due)
    }
    if let due { wake(self, due) }
    return change
  }
}
