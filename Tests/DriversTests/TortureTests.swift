import Telemetry
import Testing

@testable import Drivers
@testable import Simulation

/// Every I²C driver over its twin, with every fault at every transfer: an error or the truth, nothing else.
@Suite("Torture of every I²C driver")
struct TortureTests {
  static let faults: [SimulatedI2CBus.Fault] = [
    .noAcknowledge, .noAcknowledgeOfReads, .timeout, .arbitrationLost, .short, .allOnes, .allZeros,
  ]

  private func isTruth(_ sample: Sample, of chip: Chip) -> Bool {
    guard sample.quality == .good, sample.quantities.map(\.kind) == chip.measures else { return false }
    return sample.quantities.allSatisfy(Rig.isTruth)
  }

  /// The sample, or nil for any SensorError.
  private func startAndSample(_ sensor: inout any Sensor) -> Sample? {
    do {
      try sensor.start()
      return try sensor.sample()
    } catch {
      return nil
    }
  }

  /// Transfers of one start and one sample without faults.
  private func transfers(of rig: Rig) throws -> Int {
    let bus = rig.board.i2c("i2c-1")
    var sensor = try rig.sensor(on: bus)
    let sample = try #require(startAndSample(&sensor))
    #expect(isTruth(sample, of: rig.chip))
    return bus.transfers
  }

  @Test(
    "A fault of one transfer gives an error or the truth, and is over with it", arguments: CatalogTests.i2cDrivers,
    faults)
  func oneTransfer(_ driver: String, _ fault: SimulatedI2CBus.Fault) throws {
    let rig = try Rig(driver)
    for transfer in 1...(try transfers(of: rig)) {
      let bus = rig.board.i2c("i2c-1")
      var sensor = try rig.sensor(on: bus)
      bus.inject(fault, on: transfer...transfer)
      if let sample = startAndSample(&sensor) {
        #expect(isTruth(sample, of: rig.chip), "\(fault) at \(transfer)")
      }
      rig.time.advance(by: .seconds(1))
      let recovered = try #require(startAndSample(&sensor), "\(fault) at \(transfer) never ends")
      #expect(isTruth(recovered, of: rig.chip))
    }
  }

  @Test("A fault that stays gives an error, whenever it begins", arguments: CatalogTests.i2cDrivers, faults)
  func lasting(_ driver: String, _ fault: SimulatedI2CBus.Fault) throws {
    let rig = try Rig(driver)
    for transfer in 1...(try transfers(of: rig)) {
      let bus = rig.board.i2c("i2c-1")
      var sensor = try rig.sensor(on: bus)
      bus.inject(fault, from: transfer)
      if let sample = startAndSample(&sensor) {
        // Only writes are left after this transfer, which these faults do not touch.
        #expect(isTruth(sample, of: rig.chip), "\(fault) from \(transfer)")
      }
      #expect(startAndSample(&sensor) == nil, "\(fault) from \(transfer) was not noticed")
      bus.clearFaults()
      rig.time.advance(by: .seconds(1))
      #expect(isTruth(try #require(startAndSample(&sensor)), of: rig.chip))
    }
  }

  @Test("A running sensor whose bus dies gives no reading", arguments: CatalogTests.i2cDrivers, faults)
  func diesWhileRunning(_ driver: String, _ fault: SimulatedI2CBus.Fault) throws {
    let rig = try Rig(driver)
    let bus = rig.board.i2c("i2c-1")
    var sensor = try rig.sensor(on: bus)
    _ = try #require(startAndSample(&sensor))
    bus.inject(fault)
    for _ in 1...3 {
      rig.time.advance(by: .seconds(1))
      #expect(throws: SensorError.self) { try sensor.sample() }
    }
  }

  @Test(
    "Whatever is in its registers, a driver comes to an end, with an error or a sample",
    arguments: CatalogTests.i2cDrivers)
  func anyBytes(_ driver: String) throws {
    let rig = try Rig(driver)
    for seed in 1...400 as ClosedRange<UInt64> {
      let bus = RubbishBus(rig.board.i2c("i2c-1"), seed: seed)
      var sensor = try rig.sensor(on: bus)
      for _ in 1...2 {
        guard let sample = startAndSample(&sensor) else { continue }
        #expect(sample.quantities.map(\.kind) == rig.chip.measures, "seed \(seed)")
      }
    }
  }

  @Test("A sensor that is unplugged is an error until it is back", arguments: CatalogTests.i2cDrivers)
  func unplugged(_ driver: String) throws {
    let rig = try Rig(driver)
    let bus = rig.board.i2c("i2c-1")
    var sensor = try rig.sensor(on: bus)
    _ = try #require(startAndSample(&sensor))
    let address = try rig.address
    bus.disconnect(address)
    let error = try busFailure { try sensor.sample() }
    #expect(error.kind == .noAcknowledge)
    bus.reconnect(address)
    #expect(isTruth(try #require(startAndSample(&sensor)), of: rig.chip))
  }

