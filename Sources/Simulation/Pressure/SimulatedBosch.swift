import Telemetry

/// The twins of Bosch's sensors: registers with a pointer that increments, a calibration, and raw values. Bosch's
/// integer formulas turn the raw values into what is measured, except for the BMP388 and BMP390. The drivers use the
/// floating-point formulas.
package final class SimulatedBosch: SimulatedChip {
  /// The result of a measurement: registers and their values.
  typealias Result = [UInt8: UInt8]

  struct Model: Sendable {
    /// Values after power-on: a register, and the bytes from there on.
    let registers: [UInt8: [UInt8]]
    let reset: UInt8
    /// The control register. Writing a value to it for which `starts` is true starts a measurement.
    let control: UInt8
    let starts: @Sendable (UInt8) -> Bool
    let duration: Duration
    /// The bits of the control register that remain when a measurement is done.
    let idleMask: UInt8
    /// The status register, with its bits for a measurement that is under way (`busy`) and finished (`done`).
    let status: (register: UInt8, busy: UInt8, done: UInt8)
    /// Computes the raw result for a climate, depending on the control register and the memory.
    let measure: @Sendable (_ control: UInt8, _ memory: [UInt8], Climate) -> Result
  }

  /// The measured values, in millionths of °C, % and hPa.
  struct Climate: Sendable {
    let temperature: Int64
    let humidity: Int64
    let pressure: Int64
  }

  private let model: Model
  private let twin: ChipInputs
  private var memory: [UInt8]
  private var pointer: UInt8 = 0
  private var busyUntil: Uptime?

  init(_ model: Model, _ twin: ChipInputs) {
    self.model = model
    self.twin = twin
    memory = Self.memory(model)
  }

  private static func memory(_ model: Model) -> [UInt8] {
    var memory = [UInt8](repeating: 0, count: 256)
    for (register, bytes) in model.registers {
      for (offset, byte) in bytes.enumerated() { memory[Int(register) + offset] = byte }
    }
    return memory
  }

  package func write(_ bytes: [UInt8]) -> Bool {
    settle()
    guard let first = bytes.first else { return true }
    pointer = first
    guard bytes.count > 1 else { return true }
    // The bytes are pairs of register and value.
    for index in stride(from: 0, to: bytes.count - 1, by: 2) { set(bytes[index], bytes[index + 1]) }
    return true
  }

  private func set(_ register: UInt8, _ value: UInt8) {
    if register == model.reset {
      if value == 0xB6 { (memory, busyUntil) = (Self.memory(model), nil) }
      return
    }
    // The calibration and the ID cannot be written.
    guard !model.registers.contains(where: { $0.key <= register && register - $0.key < $0.value.count }) else { return }
    memory[Int(register)] = value
    guard register == model.control, model.starts(value), busyUntil == nil else { return }
    busyUntil = twin.time.end(of: model.duration)
    memory[Int(model.status.register)] =
      memory[Int(model.status.register)] & ~model.status.done | model.status.busy
  }

  package func read(_ count: Int) -> [UInt8]? {
    settle()
    return (0..<count).map { memory[(Int(pointer) + $0) & 0xFF] }
  }

  private func settle() {
    guard let end = busyUntil, twin.time.now() >= end else { return }
    busyUntil = nil
    let climate = Climate(
      temperature: twin.temperature.value(at: end), humidity: twin.humidity.value(at: end),
      pressure: twin.pressure.value(at: end))
    for (register, value) in model.measure(memory[Int(model.control)], memory, climate) {
      memory[Int(register)] = value
    }
    memory[Int(model.control)] &= model.idleMask
    memory[Int(model.status.register)] =
      memory[Int(model.status.register)] & ~model.status.busy | model.status.done
  }
}

extension SimulatedBosch {
  /// The raw value below 2^bits at which `value` comes closest to `wanted` without exceeding it. `value` must be
  /// monotonic.
  static func raw(_ bits: Int, for wanted: Int64, _ value: (Int64) -> Int64) -> Int64 {
    var (low, high) = (Int64(0), Int64(1) << bits - 1)
    let grows = value(high) > value(low)
    while low < high {
      let middle = grows ? (low + high + 1) / 2 : (low + high) / 2
      if grows {
        if value(middle) <= wanted { low = middle } else { high = middle - 1 }
      } else {
        if value(middle) <= wanted { high = middle } else { low = middle + 1 }
      }
    }
    return low
  }

  /// Twenty bits in three registers, high bits first.
  static func twenty(_ raw: Int64, at register: UInt8) -> Result {
    [register: UInt8(raw >> 12), register + 1: UInt8(raw >> 4 & 0xFF), register + 2: UInt8(raw << 4 & 0xF0)]
  }

  /// Twenty-four bits in three registers, low byte first.
  static func lowFirst(_ raw: Int64, at register: UInt8) -> Result {
    [register: UInt8(raw & 0xFF), register + 1: UInt8(raw >> 8 & 0xFF), register + 2: UInt8(raw >> 16)]
  }

  static func sixteen(_ raw: Int64, at register: UInt8) -> Result {
    [register: UInt8(raw >> 8), register + 1: UInt8(raw & 0xFF)]
  }

  static func words(_ words: [Int64]) -> [UInt8] {
    words.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
  }
}
