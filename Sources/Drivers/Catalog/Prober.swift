/// Looks for the catalog's chips on a bus without changing anything in them: it reads registers and writes to none. It
/// skips addresses at which none of the chips usually is.
///
/// A device at 0x70 … 0x75 that can be read without a command is not asked anything: it may be a multiplexer, which
/// would take a question for a choice of channels.
package struct Prober {
  package enum Finding: Hashable, Sendable {
    /// The chip identifies itself. Several drivers: their chips have the same identity.
    case chip(drivers: [String])
    /// It answers like the chips of these drivers, which have no ID.
    case couldBe(drivers: [String])
    /// Something answers, but no fingerprint fits.
    case unknown
    /// A multiplexer, or a sensor at a multiplexer's address that cannot be asked there.
    case multiplexer
    /// A kernel driver has claimed the address.
    case claimed(driver: String)
  }

  private static let silent: ClosedRange<UInt8> = 0x70...0x75
  /// The addresses of Bosch's chips, which are asked, and of the last two multiplexers.
  private static let shared: ClosedRange<UInt8> = 0x76...0x77

  private let bus: any I2CBus

  package init(_ bus: any I2CBus) { self.bus = bus }

  /// The addresses at which the catalog's chips and multiplexers can be, ascending. A chip that can have any address is
  /// looked for at the addresses of its fingerprints.
  package static var addresses: [I2CAddress] {
    let ranges = Catalog.chips.flatMap { chip -> [ClosedRange<UInt8>] in
      guard case .i2c(let addresses, _) = chip.attachment else { return [] }
      guard addresses == [I2CAddress.valid] else { return addresses }
      return Fingerprint.all.filter { $0.drivers.contains(chip.name) }.map(\.addresses)
    }
    return Set((ranges + [silent, shared]).flatMap { Array($0) }).sorted().compactMap(I2CAddress.init)
  }

  /// Nil: nothing answers.
  package func look(at address: I2CAddress) throws(BusError) -> Finding? {
    do {
      return try identify(address)
    } catch {
      switch error.kind {
      case .noAcknowledge: return nil
      case .claimed(let driver): return .claimed(driver: driver)
      default: throw error
      }
    }
  }

  private func identify(_ address: I2CAddress) throws(BusError) -> Finding? {
    if Self.silent.contains(address.value), try isReadable(address) { return .multiplexer }
    let before = Self.shared.contains(address.value) ? try transfer(with: address, write: [], read: 1) : []
    var isThere = false
    for fingerprint in Fingerprint.all where fingerprint.addresses.contains(address.value) {
      let drivers = fingerprint.drivers.filter { canBe($0, at: address) }
      guard !drivers.isEmpty else { continue }
      var fits = true
      for question in fingerprint.questions where fits {
        let reply = try answer(to: question, address, isThere: &isThere)
        if let reply, reply == question.write, !before.isEmpty {
          // It returns what was written, so it is a multiplexer. Restore its channels.
          _ = try transfer(with: address, write: before, read: 0)
          return .multiplexer
        }
        fits = reply.map { $0.count == question.count && !isDead($0) && question.fits($0) } ?? false
      }
      if fits { return fingerprint.isProof ? .chip(drivers: drivers) : .couldBe(drivers: drivers) }
    }
    return isThere ? .unknown : nil
  }

  /// A multiplexer can always be read; a chip that expects a command first cannot.
  private func isReadable(_ address: I2CAddress) throws(BusError) -> Bool {
    do {
      _ = try transfer(with: address, write: [], read: 1)
      return true
    } catch {
      if error.kind == .noAcknowledge { return false }
      throw error
    }
  }

  /// Retries after lost arbitration, as every driver does.
  private func transfer(with address: I2CAddress, write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
    try I2CDevice(bus: bus, address: address).attempt(write: bytes, read: count)
  }

  private func canBe(_ driver: String, at address: I2CAddress) -> Bool {
    guard case .i2c(let ranges, _)? = Catalog.chip(named: driver)?.attachment else { return false }
    return ranges.contains { $0.contains(address.value) }
  }

  private func isDead(_ reply: [UInt8]) -> Bool {
    reply.count > 1 && (reply.allSatisfy { $0 == 0 } || reply.allSatisfy { $0 == 0xFF })
  }

  /// Nil: the question is not acknowledged. `isThere` becomes true as soon as one question is.
  private func answer(to question: Fingerprint.Question, _ address: I2CAddress, isThere: inout Bool) throws(BusError)
    -> [UInt8]?
  {
    do {
      guard question.write.count > 1 || question.pause > .zero else {
        let reply = try transfer(with: address, write: question.write, read: question.count)
        isThere = true
        return reply
      }
      _ = try transfer(with: address, write: question.write, read: 0)
      isThere = true
      bus.pause(question.pause)
      return try transfer(with: address, write: [], read: question.count)
    } catch {
      // Some chips do not acknowledge a question that they do not know.
      if error.kind == .noAcknowledge { return nil }
      throw error
    }
  }
}
