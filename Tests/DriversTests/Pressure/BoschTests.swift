import Telemetry
import Testing

@testable import Drivers

@Suite("Bosch: formulas")
struct BoschFormulaTests {
  private func close(_ quantity: Quantity, _ micros: Int64, within tolerance: Int64) -> Bool {
    abs(quantity.micros - micros) <= tolerance
  }

  private func low(_ words: [Int64]) -> [UInt8] {
    words.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
  }

  // MARK: BMP180, section 3.5

  private static let bmp180: [Int64] = [408, -72, -14_383, 32_741, 32_757, 23_153, 6_190, 4, -32_768, -8_711, 2_868]
  private static func high(_ words: [Int64]) -> [UInt8] {
    words.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
  }

  @Test("The BMP180's worked example: 15.0 °C and 699.64 hPa")
  func bmp180() throws {
    let found = try BMP180.Calibration(Self.high(Self.bmp180)).quantities(
      temperature: 27_898, pressure: 23_843, oversampling: 0)
    #expect(found == [.temperature(Temperature(millicelsius: 15_000)), .pressure(Pressure(millipascal: 69_964_000))])
  }

  @Test("A BMP180 below zero, and one raw step")
  func bmp180BelowZero() throws {
    let calibration = try BMP180.Calibration(Self.high(Self.bmp180))
    let steps = try [23_400, 23_401].map {
      try calibration.quantities(temperature: $0, pressure: 23_843, oversampling: 0)[0].micros
    }
    #expect(steps[0] < -20_000_000, "\(steps)")
    #expect((3_000...20_000).contains(steps[1] - steps[0]), "\(steps)")
  }

  @Test("A missing word of the BMP180's calibration is found", arguments: 0..<11, [0, 0xFFFF] as [Int64])
  func bmp180Missing(_ index: Int, _ value: Int64) {
    var words = Self.bmp180
    words[index] = value
    #expect(throws: SensorError.self) { try BMP180.Calibration(Self.high(words)) }
  }

  @Test("A BMP180's calibration of rubbish makes a fault, whatever the numbers come to")
  func bmp180Rubbish() throws {
    let words: [Int64] = [0x8000, 0x7FFF, 1, 1, 0x8000, 0x9C40, 1, 0x8000, 1, 1, 0x7FFF]
    let calibration = try BMP180.Calibration(Self.high(words))
    _ = try malformedFailure {
      try calibration.quantities(temperature: 33_600, pressure: 0xFF_FFFE >> 5, oversampling: 3)
    }
  }

  // MARK: BMP280, section 3.12

  private static let bmp280: [Int64] = [
    27_504, 26_435, -1_000, 36_477, -10_685, 3_024, 2_855, 140, -7, 15_500, -14_600, 6_000,
  ]

  private func twenty(_ raw: Int) -> [UInt8] {
    [UInt8(raw >> 12), UInt8(raw >> 4 & 0xFF), UInt8(raw << 4 & 0xF0)]
  }

  private func data(_ pressure: Int, _ temperature: Int, humidity: Int? = nil) -> [UInt8] {
    var bytes = twenty(pressure) + twenty(temperature)
    if let humidity { bytes += [UInt8(humidity >> 8), UInt8(humidity & 0xFF)] }
    return bytes
  }

  @Test("The BMP280's worked example: 25.08 °C and 1006.5327 hPa")
  func bmp280() throws {
    let found = try BMx280Calibration(low(Self.bmp280), humidity: nil, of: "bmp280").quantities(data(415_148, 519_888))
    #expect(close(found[0], 25_082_000, within: 1_000), "\(found)")
    #expect(close(found[1], 1_006_532_700, within: 200), "\(found)")
  }

  @Test("Raw temperatures of the BMP280 below zero", arguments: [(415_148, -7_860_000), (400_000, -12_640_000)])
  func bmp280BelowZero(_ raw: Int, _ micros: Int64) throws {
    let found = try BMx280Calibration(low(Self.bmp280), humidity: nil, of: "bmp280").quantities(data(415_148, raw))
    #expect(close(found[0], micros, within: 5_000), "\(found)")
  }

