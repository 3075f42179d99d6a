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
    var waited = Duration.zero
    while true {
      do {
        return try attempt(write: [], read: count)
      } catch {
        guard error.kind == .noAcknowledge else { throw .bus(error) }
        guard waited < limit else { throw .notReady(after: waited) }
      }
      bus.pause(step)
      waited += step
    }
  }

  private func attempt(write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
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
