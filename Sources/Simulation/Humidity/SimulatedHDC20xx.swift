import Telemetry

/// The twin of HDC2010 and HDC2080: registers of eight bits with a pointer that increments. It measures on command, and
/// sets a data-ready bit that a read clears.
package final class SimulatedHDC20xx: SimulatedChip {
  /// The temperature at raw 0 in microdegrees, by the driver's name.
  static let models: [String: Int64] = ["hdc2010": -40_000_000, "hdc2080": -40_620_000]

  private let base: Int64
  private let temperature: Curve
  private let humidity: Curve
  private let time: SimulatedTime
  private var pointer: UInt8 = 0
  private var registers: [UInt8: UInt8] = [:]
  private var deafUntil: Uptime
  private var doneAt: Uptime?

  init(base: Int64, temperature: Curve, humidity: Curve, time: SimulatedTime) {
    self.base = base
    self.temperature = temperature
    self.humidity = humidity
    self.time = time
    deafUntil = time.now()
    powerOn()
  }

  package func write(_ bytes: [UInt8]) -> Bool {
    guard time.now() >= deafUntil else { return false }
    guard let first = bytes.first else { return true }
    pointer = first
    finish()
    for byte in bytes.dropFirst() {
      store(byte)
      pointer &+= 1
    }
    return true
  }

  package func read(_ count: Int) -> [UInt8]? {
    guard time.now() >= deafUntil else { return nil }
    finish()
    return (0..<count).map { _ in
      let value = registers[pointer] ?? 0x00
      // Reading the status or a result clears the data-ready bit.
      if pointer <= 4 { registers[4]? &= 0x7F }
      pointer &+= 1
      return value
    }
  }

  private func powerOn() {
    registers = [0x04: 0, 0x07: 0, 0x0E: 0, 0x0F: 0, 0xFC: 0x49, 0xFD: 0x54, 0xFE: 0xD0, 0xFF: 0x07]
    doneAt = nil
  }

  private func store(_ byte: UInt8) {
    switch pointer {
    case 0x0E where byte & 0x80 != 0:
      powerOn()
      deafUntil = time.end(of: .milliseconds(3))
    case 0x0F:
      registers[pointer] = byte
      if byte & 1 == 1 { doneAt = time.end(of: .microseconds(1_270)) }
    case 0x07...0x0E: registers[pointer] = byte
    default: break
    }
  }

  private func finish() {
    guard let done = doneAt, time.now() >= done else { return }
    doneAt = nil
    put(raw(temperature.value(at: done), base: base, span: 165_000_000), at: 0x00)
    put(raw(humidity.value(at: done), base: 0, span: 100_000_000), at: 0x02)
    registers[0x0F]? &= 0xFE
    if registers[0x07, default: 0] & 0x80 != 0 { registers[0x04]? |= 0x80 }
  }

  private func put(_ word: UInt16, at register: UInt8) {
    registers[register] = UInt8(word & 0xFF)
    registers[register + 1] = UInt8(word >> 8)
  }

  private func raw(_ micros: Int64, base: Int64, span: Int64) -> UInt16 {
    UInt16(clamping: (micros - base) * 65_536 / span) & 0xFFFC
  }
}
