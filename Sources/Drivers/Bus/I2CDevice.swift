/// One chip on a bus. Every transfer goes to its address, and failures are thrown as a `SensorError`.
struct I2CDevice {
  let bus: any I2CBus
  let address: I2CAddress

  /// The number of immediate retries of a transfer that lost arbitration to another master.
  private static let arbitrationRetries = 2

  func transfer(write bytes: [UInt8], read count: Int) throws(SensorError) -> [UInt8] {
    do {
      return try attempt(write: bytes, read: count)
    } catch {
      throw .bus(error)
    }
  }

  func write(_ bytes: [UInt8]) throws(SensorError) { _ = try transfer(write: bytes, read: 0) }

  /// Reads the 16 bits of a register, high byte first.
  func word(at register: UInt8) throws(SensorError) -> UInt16 {
    let bytes = try transfer(write: [register], read: 2)
    return UInt16(bytes[0]) << 8 | UInt16(bytes[1])
  }

  /// Reads from a chip that does not acknowledge until its measurement is done. Retries every `step` and gives up after
  /// `limit`.
  func readWhenReady(_ count: Int, every step: Duration, limit: Duration) throws(SensorError) -> [UInt8] {
    try poll(every: step, limit: limit) { () throws(SensorError) in
      do throws(BusError) {
        return try attempt(write: [], read: count)
      } catch {
        guard error.kind == .noAcknowledge else { throw .bus(error) }
        return nil
      }
    }
  }

  /// Asks until there is an answer: at once, then every `step`, until `limit` has passed.
  func poll<Answer>(
    every step: Duration, limit: Duration, _ ask: () throws(SensorError) -> Answer?
  ) throws(SensorError) -> Answer {
    var waited = Duration.zero
    while true {
      if let answer = try ask() { return answer }
      guard waited < limit else { throw .notReady(after: waited) }
      bus.pause(step)
      waited += step
    }
  }

  /// Like `transfer`, but throws the bus's own error. It is for scanning an address; drivers use `transfer`.
  func attempt(write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
    var retries = Self.arbitrationRetries
    while true {
      do {
        return try complete(write: bytes, read: count)
      } catch {
        guard error.kind == .arbitrationLost, retries > 0 else { throw error }
        retries -= 1
      }
    }
  }

  /// Rejects a reply of the wrong length, because drivers index into it.
  private func complete(write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
    let reply = try bus.transfer(to: address, write: bytes, read: count)
    guard reply.count == count else {
      throw BusError(.shortRead(expected: count, received: reply.count), "read \(count) bytes from \(address)")
    }
    return reply
  }
}

extension I2CDevice {
  /// Reads one byte of a register.
  func byte(at register: UInt8) throws(SensorError) -> UInt8 { try transfer(write: [register], read: 1)[0] }

  /// Throws if the ID register does not hold `id`.
  func prove(_ name: String, _ register: UInt8, is id: UInt8) throws(SensorError) {
    let found = try byte(at: register)
    guard found == id else { throw wrongChip(name, "ID \(hex([id]))", asked: register, found: [found]) }
  }

  /// The error for a chip whose ID register holds something unexpected. If other registers reveal what the chip is, the
  /// error says so: people mix up the chips of one maker.
  func wrongChip(_ driver: String, _ meaning: String, asked register: UInt8, found: [UInt8]) -> SensorError {
    let expected = "\(driver), \(meaning)"
    var known = Fingerprint.drivers(answering: found, to: [register], at: address)
    if known.isEmpty, case .chip(let drivers)? = try? Prober(bus).look(at: address) {
      known = drivers
    }
    // If the chip is the right one after all, a byte was corrupted in transit.
    guard !known.isEmpty, !known.contains(driver) else { return .wrongChip(expected: expected, found: found) }
    return .anotherChip(expected: expected, found: found, drivers: known)
  }

  /// Waits until the bits of a register under `mask` equal `value`, and returns the whole register. Asks at once, then
  /// every `step`.
  @discardableResult
  func wait(
    for register: UInt8, mask: UInt8, value: UInt8, every step: Duration, limit: Duration
  ) throws(SensorError) -> UInt8 {
    try poll(every: step, limit: limit) { () throws(SensorError) in
      let found = try byte(at: register)
      return found & mask == value ? found : nil
    }
  }

  /// Reads a block that a working chip never fills with only zeros or only ones.
  func block(at register: UInt8, _ count: Int, of name: String) throws(SensorError) -> [UInt8] {
    let bytes = try transfer(write: [register], read: count)
    guard bytes.contains(where: { $0 != 0x00 }), bytes.contains(where: { $0 != 0xFF }) else {
      throw .malformed("a block of the \(name) is all zeros or all ones", bytes: bytes)
    }
    return bytes
  }
}
