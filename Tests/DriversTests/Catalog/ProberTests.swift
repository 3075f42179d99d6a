import Simulation
import Telemetry
import Testing

@testable import Drivers

@Suite("Looking for chips")
struct ProberTests {
  private let time = ManualTime()

  /// Keeps what is written.
  private final class Witness: I2CBus {
    let bus: any I2CBus
    private(set) var written: [(address: I2CAddress, bytes: [UInt8])] = []

    init(_ bus: any I2CBus) { self.bus = bus }

    func transfer(to address: I2CAddress, write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
      if !bytes.isEmpty { written.append((address, bytes)) }
      return try bus.transfer(to: address, write: bytes, read: count)
    }

    func pause(_ duration: Duration) { bus.pause(duration) }
  }

  /// Says the same to everything.
  private final class Parrot: SimulatedChip {
    let byte: UInt8
    init(_ byte: UInt8) { self.byte = byte }
    func write(_ bytes: [UInt8]) -> Bool { true }
    func read(_ count: Int) -> [UInt8]? { Array(repeating: byte, count: count) }
  }

  /// A chip that sleeps does not answer, and is not woken.
  private static let sleepers: Set = ["shtc3"]

  @Test("Every chip is found at every address that it can have", arguments: CatalogTests.i2cDrivers)
  func everyChip(_ driver: String) throws {
    let rig = try Rig(driver)
    guard case .i2c(let ranges, _) = rig.chip.attachment, !Self.sleepers.contains(driver) else { return }
    let possible = Set(ranges.flatMap { Array($0) }.compactMap(I2CAddress.init))
    // An MLX90614 can be anywhere, and is looked for at a few addresses.
    let looked = driver == "mlx90614" ? (UInt8(0x5A)...0x5F).compactMap(I2CAddress.init) : possible.sorted()
    for address in looked {
      let bus = try rig.bus(at: address)
      switch try Prober(bus).look(at: address) {
      case .chip(let drivers), .couldBe(let drivers): #expect(drivers.contains(driver), "\(address): \(drivers)")
      case .multiplexer where 0x70...0x77 ~= address.value: continue
      // Where EEPROMs are, nobody guesses.
      case .unknown where 0x50...0x5F ~= address.value: continue
      case let other: Issue.record("\(address): \(String(describing: other))")
      }
    }
  }

