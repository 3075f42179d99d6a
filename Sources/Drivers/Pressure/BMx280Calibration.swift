import Telemetry

/// The calibration of a BMP280 or BME280, and the conversion of the raw values with the datasheets' double-precision
/// formulas (BMP280 8.1, BME280 8.1).
struct BMx280Calibration {
  private let t: [Double]
  private let p: [Double]
  /// The humidity calibration; nil: a BMP280.
  private let h: [Double]?
  private let name: String

  /// `common`: registers 88 … 9F; `humidity`: A1, E1 … E7.
  init(_ common: [UInt8], humidity: [UInt8]?, of name: String) throws(SensorError) {
    let words = BoschWords(bytes: common)
    t = [Double(words.unsigned16(0))] + [2, 4].map { Double(words.signed16($0)) }
    p = [Double(words.unsigned16(6))] + stride(from: 8, to: 24, by: 2).map { Double(words.signed16($0)) }
    h = humidity.map(Self.humidityWords)
    self.name = name
    // T1 and P1 are never zero or all ones.
    guard ![0, 65_535].contains(t[0]), ![0, 65_535].contains(p[0]) else {
      throw .malformed("the \(name)'s calibration is missing", bytes: common)
    }
  }

  private static func humidityWords(_ bytes: [UInt8]) -> [Double] {
    let words = BoschWords(bytes: bytes)
    // H4 and H5 have twelve bits each and share a byte.
    let h4 = words.signed8(4) << 4 | words.unsigned8(5) & 0x0F
    let h5 = words.signed8(6) << 4 | words.unsigned8(5) >> 4
    return [words.unsigned8(0), words.signed16(1), words.unsigned8(3), h4, h5, words.signed8(7)].map(Double.init)
  }

  /// `data`: registers F7 … FC, or F7 … FE with humidity. A quantity that was not measured has only its top bit set.
  func quantities(_ data: [UInt8]) throws(SensorError) -> [Quantity] {
    func raw20(_ index: Int) -> Int { Int(data[index]) << 12 | Int(data[index + 1]) << 4 | Int(data[index + 2]) >> 4 }
    let (pressure, temperature) = (raw20(0), raw20(3))
    let humidity = h == nil ? nil : Int(data[6]) << 8 | Int(data[7])
    guard pressure != 0x80000, temperature != 0x80000, humidity != 0x8000 else {
      throw .malformed("the \(name) has not measured everything", bytes: data)
    }
    let fine = fineTemperature(Double(temperature))
    var quantities = [try Quantity.temperature(celsius: fine / 5_120, in: .celsius(-40...85))]
    if let h, let humidity { quantities.append(try .humidity(percent: Self.percent(Double(humidity), fine, h))) }
    return quantities + [try .pressure(pascal: pascal(Double(pressure), fine))]
  }

  private func fineTemperature(_ raw: Double) -> Double {
    let second = raw / 131_072 - t[0] / 8_192
    return (raw / 16_384 - t[0] / 1_024) * t[1] + second * second * t[2]
  }

  private func pascal(_ raw: Double, _ fine: Double) -> Double {
    let x = fine / 2 - 64_000
    let offset = (x * x * p[5] / 32_768 + x * p[4] * 2) / 4 + p[3] * 65_536
    let slope = (1 + (p[2] * x * x / 524_288 + p[1] * x) / 524_288 / 32_768) * p[0]
    let y = (1_048_576 - raw - offset / 4_096) * 6_250 / slope
    return y + (p[8] * y * y / 2_147_483_648 + y * p[7] / 32_768 + p[6]) / 16
  }

  private static func percent(_ raw: Double, _ fine: Double, _ h: [Double]) -> Double {
    let x = fine - 76_800
    let slope = h[1] / 65_536 * (1 + h[5] / 67_108_864 * x * (1 + h[2] / 67_108_864 * x))
    let y = (raw - (h[3] * 64 + h[4] / 16_384 * x)) * slope
    return y * (1 - h[0] * y / 524_288)
  }
}
