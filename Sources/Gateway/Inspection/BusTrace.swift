import Drivers
import Synchronization
import Telemetry

/// The transfers on the buses in words, for a person who wants to know why a sensor does not answer.
final class BusTrace: Sendable {
  private let lines = Mutex<[String]>([])

  func add(_ line: String) { lines.withLock { $0.append(line) } }

  /// Returns all lines since the last call.
  func take() -> [String] {
    lines.withLock { lines in
      defer { lines = [] }
      return lines
    }
  }
}

extension Board {
  /// The same board, with each transfer traced. GPIO lines are not traced.
  func traced(by trace: BusTrace) -> Board {
    let board = self
    return Board(
      i2c: { bus throws(BusError) in TracedI2CBus(try board.i2c(bus), trace) },
      sysfs: { TracedSysfs(board.sysfs(), trace) }, gpio: board.gpio,
      adapters: board.adapters, gpioChips: board.gpioChips, isReal: board.isReal)
  }
}

private final class TracedI2CBus: I2CBus {
  private let bus: any I2CBus
  private let trace: BusTrace

  init(_ bus: any I2CBus, _ trace: BusTrace) {
    self.bus = bus
    self.trace = trace
  }

  func transfer(to address: I2CAddress, write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
    let written = bytes.isEmpty ? [] : ["write \(bytes.hexadecimal(separator: " "))"]
    do {
      let reply = try bus.transfer(to: address, write: bytes, read: count)
      let read = count > 0 ? ["read \(reply.hexadecimal(separator: " "))"] : []
      trace.add("\(address): \((written + read).joined(separator: ", "))")
      return reply
    } catch {
      let read = count > 0 ? ["read \(count) bytes"] : []
      trace.add("\(address): \((written + read).joined(separator: ", ")): failed")
      throw error
    }
  }

  func pause(_ duration: Duration) { bus.pause(duration) }
}

private final class TracedSysfs: Sysfs {
  private let sysfs: any Sysfs
  private let trace: BusTrace

  init(_ sysfs: any Sysfs, _ trace: BusTrace) {
    self.sysfs = sysfs
    self.trace = trace
  }

  func read(_ path: String) throws(BusError) -> [UInt8] {
    do {
      let bytes = try sysfs.read(path)
      if path.hasPrefix("/sys/firmware/") { return bytes }
      trace.add("\(path): \(shownContent(bytes, of: path))")
      return bytes
    } catch {
      // The board's name is read for advice, not for a value.
      if path.hasPrefix("/sys/firmware/") { throw error }
      trace.add("\(path): \(error.kind == .absent ? "not there" : "failed")")
      throw error
    }
  }

  func write(_ bytes: [UInt8], to path: String) throws(BusError) {
    do {
      try sysfs.write(bytes, to: path)
      trace.add("write to \(path)")
    } catch {
      trace.add("write to \(path): failed")
      throw error
    }
  }

  var now: Uptime { sysfs.now }

  func times(of path: String) throws(BusError) -> FileTimes { try sysfs.times(of: path) }

  func entries(of directory: String) throws(BusError) -> [String] { try sysfs.entries(of: directory) }

  func target(ofLink path: String) throws(BusError) -> String { try sysfs.target(ofLink: path) }
}
