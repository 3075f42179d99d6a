import Simulation
import Telemetry
import Testing

@testable import Drivers

/// A driver on a chip that it is not for, which the catalog knows.
@Suite("Another chip than the driver's")
struct SiblingTests {
  private func error(of driver: String, onTwinOf twin: String, at address: UInt8) throws -> SensorError {
    try #require(try startError(of: driver, onTwinOf: twin, at: address))
  }

  @Test(
    "A chip that says what it is is named, with the line to write",
    arguments: [
      ("bme280", "bmp280", 0x76, "it is a BMP280: write `driver: bmp280`"),
      ("bmp280", "bme280", 0x76, "it is a BME280: write `driver: bme280`"),
      ("bmp280", "bmp180", 0x77, "it is a BMP180 or BMP085: write `driver: bmp180`"),
      ("bme280", "bme680", 0x76, "it is a BME680 or BME688: write `driver: bme680` or `bme688`"),
      ("bme688", "bme680", 0x77, "it is a BME680: write `driver: bme680`"),
      ("bmp388", "bmp390", 0x77, "it is a BMP390: write `driver: bmp390`"),
      // They have their names in different registers.
      ("bme280", "bmp388", 0x76, "it is a BMP388: write `driver: bmp388`"),
      ("bmp390", "bme280", 0x77, "it is a BME280: write `driver: bme280`"),
      ("tmp117", "tmp116", 0x48, "it is a TMP116: write `driver: tmp116`"),
      ("tmp116", "tmp117", 0x48, "it is a TMP117 or TMP119: write `driver: tmp117`"),
      ("mcp9600", "mcp9601", 0x60, "it is an MCP9601: write `driver: mcp9601`"),
      ("hdc1080", "hdc1008", 0x40, "it is an HDC1000, HDC1008 or HDC1010: write `driver: hdc1008`"),
      ("hdc2080", "hdc1080", 0x40, "it is an HDC1050 or HDC1080: write `driver: hdc1080`"),
    ] as [(String, String, UInt8, String)])
  func named(_ driver: String, _ twin: String, _ address: UInt8, _ words: String) throws {
    let error = try error(of: driver, onTwinOf: twin, at: address)
    #expect("\(error)".hasSuffix(words), "\(error)")
    #expect("\(error)".contains("expected \(driver), "))
  }

  @Test("A BMP280 has one of three IDs: the samples' are on cheap boards", arguments: [0x56, 0x57, 0x58] as [UInt8])
  func samples(_ id: UInt8) throws {
    let rig = try Rig("bmp280")
    let bus = Renamed(rig.board.i2c("i2c-1"), id: id)
    var sensor = try rig.sensor(on: bus)
    try sensor.start()
    #expect(try sensor.sample().quantities.allSatisfy(Rig.isTruth))
    #expect(try Prober(bus).look(at: rig.address) == .chip(drivers: ["bmp280"]))
    var other = try DriversTests.sensor("bme280", on: bus, at: try rig.address.value)
    #expect("\(try #require(failure { try other.start() }))".contains("it is a BMP280"))
  }

  @Test("A byte that was disturbed on its way does not make a chip its own sibling")
  func disturbed() throws {
    let rig = try Rig("bme280")
    let bus = rig.board.i2c("i2c-1")
    bus.inject(.corrupt(byte: 0, bits: 0x0F), on: 1...1)
    var sensor = try rig.sensor(on: bus)
    guard case .wrongChip(_, found: [0x6F]) = failure({ try sensor.start() }) else {
      Issue.record("another error, or none")
      return
    }
  }

  /// A chip with another ID in register D0.
  private final class Renamed: I2CBus {
    private let bus: any I2CBus
    private let id: UInt8

    init(_ bus: any I2CBus, id: UInt8) {
      self.bus = bus
      self.id = id
    }

    func transfer(to address: I2CAddress, write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
      let reply = try bus.transfer(to: address, write: bytes, read: count)
      return bytes == [0xD0] ? [id] + reply.dropFirst() : reply
    }

    func pause(_ duration: Duration) { bus.pause(duration) }
  }
}