  @Test("What was not measured is a fault", arguments: [0, 1, 2])
  func notMeasured(_ which: Int) throws {
    let calibration = try BMx280Calibration(
      low(Self.bmp280), humidity: [75, 0x6A, 1, 0, 19, 0x29, 3, 30], of: "bme280")
    #expect(
      try calibration.quantities(data(415_148, 519_888, humidity: 30_000)).map(\.kind) == [
        .temperature, .humidity, .pressure,
      ])
    let values = [which == 0 ? 0x80000 : 415_148, which == 1 ? 0x80000 : 519_888]
    let raw = data(values[0], values[1], humidity: which == 2 ? 0x8000 : 30_000)
    #expect(try malformedFailure { try calibration.quantities(raw) }.contains("not measured"))
  }

  @Test("A BME280's humidity a little beyond its ends is cropped; further beyond it is a fault")
  func humidityEnds() throws {
    let calibration = try BMx280Calibration(
      low(Self.bmp280), humidity: [75, 0x6A, 1, 0, 19, 0x29, 3, 30], of: "bme280")
    var cropped = 0
    for raw in stride(from: 0, through: 0xFFFF, by: 64) where raw != 0x8000 {
      do throws(SensorError) {
        let humidity = try calibration.quantities(data(415_148, 519_888, humidity: raw))[1].micros
        #expect((0...100_000_000).contains(humidity))
        if humidity == 0 || humidity == 100_000_000 { cropped += 1 }
      } catch {
        guard case .outOfRange(let humidity, _) = error else { throw error }
        #expect(humidity.micros < -20_000_000 || humidity.micros > 120_000_000, "\(raw)")
      }
    }
    #expect(cropped > 10)
    for raw in [0, 0xFFFF] {
      #expect(failure { try calibration.quantities(data(415_148, 519_888, humidity: raw)) }?.kind == "out of range")
    }
  }

  @Test("A calibration that is not there is found", arguments: [0, 0xFFFF] as [Int64], [0, 3])
  func missing(_ value: Int64, _ index: Int) {
    var words = Self.bmp280
    words[index] = value
    #expect(throws: SensorError.self) { try BMx280Calibration(low(words), humidity: nil, of: "bmp280") }
  }

  // MARK: BMP388; computed by hand from the formula, with an invented calibration

  private var bmp388Calibration: [UInt8] {
    var bytes = low([27_000, 19_000]) + [0xF9]
    bytes += low([-600, -1_100]) + [35, 0]
    bytes += low([25_210, 30_800]) + [0xFD, 0xFA]
    return bytes + low([12_000]) + [30, 0xC4]
  }

  private func twentyFour(_ raw: Int) -> [UInt8] { [UInt8(raw & 0xFF), UInt8(raw >> 8 & 0xFF), UInt8(raw >> 16)] }

  @Test(
    "The BMP388's temperature",
    arguments: [(8_300_000, 24_513_000), (8_000_000, 19_223_000), (6_000_000, -16_159_000), (5_000_000, -33_924_000)])
  func bmp388(_ raw: Int, _ micros: Int64) throws {
    let calibration = try BMP3xx.Calibration(bmp388Calibration, of: "bmp388")
    // The pressure is any that is possible.
    let found = [6_000_000, 5_000_000, 4_000_000, 7_000_000].lazy.compactMap { pressure -> [Quantity]? in
      try? calibration.quantities(twentyFour(pressure) + twentyFour(raw))
    }.first
    #expect(close(try #require(found)[0], micros, within: 1_000), "\(String(describing: found))")
  }
}

@Suite("Bosch: the exchange")
struct BoschExchangeTests {
  @Test(
    "Another chip is refused before it is reset",
    arguments: [
      ("bmp180", 0x58), ("bmp280", 0x60), ("bmp280", 0x55), ("bme280", 0x58), ("bme280", 0x61), ("bmp388", 0x60),
      ("bmp390", 0x50), ("bme680", 0x60), ("bme688", 0xFF), ("bmp388", 0x00),
    ] as [(String, UInt8)])
  func wrongChip(_ driver: String, _ id: UInt8) throws {
    let register: UInt8 = driver.hasPrefix("bmp3") ? 0x00 : 0xD0
    let bus = try ScriptedBus(0x77, [.exchange(write: [register], reply: [id])], isSilentThen: true)
    var sensor = try sensor(driver, on: bus, at: 0x77)
    switch failure({ try sensor.start() }) {
    case .wrongChip(_, found: [id]), .anotherChip(_, found: [id], _): break
    case let other: Issue.record("it was taken: \(String(describing: other))")
    }
    bus.finish()
  }

