import Drivers
import Simulation
import Telemetry
import Testing

@Suite("Multiplexers")
struct MultiplexerTests {
  private let time = ManualTime()
  private let bus: SimulatedI2CBus
  private let switchboard: Switchboard
  private var twins: [SimulatedMultiplexer] = []
  /// Chips of one address: on two channels of one multiplexer, and on another.
  private var channels: [BusPath.Channel] = []

  init() throws {
    bus = SimulatedI2CBus(name: "i2c-1", time: time.source)
    switchboard = Switchboard(bus)
    for (index, place) in [(0x70, 3), (0x70, 7), (0x71, 3)].enumerated() {
      let address = try #require(I2CAddress(UInt8(place.0)))
      let twin = index == 1 ? twins[0] : SimulatedMultiplexer()
      if index != 1 {
        bus.attach(twin, at: address)
        twins.append(twin)
      }
      let chip = try #require(
        SimulatedLM75(
          named: "tmp105", temperature: .constant(Int64(index + 1) * 10_000_000 + 62_500), time: time.source))
      bus.attach(chip, at: try Self.chip, behind: twin, channel: UInt8(place.1))
      channels.append(BusPath.Channel(multiplexer: address, number: UInt8(place.1)))
    }
  }

  private static var chip: I2CAddress { get throws { try #require(I2CAddress(0x48)) } }

  private func sensors() throws -> [any Sensor] {
    try channels.map { try sensor("tmp105", on: switchboard.bus(behind: $0), at: 0x48) }
  }

  private func celsius(_ sensor: inout any Sensor) throws -> Int64 {
    try sensor.start()
    return try #require(try sensor.sample().quantities.first).micros / 1_000_000
  }

  @Test("Chips of one address on three channels are three sensors, in whatever order they are read")
  func apart() throws {
    var sensors = try sensors()
    for index in [0, 1, 2, 2, 0, 1, 0] { #expect(try celsius(&sensors[index]) == Int64(index + 1) * 10) }
    // Only one of them is connected.
    #expect(twins[0].control == 1 << 3)
    #expect(twins[1].control == 0)
  }

  /// Notes what is written to the multiplexers.
  private final class Ear: I2CBus {
    let bus: any I2CBus
    private(set) var written: [[UInt8]] = []
    private(set) var looks = 0

    init(_ bus: any I2CBus) { self.bus = bus }

    func transfer(to address: I2CAddress, write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
      if BusPath.Channel.addresses.contains(address.value) {
        if bytes.isEmpty { looks += 1 } else { written.append([address.value] + bytes) }
      }
      return try bus.transfer(to: address, write: bytes, read: count)
    }

    func pause(_ duration: Duration) { bus.pause(duration) }
  }

  @Test("A channel that stays is looked at and not set again")
  func stays() throws {
    let ear = Ear(bus)
    let switchboard = Switchboard(ear)
    var sensors = try channels.map { try sensor("tmp105", on: switchboard.bus(behind: $0), at: 0x48) }
    _ = try celsius(&sensors[0])
    let (written, looks) = (ear.written, ear.looks)
    _ = try sensors[0].sample()
    #expect(ear.written == written)
    // At each of the two multiplexers.
    #expect(ear.looks == looks + 2)
  }

  @Test("A channel that somebody else has connected is noticed before the next transfer", arguments: [0, 1])
  func elsewhere(_ twin: Int) throws {
    var sensors = try sensors()
    _ = try celsius(&sensors[0])
    _ = twins[twin].write([twin == 0 ? 1 << 7 : 1 << 3])
    #expect(try sensors[0].sample().quantities.first?.micros == 10_062_500)
    #expect(twins[0].control == 1 << 3)
    #expect(twins[1].control == 0)
  }

  @Test("A multiplexer that has lost its power is set again")
  func reset() throws {
    var sensors = try sensors()
    _ = try celsius(&sensors[0])
    twins[0].reset()
    #expect(try celsius(&sensors[0]) == 10)
  }

  @Test("A multiplexer that is unplugged does not hold up what is behind the other, unless it may be connected")
  func unplugged() throws {
    var sensors = try sensors()
    _ = try (celsius(&sensors[2]), celsius(&sensors[0]))
    bus.disconnect(try #require(I2CAddress(0x71)))
    #expect(try celsius(&sensors[1]) == 20)
    bus.reconnect(try #require(I2CAddress(0x71)))
    #expect(try celsius(&sensors[2]) == 30)
    bus.disconnect(try #require(I2CAddress(0x71)))
    #expect(try busFailure { try sensors[1].sample() }.kind == .noAcknowledge)
  }

  @Test("At its end nothing stays connected")
  func end() throws {
    do {
      let switchboard = Switchboard(bus)
      var sensor: any Sensor = try sensor("tmp105", on: switchboard.bus(behind: channels[0]), at: 0x48)
      #expect(try celsius(&sensor) == 10)
      #expect(twins[0].control == 1 << 3)
    }
    #expect(twins[0].control == 0)
  }

  @Test(
    "What does not keep its register is no multiplexer, and nothing behind it is read", arguments: [0x00, 0xFF, 0x80])
  func none(_ noise: UInt8) throws {
    var sensors = try sensors()
    bus.inject(.corrupt(byte: 0, bits: noise == 0 ? 1 << 3 : noise))
    let error = try busFailure { try sensors[0].start() }
    #expect(error.kind == .failed)
    #expect(error.operation.contains("multiplexer"))
  }

  @Test("A fault of any transfer is an error or the truth, never another channel's temperature", arguments: 1...12)
  func faults(_ transfer: Int) throws {
    for fault in TortureTests.faults {
      var sensors = try sensors()
      _ = try celsius(&sensors[1])
      bus.inject(fault, on: transfer...transfer)
      if let value = try? celsius(&sensors[0]) { #expect(value == 10, "\(fault)") }
      bus.clearFaults()
      time.advance(by: .seconds(1))
      #expect(try celsius(&sensors[0]) == 10, "\(fault)")
      #expect(try celsius(&sensors[2]) == 30, "\(fault)")
    }
  }

  @Test(
    "What a path says is what it was made of", arguments: ["i2c-0", "i2c-1", "i2c-22/mux@0x70/0", "i2c-1/mux@0x77/7"])
  func paths(_ text: String) throws {
    #expect(try #require(BusPath(parsing: text)).description == text)
  }

  @Test(
    "What is no path is none",
    arguments: [
      "", "i2c", "i2c-", "i2c-x", "i2c-01", "i2c-+1", "i2c-99999", "/dev/i2c-1", "i2c-1/", "i2c-1/mux@0x70",
      "i2c-1/mux@0x70/",
      "i2c-1/mux@0x70/8", "i2c-1/mux@0x6f/0", "i2c-1/mux@0x78/0", "i2c-1/mux@70/0", "i2c-1/mux@0x+7/0",
      "i2c-1/mux@0x70/+1",
      "i2c-1/mux@0x70/1/2", "i2c-1/0x70/1",
    ])
  func noPaths(_ text: String) { #expect(BusPath(parsing: text) == nil) }
}