  @Test("Each fingerprint is of drivers that there are")
  func names() {
    for name in Fingerprint.all.flatMap(\.drivers) { #expect(Catalog.chip(named: name) != nil, "\(name)") }
  }

  @Test("Nothing is written but a register's number, or a command that only reads", arguments: CatalogTests.i2cDrivers)
  func changesNothing(_ driver: String) throws {
    let rig = try Rig(driver)
    let address = try rig.address
    let witness = Witness(try rig.bus(at: address))
    _ = try Prober(witness).look(at: address)
    let harmless: [[UInt8]] = [[0xFC, 0xC9], [0x37, 0x81], [0x36, 0x82], [0xF3, 0x2D], [0xEF, 0xC8]]
    for (_, bytes) in witness.written { #expect(bytes.count == 1 || harmless.contains(bytes), "\(bytes)") }
    // Soft resets.
    let commands: [UInt8] = [0x94, 0xBA]
    for (_, bytes) in witness.written where bytes.count == 1 { #expect(!commands.contains(bytes[0]), "\(bytes)") }
  }

  /// The answer of every register or command of one byte. Nil: no answer.
  private func answers(_ bus: SimulatedI2CBus, _ address: I2CAddress) -> [[UInt8]?] {
    (0...255).map { try? bus.transfer(to: address, write: [$0], read: 4) }
  }

  @Test(
    "A chip that was looked for answers as one that was not, at every address, also with limits of its own",
    arguments: CatalogTests.i2cDrivers)
  func keepsAll(_ driver: String) throws {
    let rig = try Rig(driver)
    guard case .i2c(let ranges, _) = rig.chip.attachment else { return }
    for address in ranges.flatMap({ Array($0) }).compactMap(I2CAddress.init) {
      for hasLimits in driver == "max30205" || driver.hasPrefix("as62") ? [false, true] : [false] {
        let buses = [try rig.bus(at: address), try rig.bus(at: address)]
        for bus in buses where hasLimits {
          try bus.write([0x02, 0x12, 0x34], to: address)
          try bus.write([0x03, 0x23, 0x45], to: address)
        }
        _ = try Prober(buses[0]).look(at: address)
        #expect(answers(buses[0], address) == answers(buses[1], address), "\(address)")
      }
    }
  }

  @Test("BME680 and BME688 are told apart", arguments: ["bme680", "bme688"])
  func variants(_ driver: String) throws {
    let rig = try Rig(driver)
    #expect(try Prober(try rig.bus(at: rig.address)).look(at: rig.address) == .chip(drivers: [driver]))
  }

  @Test("An SHT2x is not reset by the question for another chip's name")
  func noReset() throws {
    let bus = SimulatedI2CBus(name: "i2c-1", time: time.source)
    let address = try #require(I2CAddress(0x40))
    bus.attach(Parrot(0x3A), at: address)
    let witness = Witness(bus)
    _ = try Prober(witness).look(at: address)
    #expect(!witness.written.contains { $0.bytes == [0xFE] })
  }

  @Test("Where nobody answers nothing is found, and nothing is asked beyond the chips' addresses")
  func empty() throws {
    let witness = Witness(SimulatedI2CBus(name: "i2c-1", time: time.source))
    for address in Prober.addresses { #expect(try Prober(witness).look(at: address) == nil) }
    #expect(Prober.addresses == Prober.addresses.sorted())
    #expect(!Prober.addresses.contains { $0.value < 0x18 })
  }

  @Test("What answers the same to everything is no chip for sure", arguments: [0x00, 0x12, 0xFF] as [UInt8])
  func rubbish(_ byte: UInt8) throws {
    let bus = SimulatedI2CBus(name: "i2c-1", time: time.source)
    for address in Prober.addresses { bus.attach(Parrot(byte), at: address) }
    for address in Prober.addresses {
      switch try Prober(bus).look(at: address) {
      case .unknown, .couldBe, .multiplexer: continue
      case let other: Issue.record("\(address): \(String(describing: other))")
      }
    }
  }

  @Test("A multiplexer keeps its channels", arguments: [0x70, 0x76] as [UInt8], [0x00, 0x05, 0x80] as [UInt8])
  func multiplexer(_ place: UInt8, _ control: UInt8) throws {
    let bus = SimulatedI2CBus(name: "i2c-1", time: time.source)
    let (twin, address) = (SimulatedMultiplexer(), try #require(I2CAddress(place)))
    _ = twin.write([control])
    bus.attach(twin, at: address)
    #expect(try Prober(bus).look(at: address) == .multiplexer)
    #expect(twin.control == control)
  }

  @Test("A bus that hangs is an error, not an empty bus")
  func hangs() throws {
    let bus = SimulatedI2CBus(name: "i2c-1", time: time.source)
    bus.inject(.timeout)
    #expect(throws: BusError.self) { try Prober(bus).look(at: Prober.addresses[0]) }
  }
}

extension Rig {
  /// A bus with the twin at this address of its chip.
  fileprivate func bus(at address: I2CAddress) throws -> SimulatedI2CBus {
    var wiring = SimulatedBoard.Wiring(
      sensor: chip.name, driver: chip.name, place: .i2c(bus: BusPath("i2c-1"), address: address), options: options)
    wiring.temperature = .constant(Self.temperature)
    wiring.humidity = .constant(Self.humidity)
    wiring.pressure = .constant(Self.pressure)
    let bus = SimulatedBoard([wiring], time: time.source).i2c("i2c-1")
    time.advance(by: .seconds(1))
    return bus
  }
}