  @Test(
    "A BME688 is no BME680, and the other way round", arguments: [("bme680", 1), ("bme688", 0)] as [(String, UInt8)])
  func variant(_ driver: String, _ variant: UInt8) throws {
    let bus = try ScriptedBus(
      0x76, [.exchange(write: [0xD0], reply: [0x61]), .exchange(write: [0xF0], reply: [variant])])
    var sensor = try sensor(driver, on: bus, at: 0x76)
    #expect(
      failure { try sensor.start() }
        == .anotherChip(
          expected: "\(driver), ID \(hex([1 - variant]))", found: [variant],
          drivers: [driver == "bme680" ? "bme688" : "bme680"]))
    bus.finish()
  }

  @Test(
    "A bit that turns while a chip is started is found, or changes nothing",
    arguments: ["bmp180", "bmp280", "bme280", "bmp388", "bmp390", "bme680", "bme688"])
  func turnedBit(_ driver: String) throws {
    let rig = try Rig(driver)
    var transfer = 1
    var count = Int.max
    while transfer <= count {
      for byte in 0..<26 {
        let bus = rig.board.i2c("i2c-1")
        var sensor = try rig.sensor(on: bus)
        bus.inject(.corrupt(byte: byte, bits: 1 << UInt8(byte * 5 % 8)), on: transfer...transfer)
        do throws(SensorError) {
          try sensor.start()
          count = bus.transfers
          #expect(try sensor.sample().quantities.allSatisfy(Rig.isTruth), "byte \(byte) of transfer \(transfer)")
        } catch {
          #expect(["wrong chip", "checksum", "malformed", "not ready"].contains(error.kind), "\(error)")
        }
      }
      transfer += 1
    }
    #expect(count < 30)
  }

  @Test("The checksum of a BMP388's calibration; and the check value of its polynomial")
  func checksum() throws {
    #expect(CRC8.bmp3(Array("123456789".utf8)) == 0x4B)
    let trim: [UInt8] = [
      0x78, 0x69, 0x38, 0x4A, 0xF9, 0xA8, 0xFD, 0xB4, 0xFB, 0x23, 0x00, 0x7A, 0x62, 0x50, 0x78, 0xFD, 0xFA, 0xE0, 0x2E,
      0x1E, 0xC4,
    ]
    #expect(CRC8.bmp3(trim) == 0x18)
    let bus = try ScriptedBus(
      0x77,
      [
        .exchange(write: [0x00], reply: [0x50]), .write(0x7E, 0xB6), .pause(.milliseconds(10)),
        .exchange(write: [0x30], reply: [0x19] + trim),
      ])
    var sensor = try sensor("bmp388", on: bus, at: 0x77)
    #expect(failure { try sensor.start() } == .checksum(received: 0x19, computed: 0x18, bytes: trim))
    bus.finish()
  }

  @Test(
    "A measurement that is never done is a fault",
    arguments: ["bmp180", "bmp280", "bme280", "bmp388", "bmp390", "bme680", "bme688"])
  func neverReady(_ driver: String) throws {
    let rig = try Rig(driver)
    let bus = rig.board.i2c("i2c-1")
    var sensor = try rig.sensor(on: bus)
    try sensor.start()
    // The first byte of what is read is the status.
    bus.inject(driver.hasPrefix("bmp3") || driver.hasPrefix("bme6") ? .allZeros : .allOnes)
    switch failure({ try sensor.sample() }) {
    case .notReady, .malformed: return
    case let other: Issue.record("\(String(describing: other))")
    }
  }

  @Test("A chip that has lost its power gives no reading until it is set up again", arguments: ["bme280", "bme680"])
  func powerLoss(_ driver: String) throws {
    let rig = try Rig(driver)
    let bus = rig.board.i2c("i2c-1")
    var sensor = try rig.sensor(on: bus)
    try sensor.start()
    _ = try sensor.sample()
    // As after power-on: humidity is not measured.
    _ = try bus.transfer(to: rig.address, write: [0xE0, 0xB6], read: 0)
    #expect(try malformedFailure { try sensor.sample() }.contains("not measured"))
    try sensor.start()
    #expect(try sensor.sample().quantities.allSatisfy(Rig.isTruth))
  }
}
