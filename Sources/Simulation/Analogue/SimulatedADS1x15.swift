import Drivers
import Glibc
import Telemetry

/// The twin of ADS1115 and ADS1015 with resistance thermometers in voltage dividers, wired as the sensors' options say.
package final class SimulatedADS1x15: SimulatedChip {
  private let twin: ChipInputs
  private let bits: Int
  private var pointer: UInt8 = 0
  private var configuration: UInt16 = 0x8583
  private var result: UInt16 = 0
  private var busyUntil: Uptime?

  /// `bits`: the resolution, 16 or 12.
  init(_ twin: ChipInputs, bits: Int) {
    self.twin = twin
    self.bits = bits
  }

  package func write(_ bytes: [UInt8]) -> Bool {
    settle()
    guard let first = bytes.first else { return true }
    pointer = first & 0x03
    guard pointer == 1, bytes.count >= 3 else { return true }
    let value = UInt16(bytes[1]) << 8 | UInt16(bytes[2])
    configuration = value & 0x7FFF
    if value & 0x8000 != 0 { busyUntil = twin.time.end(of: .milliseconds(bits == 16 ? 8 : 1)) }
    return true
  }

  package func read(_ count: Int) -> [UInt8]? {
    settle()
    let word: UInt16 =
      switch pointer {
      case 0: result
      case 1: configuration | (busyUntil == nil ? 0x8000 : 0)
      case 2: 0x8000
      default: 0x7FFF
      }
    let bytes = [UInt8(word >> 8), UInt8(word & 0xFF)]
    return (0..<count).map { $0 < 2 ? bytes[$0] : 0xFF }
  }

  private func settle() {
    guard let end = busyUntil, twin.time.now() >= end else { return }
    busyUntil = nil
    let fullScale = [6_144.0, 4_096, 2_048, 1_024, 512, 256, 256, 256][Int(configuration >> 9 & 7)]
    let steps = (millivolts(Int(configuration >> 12 & 3), at: end) / fullScale * 32_768).rounded(.down)
    let raw = UInt16(bitPattern: Int16(clamping: Int(steps)))
    result = bits == 16 ? raw : raw & 0xFFF0
  }

  /// The voltage at an input. An input without a wire is at ground.
  private func millivolts(_ input: Int, at time: Uptime) -> Double {
    let all = [twin] + twin.mates
    let wired = all.first { $0.options.text("input") == "ain\(input)" }
    let fed = all.first { $0.options.text("supply_input") == "ain\(input)" }
    return (wired ?? fed).map { Self.millivolts(of: $0, input, at: time) } ?? 0
  }

  private static func millivolts(of twin: ChipInputs, _ input: Int, at time: Uptime) -> Double {
    let supply = Double(twin.options.integer("supply_millivolts") ?? 3_300)
    if twin.options.text("supply_input") == "ain\(input)" { return supply }
    let (sensor, series) = (ohms(twin, at: time), Double(twin.options.integer("series_ohms") ?? 10_000))
    return supply * (twin.options.text("sensor_side") == "supply" ? series : sensor) / (sensor + series)
  }

  private static func ohms(_ twin: ChipInputs, at time: Uptime) -> Double {
    let t = Double(twin.temperature.value(at: time)) / 1_000_000
    switch twin.options.text("sensor") {
    case "pt100", "pt1000":
      let cubic = t < 0 ? -4.183e-12 * (t - 100) * t * t * t : 0
      let zero: Double = twin.options.text("sensor") == "pt100" ? 100 : 1_000
      return zero * (1 + 3.9083e-3 * t - 5.775e-7 * t * t + cubic)
    default:
      let zero = Double(twin.options.integer("ohms_at_25") ?? 10_000)
      return zero * exp(Double(twin.options.integer("beta") ?? 3_950) * (1 / (t + 273.15) - 1 / 298.15))
    }
  }
}
