import Simulation
import Telemetry
import Testing

@testable import Drivers

@Suite("MLX90614")
struct MLX90614Tests {
  @Test(
    "The values of the datasheet, by what is measured",
    arguments: [
      (0x3AD2, true, 28_010_000), (0x3AF7, false, 28_750_000), (0x3A7D, true, 26_310_000), (0x2DE4, true, -38_190_000),
      (0x27AD, false, nil), (0x355A, true, 10_000), (0x3559, true, -10_000), (0x7FFF, false, nil),
      (0x2DE4 - 100, true, nil),
      (0x8000, false, nil),
      (0xFFFF, false, nil), (0x0000, false, nil), (0x7F91, false, 379_990_000), (0x7F92, false, nil),
      (0x2800, false, -68_350_000),
    ] as [(UInt16, Bool, Int64?)])
  func values(_ raw: UInt16, _ isAmbient: Bool, _ micros: Int64?) {
    #expect((try? MLX90614.decode(raw, isAmbient: isAmbient).microcelsius) == micros)
  }

  @Test("SMBus's checksum goes over the address too")
  func checksum() {
    #expect(CRC8.packet([0xB4, 0x07, 0xB5, 0xD2, 0x3A]) == 0x30)
    #expect(CRC8.packet([0xB4, 0x07, 0xB5, 0x00, 0x00]) != 0x00)
    #expect(CRC8.packet([0xB4, 0x07, 0xB5, 0xFF, 0xFF]) != 0xFF)
  }

  private func start() -> [ScriptedBus.Step] {
    [
      .exchange(write: [0x3C], reply: word(0x3C, 0x1234)), .exchange(write: [0x3D], reply: word(0x3D, 0)),
      .pause(.milliseconds(250)),
    ]
  }

  private func word(_ command: UInt8, _ value: UInt16) -> [UInt8] {
    let data = [UInt8(value & 0xFF), UInt8(value >> 8)]
    return data + [CRC8.packet([0xB4, command, 0xB5] + data)]
  }

  @Test("The object, or the chip itself, by the option", arguments: [nil, "object", "ambient"] as [String?])
  func channels(_ channel: String?) throws {
    let command: UInt8 = channel == "ambient" ? 0x06 : 0x07
    let bus = try ScriptedBus(0x5A, start() + [.exchange(write: [command], reply: word(command, 0x3AD2))])
    guard case .i2c(_, let make) = try #require(Catalog.chip(named: "mlx90614")).attachment else { return }
    let options = DriverOptions(channel.map { ["channel": .text($0)] } ?? [:])
    var sensor = make(bus, try #require(I2CAddress(0x5A)), options)
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 28_010_000))
    bus.finish()
  }

  @Test(
    "At each address the checksum is that address's, and both temperatures are read from one chip",
    arguments: [0x08, 0x2A, 0x5A, 0x77] as [UInt8])
  func anyAddress(_ address: UInt8) throws {
    let place = SimulatedBoard.Wiring.Place.i2c(bus: BusPath("i2c-1"), address: try #require(I2CAddress(address)))
    let wirings = [("object", 150_000_000 as Int64), ("ambient", 25_000_000)].map { channel, micros in
      var wiring = SimulatedBoard.Wiring(
        sensor: channel, driver: "mlx90614", place: place, options: DriverOptions(["channel": .text(channel)]))
      wiring.temperature = .constant(micros)
      return wiring
    }
    let bus = SimulatedBoard(wirings, time: ManualTime().source).i2c("i2c-1")
    guard case .i2c(_, let make) = try #require(Catalog.chip(named: "mlx90614")).attachment else { return }
    var sensors = try wirings.map { make(bus, try #require(I2CAddress(address)), $0.options) }
    for index in sensors.indices { try sensors[index].start() }
    for _ in 1...2 {
      #expect(try sensors[0].sample() == .celsius(micros: 149_990_000))
      #expect(try sensors[1].sample() == .celsius(micros: 24_990_000))
    }
  }

  @Test("Any turned bit of a word is found")
  func corrupt() throws {
    let rig = try Rig("mlx90614")
    let bus = rig.board.i2c("i2c-1")
    var sensor = try rig.sensor(on: bus)
    try sensor.start()
    for bit in 0..<24 {
      bus.clearFaults()
      bus.inject(.corrupt(byte: bit / 8, bits: 1 << UInt8(bit % 8)))
      guard case .checksum = failure({ try sensor.sample() }) else {
        Issue.record("bit \(bit) was missed")
        continue
      }
    }
  }

  @Test("A chip without a serial number is another", arguments: [0x0000, 0xFFFF] as [UInt16])
  func wrongChip(_ value: UInt16) throws {
    let bus = try ScriptedBus(
      0x5A, [.exchange(write: [0x3C], reply: word(0x3C, value)), .exchange(write: [0x3D], reply: word(0x3D, value))])
    var sensor = try sensor("mlx90614", on: bus, at: 0x5A)
    guard case .wrongChip = failure({ try sensor.start() }) else {
      Issue.record("it was taken")
      return
    }
    bus.finish()
  }
}
