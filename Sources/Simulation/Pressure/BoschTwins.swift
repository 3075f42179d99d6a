import Telemetry

/// The differences between Bosch's twins. The formulas are those for 32- and 64-bit integers, except for the BMP388 and
/// BMP390.
extension SimulatedBosch {
  static let models: [String: Model] = [
    "bmp180": bmp180, "bmp280": bmx280(0x58, hasHumidity: false), "bme280": bmx280(0x60, hasHumidity: true),
    "bmp388": bmp3xx(0x50), "bmp390": bmp3xx(0x60), "bme680": bme68x(0), "bme688": bme68x(1),
  ]

  // MARK: BMP180

  /// The calibration of the datasheet's example.
  private static let bmp180: Model = {
    let words: [Int64] = [408, -72, -14_383, 32_741, 32_757, 23_153, 6_190, 4, -32_768, -8_711, 2_868]
    @Sendable func b5(_ raw: Int64) -> Int64 {
      let x1 = ((raw - 23_153) * 32_757) >> 15
      return x1 + (-8_711 << 11) / (x1 + 2_868)
    }
    @Sendable func pascal(_ raw: Int64, _ b5: Int64) -> Int64 {
      let b6 = b5 - 4_000
      let x3 = ((4 * ((b6 * b6) >> 12)) >> 11) + ((-72 * b6) >> 11)
      let b3 = (((408 * 4 + x3) << 3) + 2) >> 2
      let y3 = (((-14_383 * b6) >> 13) + ((6_190 * ((b6 * b6) >> 12)) >> 16) + 2) >> 2
      let b7 = (raw - b3) * (50_000 >> 3)
      let p = b7 * 2 / ((32_741 * (y3 + 32_768)) >> 15)
      return p + ((((p >> 8) * (p >> 8) * 3_038) >> 16) + ((-7_357 * p) >> 16) + 3_791) >> 4
    }
    return Model(
      registers: [
        0xAA: words.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }, 0xD0: [0x55],
      ],
      reset: 0xE0, control: 0xF4, starts: { $0 & 0x1F == 0x0E || $0 & 0x1F == 0x14 }, duration: .milliseconds(4),
      idleMask: 0xDF, status: (0xF4, 0x20, 0),
      measure: { control, _, climate in
        // With this offset the search stays clear of the formula's pole, at 20,285, for anything above -64 °C.
        let temperature = 14_000 + raw(15, for: climate.temperature) { b5($0 + 14_000) * 6_250 }
        if control & 0x1F == 0x0E { return sixteen(temperature, at: 0xF6) }
        let pressure = raw(19, for: climate.pressure) { pascal($0, b5(temperature)) * 10_000 }
        let shifted = pressure << 5
        return [0xF6: UInt8(shifted >> 16), 0xF7: UInt8(shifted >> 8 & 0xFF), 0xF8: UInt8(shifted & 0xFF)]
      })
  }()

  // MARK: BMP280, BME280

  /// The calibration of the BMP280's example, and a BME280's calibration of humidity.
  private static func bmx280(_ id: UInt8, hasHumidity: Bool) -> Model {
    let p: [Int64] = [36_477, -10_685, 3_024, 2_855, 140, -7, 15_500, -14_600, 6_000]
    @Sendable func fine(_ raw: Int64) -> Int64 {
      let second = (raw >> 4) - 27_504
      return ((((raw >> 3) - (27_504 << 1)) * 26_435) >> 11) + ((((second * second) >> 12) * -1_000) >> 14)
    }
    @Sendable func pascal256(_ raw: Int64, _ fine: Int64) -> Int64 {
      let x = fine - 128_000
      let offset = x * x * p[5] + ((x * p[4]) << 17) + (p[3] << 35)
      let slope = (((1 << 47) + ((x * x * p[2]) >> 8) + ((x * p[1]) << 12)) * p[0]) >> 33
      let y = ((((1_048_576 - raw) << 31) - offset) * 3_125) / slope
      return ((y + ((p[8] * (y >> 13) * (y >> 13)) >> 25) + ((p[7] * y) >> 19)) >> 8) + (p[6] << 4)
    }
    // The calibration of humidity: H1 75, H2 362, H3 0, H4 313, H5 50, H6 30.
    @Sendable func percent1024(_ raw: Int64, _ fine: Int64) -> Int64 {
      let x = fine - 76_800
      let slope = (((((x * 30) >> 10) * (((x * 0) >> 11) + 32_768)) >> 10) + 2_097_152) * 362 + 8_192
      let y = (((raw << 14) - (313 << 20) - 50 * x + 16_384) >> 15) * (slope >> 14)
      return min(max(y - (((((y >> 15) * (y >> 15)) >> 7) * 75) >> 4), 0), 419_430_400) >> 12
    }
    var registers: [UInt8: [UInt8]] = [0x88: words([27_504, 26_435, -1_000] + p), 0xD0: [id]]
    if hasHumidity {
      registers[0xA1] = [75]
      registers[0xE1] = words([362]) + [0, UInt8(313 >> 4), UInt8(313 & 0x0F | (50 & 0x0F) << 4), UInt8(50 >> 4), 30]
    }
    return Model(
      registers: registers, reset: 0xE0, control: 0xF4, starts: { $0 & 0x03 == 0x01 || $0 & 0x03 == 0x02 },
      duration: .milliseconds(9), idleMask: 0xFC, status: (0xF3, 0x08, 0),
      measure: { control, memory, climate in
        let temperature = raw(20, for: climate.temperature) { ((fine($0) * 5 + 128) >> 8) * 10_000 }
        let pressure = raw(20, for: climate.pressure) { pascal256($0, fine(temperature)) * 10_000 / 256 }
        var result = twenty(control & 0x1C == 0 ? 0x80000 : pressure, at: 0xF7)
        result.merge(twenty(control & 0xE0 == 0 ? 0x80000 : temperature, at: 0xFA)) { first, _ in first }
        guard hasHumidity else { return result }
        let humidity = raw(16, for: climate.humidity) { percent1024($0, fine(temperature)) * 1_000_000 / 1_024 }
        return result.merging(sixteen(memory[0xF2] & 0x07 == 0 ? 0x8000 : humidity, at: 0xFD)) { first, _ in first }
      })
  }

  // MARK: BMP388, BMP390

  /// A plausible calibration: the datasheet has no example. The polynomials are in Horner's form.
  private static func bmp3xx(_ id: UInt8) -> Model {
    @Sendable func celsius(_ raw: Int64) -> Double {
      let x = Double(raw) - 27_000 * 256
      return x * (19_000 / 1_073_741_824 + x * (-7 / 281_474_976_710_656))
    }
    @Sendable func horner(_ x: Double, _ coefficients: [Double]) -> Double {
      coefficients.reversed().reduce(0) { $0 * x + $1 }
    }
    @Sendable func pascal(_ raw: Int64, _ t: Double) -> Double {
      let offset = horner(t, [25_210.0 * 8.0, 30_800.0 / 64.0, -3.0 / 256.0, -6.0 / 32_768])
      let slope = horner(t, [-16_984.0 / 1_048_576.0, -17_484.0 / 536_870_912.0, 35.0 / 4_294_967_296])
      let square = horner(t, [12_000.0 / 281_474_976_710_656.0, 30.0 / 281_474_976_710_656])
      return horner(Double(raw), [offset, slope, square, -60.0 / 36_893_488_147_419_103_232])
    }
    var calibration = words([27_000, 19_000])
    calibration.append(UInt8(bitPattern: -7))
    calibration += words([-600, -1_100])
    calibration += [35, 0]
    calibration += words([25_210, 30_800])
    calibration += [-3, -6].map { UInt8(bitPattern: $0) }
    calibration += words([12_000])
    calibration += [30, -60].map { UInt8(bitPattern: $0) }
    let trim = calibration
    return Model(
      registers: [0x00: [id], 0x02: [0], 0x30: [checksum(trim)] + trim], reset: 0x7E, control: 0x1B,
      starts: { $0 & 0x03 == 0x03 && $0 & 0x30 != 0 }, duration: .milliseconds(5), idleMask: 0xCF,
      status: (0x03, 0, 0x60),
      measure: { _, _, climate in
        let temperature = raw(24, for: climate.temperature) { Int64(celsius($0) * 1_000_000) }
        let pressure = raw(23, for: climate.pressure) { Int64(pascal($0, celsius(temperature)) * 10_000) }
        return lowFirst(pressure, at: 0x04).merging(lowFirst(temperature, at: 0x07)) { first, _ in first }
      })
  }

  /// x^8 + x^4 + x^3 + x^2 + 1, from all ones, inverted at the end.
  private static func checksum(_ bytes: [UInt8]) -> UInt8 {
    var register: UInt8 = 0xFF
    for byte in bytes {
      for bit in (0..<8).reversed() {
        let feedback = register >> 7 ^ byte >> UInt8(bit) & 1
        register = register << 1 ^ (feedback == 1 ? 0x1D : 0)
      }
    }
    return register ^ 0xFF
  }

  // MARK: BME680, BME688

  /// A plausible calibration: the datasheet has no example.
  private static func bme68x(_ variant: UInt8) -> Model {
    let (t1, t2, t3): (Int64, Int64, Int64) = (26_125, 26_370, 3)
    let p: [Int64] = [36_485, -10_373, 88, 7_070, -138, 30, 33, -2_520, -3_088, 30]
    let h: [Int64] = [754, 1_016, 0, 45, 20, 120, -100]
    @Sendable func fine(_ raw: Int64) -> Int64 {
      let x = (raw >> 3) - (t1 << 1)
      return ((x * t2) >> 11) + (((((x >> 1) * (x >> 1)) >> 12) * (t3 << 4)) >> 14)
    }
    @Sendable func pascal(_ raw: Int64, _ fine: Int64) -> Int64 {
      let x = (fine >> 1) - 64_000
      let square = ((x >> 2) * (x >> 2)) >> 11
      let offset = ((((square * p[5]) >> 2) + ((x * p[4]) << 1)) >> 2) + (p[3] << 16)
      let bend = ((((((x >> 2) * (x >> 2)) >> 13) * (p[2] << 5)) >> 3) + ((p[1] * x) >> 1)) >> 18
      let slope = ((32_768 + bend) * p[0]) >> 15
      let y = (1_048_576 - raw - (offset >> 12)) * 3_125 * 2 / slope
      let first = (p[8] * (((y >> 3) * (y >> 3)) >> 13)) >> 12
      let third = ((y >> 8) * (y >> 8) * (y >> 8) * p[9]) >> 17
      return y + ((first + (((y >> 2) * p[7]) >> 13) + third + (p[6] << 7)) >> 4)
    }
    @Sendable func millipercent(_ raw: Int64, _ fine: Int64) -> Int64 {
      let t = (fine * 5 + 128) >> 8
      let x = raw - h[0] * 16 - ((t * h[2] / 100) >> 1)
      let y = (h[1] * (t * h[3] / 100 + ((t * (t * h[4] / 100)) >> 6) / 100 + (1 << 14))) >> 10
      let z = x * y
      let bend = ((h[5] << 7) + t * h[6] / 100) >> 4
      let square = ((z >> 14) * (z >> 14)) >> 10
      return min(max((((z + ((bend * square) >> 1)) >> 10) * 1_000) >> 12, 0), 100_000)
    }
    var first = words([t2]) + [UInt8(t3), 0]
    first += words([p[0], p[1]]) + [UInt8(p[2]), 0]
    first += words([p[3], p[4]]) + [UInt8(p[6]), UInt8(p[5]), 0, 0]
    first += words([p[7], p[8]]) + [UInt8(p[9])]
    var second = [UInt8(h[1] >> 4), UInt8((h[1] & 0x0F) << 4 | h[0] & 0x0F), UInt8(h[0] >> 4)]
    second += h[2...].map { UInt8(truncatingIfNeeded: $0) } + words([t1])
    let trims = (first, second)
    return Model(
      registers: [0x8A: trims.0, 0xE1: trims.1, 0xD0: [0x61], 0xF0: [variant]], reset: 0xE0, control: 0x74,
      starts: { $0 & 0x03 == 0x01 }, duration: .milliseconds(12), idleMask: 0xFC, status: (0x1D, 0x20, 0x80),
      measure: { control, memory, climate in
        let temperature = raw(20, for: climate.temperature) { ((fine($0) * 5 + 128) >> 8) * 10_000 }
        let pressure = raw(20, for: climate.pressure) { pascal($0, fine(temperature)) * 10_000 }
        let humidity = raw(16, for: climate.humidity) { millipercent($0, fine(temperature)) * 1_000 }
        let parts = [
          twenty(control & 0x1C == 0 ? 0x80000 : pressure, at: 0x1F),
          twenty(control & 0xE0 == 0 ? 0x80000 : temperature, at: 0x22),
          sixteen(memory[0x72] & 0x07 == 0 ? 0x8000 : humidity, at: 0x25),
        ]
        return parts.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
      })
  }
}
