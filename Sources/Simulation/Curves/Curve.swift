import Glibc
import Telemetry

/// A value that changes with time, in millionths of its unit (microdegrees Celsius, micropercent,
/// microhectopascal).
package enum Curve: Hashable, Sendable {
  case constant(Int64)
  /// Oscillates around `base` by `amplitude`. `phase`: the position of uptime zero within the period, 0 ..< 1.
  case sine(base: Int64, amplitude: Int64, period: Duration, phase: Double)
  /// Stays at `from` until `start`, rises or falls linearly to `to` within `length`, and stays there.
  case ramp(from: Int64, to: Int64, start: Uptime, length: Duration)
  /// Replays a recording that begins at uptime zero.
  case replay(Recording)

  package func value(at time: Uptime) -> Int64 {
    switch self {
    case .constant(let value): return value
    case .sine(let base, let amplitude, let period, let phase):
      let turns = Double(time.nanoseconds) / Double(max(period.nanoseconds, 1)) + phase
      return base + Int64(Double(amplitude) * sin(turns * 2 * .pi))
    case .ramp(let first, let last, let start, let length):
      let elapsed = Double((time - start).nanoseconds) / Double(max(length.nanoseconds, 1))
      return first + Int64(Double(last - first) * min(max(elapsed, 0), 1))
    case .replay(let recording): return recording.value(at: time - Uptime(nanoseconds: 0))
    }
  }
}

extension Curve {
  /// A room's temperature, different for each sensor and always the same for one sensor: a mean in 18 … 24 °C, ±1 °C
  /// with a period of 5 to 15 minutes.
  package static func temperature(for sensor: String) -> Curve {
    let seed = fnv1a(sensor)
    return .sine(
      base: 18_000_000 + Int64(seed % 6_000) * 1_000, amplitude: 1_000_000,
      period: .seconds(300 + Int64(seed >> 16 % 600)), phase: Double(seed >> 32 % 1_000) / 1_000)
  }

  /// A room's humidity: a mean in 40 … 60 %, ±5 %.
  package static func humidity(for sensor: String) -> Curve {
    let seed = fnv1a(sensor + " humidity")
    return .sine(
      base: 40_000_000 + Int64(seed % 20_000) * 1_000, amplitude: 5_000_000,
      period: .seconds(600 + Int64(seed >> 16 % 600)), phase: Double(seed >> 32 % 1_000) / 1_000)
  }

  /// Atmospheric pressure: a mean in 990 … 1030 hPa, ±1 hPa.
  package static func pressure(for sensor: String) -> Curve {
    let seed = fnv1a(sensor + " pressure")
    return .sine(
      base: 990_000_000 + Int64(seed % 40_000) * 1_000, amplitude: 1_000_000,
      period: .seconds(1_200 + Int64(seed >> 16 % 600)), phase: Double(seed >> 32 % 1_000) / 1_000)
  }

  /// A door that opens about once a minute: it is closed above 500,000 millionths.
  package static func contact(for sensor: String) -> Curve {
    let seed = fnv1a(sensor)
    return .sine(
      base: 500_000, amplitude: 500_000, period: .seconds(40 + Int64(seed % 40)),
      phase: Double(seed >> 32 % 1_000) / 1_000)
  }
}