  /// Of the replies whose twins end them with a checksum: the longest, with which a sample is.
  private static let checksummed = CatalogTests.i2cDrivers.filter { name in
    let time = ManualTime()
    let script = FaultScript(faults: [], power: nil, now: { time.now })
    let twin = ChipInputs(
      temperature: .constant(0), humidity: .constant(0), pressure: .constant(0), contact: .constant(0),
      options: DriverOptions(), script: script, time: time.source)
    return SimulatedCatalog.i2c[name]?(twin).hasChecksum ?? false
  }

  private static func length(_ driver: String) -> Int {
    switch driver {
    case "aht20": 7
    case "sht2x", "htu21d", "si70xx", "mlx90614": 3
    default: 6
    }
  }

  @Test("Any turned bit of a reply with checksums is found", arguments: checksummed)
  func corrupt(_ driver: String) throws {
    let rig = try Rig(driver)
    let bus = rig.board.i2c("i2c-1")
    var sensor = try rig.sensor(on: bus)
    try sensor.start()
    for bit in 0..<8 * Self.length(driver) {
      bus.clearFaults()
      bus.inject(.corrupt(byte: bit / 8, bits: 1 << UInt8(bit % 8)))
      switch failure({ try sensor.sample() }) {
      case .checksum: break
      // The first bit of an AHT20 says that it still works.
      case .notReady where driver == "aht20" && bit == 7: break
      case let other: Issue.record("bit \(bit): \(String(describing: other))")
      }
    }
    bus.clearFaults()
    rig.time.advance(by: .seconds(1))
    #expect(isTruth(try #require(startAndSample(&sensor)), of: rig.chip))
  }

  @Test("Every twin with a checksum is among them")
  func allChecksummed() {
    #expect(Set(Self.checksummed).isSuperset(of: ["sht3x", "sht4x", "hdc302x", "shtc1", "shtc3", "aht20", "mlx90614"]))
    #expect(Set(Self.checksummed).isSuperset(of: ["sht2x", "htu21d", "si70xx"]))
  }

  @Test("A chip that is never ready is called so", arguments: ["sht3x", "sht4x"])
  func neverReady(_ driver: String) throws {
    let rig = try Rig(driver)
    let bus = rig.board.i2c("i2c-1")
    var sensor = try rig.sensor(on: bus)
    try sensor.start()
    bus.inject(.noAcknowledgeOfReads)
    #expect(failure { try sensor.sample() } == .notReady(after: .milliseconds(10)))
  }

  @Test("A chip that is too slow by little is waited for", arguments: ["sht3x", "sht4x"])
  func slow(_ driver: String) throws {
    let rig = try Rig(driver)
    let bus = rig.board.i2c("i2c-1")
    var sensor = try rig.sensor(on: bus)
    try sensor.start()
    bus.inject(.noAcknowledgeOfReads, on: 2...4)
    #expect(isTruth(try sensor.sample(), of: rig.chip))
  }
}

/// A chip that has its name and its status, and rubbish in the rest of its registers: the same whenever it is asked for the
/// same, and from some transfer on, so that a driver gets far.
private final class RubbishBus: I2CBus {
  private let bus: any I2CBus
  private let seed: UInt64
  private let begin: UInt64
  private var transfers: UInt64 = 0

  init(_ bus: any I2CBus, seed: UInt64) {
    (self.bus, self.seed) = (bus, seed)
    begin = seed % 12
  }

  func transfer(to address: I2CAddress, write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
    let reply = try bus.transfer(to: address, write: bytes, read: count)
    transfers += 1
    // One byte is a name or a status, as a rule.
    guard transfers > begin, count > 1 || seed % 5 == 0 else { return reply }
    var state = bytes.reduce(seed &* 0x9E37_79B9_7F4A_7C15) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    let rubbish = reply.map { byte -> UInt8 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let random = UInt8(truncatingIfNeeded: state >> 33)
      // Extremes are where arithmetic ends.
      switch state >> 60 {
      case 0...2: return [0x00, 0x01, 0x7F, 0x80, 0xFF][Int(random) % 5]
      case 3...4: return byte
      default: return random
      }
    }
    return Self.withChecksums(rubbish, write: bytes, to: address)
  }

  /// So that what is behind a checksum is reached too.
  private static func withChecksums(_ bytes: [UInt8], write: [UInt8], to address: I2CAddress) -> [UInt8] {
    var bytes = bytes
    switch bytes.count {
    case 3 where address.value == 0x5A:
      guard let command = write.first else { return bytes }
      bytes[2] = CRC8.packet([address.value << 1, command, address.value << 1 | 1, bytes[0], bytes[1]])
    case 3 where address.value == 0x40:
      bytes[2] = CRC8.sensirion(bytes.prefix(2), startingWith: 0)
    case 3, 6:
      for start in stride(from: 0, to: bytes.count, by: 3) {
        bytes[start + 2] = CRC8.sensirion(bytes[start..<start + 2])
      }
    case 7:
      bytes[6] = CRC8.sensirion(bytes.prefix(6))
    default: break
    }
    return bytes
  }

  func pause(_ duration: Duration) { bus.pause(duration) }
}
