/// One chip on a bus: every transfer goes to its address, and every failure comes back as a sensor's.
struct I2CDevice {
  let bus: any I2CBus
  let address: I2CAddress

  /// Transfers that lost against another master are tried again at once, this often.
  private static let arbitrationRetries = 2

  func transfer(write bytes: [UInt8], read count: Int) throws(SensorError) -> [UInt8] {
    do {
      return try attempt(write: bytes, read: count)
    } catch {
      throw .bus(error)
    }
  }

  func write(_ bytes: [UInt8]) throws(SensorError) { _ = try transfer(write: bytes, read: 0) }

  /// The 16 bits of a register, high byte first.
  func word(at register: UInt8) throws(SensorError) -> UInt16 {
    let bytes = try transfer(write: [register], read: 2)
    return UInt16(bytes[0]) << 8 | UInt16(bytes[1])
  }

  /// Reads from a chip that does not acknowledge until its measurement is done. Gives up when it has waited for
  /// `limit` in steps of `step`.
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

  /// Asks until there is an answer: at once, and then in steps, until it has waited for `limit`.
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

  /// Drivers use `transfer`; this is for those who look what is there, and do not speak to a chip.
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

  /// A reply of the wrong length must stop here: drivers index into it.
  private func complete(write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
    let reply = try bus.transfer(to: address, write: bytes, read: count)
    guard reply.count == count else {
      throw BusError(.shortRead(expected: count, received: reply.count), "read \(count) bytes from \(address)")
    }
    return reply
  }
}

extension I2CDevice {
  /// One byte of a register.
  func byte(at register: UInt8) throws(SensorError) -> UInt8 { try transfer(write: [register], read: 1)[0] }

  /// Refuses a chip whose ID register says something else.
  func prove(_ name: String, _ register: UInt8, is id: UInt8) throws(SensorError) {
    let found = try byte(at: register)
    guard found == id else { throw wrongChip(name, "ID \(hex([id]))", asked: register, found: [found]) }
  }

  /// The error of a driver whose chip has something else in a register that names it. If it says elsewhere what it is, that is
  /// told: people mix up the chips of one maker.
  func wrongChip(_ driver: String, _ meaning: String, asked register: UInt8, found: [UInt8]) -> SensorError {
    let expected = "\(driver), \(meaning)"
    var known = Fingerprint.drivers(answering: found, to: [register], at: address)
    if known.isEmpty, case .chip(let drivers)? = try? Prober(bus).look(at: address) {
      known = drivers
    }
    // Then a byte was disturbed on its way.
    guard !known.isEmpty, !known.contains(driver) else { return .wrongChip(expected: expected, found: found) }
    return .anotherChip(expected: expected, found: found, drivers: known)
  }

  /// Waits until these bits of a register are so; gives all of it. Asks at once, and then in steps.
  @discardableResult
  func wait(
    for register: UInt8, mask: UInt8, value: UInt8, every step: Duration, limit: Duration
  ) throws(SensorError) -> UInt8 {
    try poll(every: step, limit: limit) { () throws(SensorError) in
      let found = try byte(at: register)
      return found & mask == value ? found : nil
    }
  }

  /// A block that a living chip never fills with zeros or ones only.
  func block(at register: UInt8, _ count: Int, of name: String) throws(SensorError) -> [UInt8] {
    let bytes = try transfer(write: [register], read: count)
    guard bytes.contains(where: { $0 != 0x00 }), bytes.contains(where: { $0 != 0xFF }) else {
      throw .malformed("a block of the \(name) is all zeros or all ones", bytes: bytes)
    }
    return bytes
  }
}
