import Drivers
import Simulation
import Telemetry
import Testing

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

  @Test("Any turned bit of a reply with checksums is found", arguments: ["sht3x", "sht4x"])
  func corrupt(_ driver: String) throws {
    let rig = try Rig(driver)
    let bus = rig.board.i2c("i2c-1")
    var sensor = try rig.sensor(on: bus)
    try sensor.start()
    for bit in 0..<48 {
      bus.clearFaults()
      bus.inject(.corrupt(byte: bit / 8, bits: 1 << UInt8(bit % 8)))
      guard case .checksum = failure({ try sensor.sample() }) else {
        Issue.record("bit \(bit) was missed")
        continue
      }
    }
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
