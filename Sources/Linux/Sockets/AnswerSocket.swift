import CLinux
import Glibc
import Scheduling
import Telemetry

/// A local stream socket where every connection gets one answer and is closed. Input from callers is not read.
///
/// The socket lives on one loop, which no caller can block: writes do not block, and a caller that does not read is cut
/// off. Only a few callers are served at a time; the others wait in the kernel's queue and cost nothing here.
package actor AnswerSocket: Pinned {
  package struct Limits: Sendable {
    /// Maximum callers served at a time.
    package var callers = 8
    /// Time limit for one caller, from its arrival to the last byte.
    package var patience = Duration.seconds(5)

    package init() {}
  }

  /// Asks for the answer, on the loop. The answer may be given later, from any thread.
  package typealias Answering = @Sendable (_ give: @escaping @Sendable ([UInt8]) -> Void) -> Void

  private struct Caller {
    let descriptor: Int32
    let deadline: TimerToken
    var rest: ArraySlice<UInt8> = []
  }

  package nonisolated let loop: any Loop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private let limits: Limits
  private let answer: Answering
  private var door: SocketFile?
  private var callers: [UInt64: Caller] = [:]
  private var lastCaller: UInt64 = 0
  private var isDoorWatched = false

  package init(limits: Limits = Limits(), loop: any Loop, answer: @escaping Answering) {
    self.limits = limits
    self.loop = loop
    self.answer = answer
  }

  /// Makes the socket, for its owner and `group`, and answers connections until `close`.
  package func open(at path: String, group: String) throws(SocketFileError) {
    door = try SocketFile(at: path, group: group)
    watchDoor()
  }

  /// Closes all connections and removes the socket.
  package func close() {
    for caller in callers.keys { dismiss(caller) }
    guard let door else { return }
    loop.unwatch(door.descriptor)
    door.remove()
    self.door = nil
  }

  private func watchDoor() {
    guard let door, !isDoorWatched, callers.count < limits.callers else { return }
    isDoorWatched = true
    loop.watch(door.descriptor, for: .reading) { [weak self] _ in self?.assumeIsolated { $0.admit() } }
  }

  private func leaveDoor() {
    if let door { loop.unwatch(door.descriptor) }
    isDoorWatched = false
  }

  private func admit() {
    guard let door else { return }
    while callers.count < limits.callers {
      let descriptor = clinux_accept(door.descriptor)
      if descriptor == -EINTR || descriptor == -ECONNABORTED { continue }
      if descriptor == -EAGAIN { return }
      guard descriptor >= 0 else { return pause() }
      attend(descriptor)
    }
    leaveDoor()
  }

  /// Out of descriptors: without a pause the listening socket would be ready all the time.
  private func pause() {
    leaveDoor()
    loop.schedule(at: loop.now + .seconds(1)) { [weak self] in self?.assumeIsolated { $0.watchDoor() } }
  }

  private func attend(_ descriptor: Int32) {
    lastCaller += 1
    let caller = lastCaller
    let deadline = loop.schedule(at: loop.now + limits.patience) { [weak self] in
      self?.assumeIsolated { $0.dismiss(caller) }
    }
    callers[caller] = Caller(descriptor: descriptor, deadline: deadline)
    answer { [weak self] bytes in self?.post { $0.give(bytes, to: caller) } }
  }

  private func give(_ bytes: [UInt8], to caller: UInt64) {
    callers[caller]?.rest = bytes[...]
    speak(to: caller)
  }

  private func speak(to caller: UInt64) {
    guard let descriptor = callers[caller]?.descriptor else { return }
    while let rest = callers[caller]?.rest, !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN {
        return loop.watch(descriptor, for: .writing) { [weak self] _ in self?.assumeIsolated { $0.speak(to: caller) } }
      }
      guard count > 0 else { break }
      callers[caller]?.rest = rest.dropFirst(count)
    }
    dismiss(caller)
  }

  private func dismiss(_ caller: UInt64) {
    guard let gone = callers.removeValue(forKey: caller) else { return }
    loop.cancel(gone.deadline)
    loop.unwatch(gone.descriptor)
    Glibc.close(gone.descriptor)
    watchDoor()
  }
}
