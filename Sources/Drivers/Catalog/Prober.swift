/// Looks for the catalog's chips on a bus, without changing anything in what is there: registers are read, nothing is
/// written to them, and no address is asked at which none of the chips usually is.
///
/// What can be read at 0x70 … 0x75 is not asked: it may be a multiplexer, which would take a question for its channels.
package struct Prober {
  package enum Finding: Hashable, Sendable {
    /// It says so itself. Several: drivers whose chips say the same.
    case chip(drivers: [String])
    /// It answers as these would, which have no name to tell.
    case couldBe(drivers: [String])
    /// It answers, and nobody knows what it is.
    case unknown
    /// Where multiplexers are, and sensors that cannot be asked there.
    case multiplexer
    /// A driver of the kernel has it.
    case claimed(driver: String)
  }

  private static let silent: ClosedRange<UInt8> = 0x70...0x75
  /// Bosch's chips, which are asked, and the last two multiplexers.
  private static let shared: ClosedRange<UInt8> = 0x76...0x77

  private let bus: any I2CBus

  package init(_ bus: any I2CBus) { self.bus = bus }

  /// Where the catalog's chips can be, ascending. One that can be anywhere is looked for where its fingerprints are.
  package static var addresses: [I2CAddress] {
    let ranges = Catalog.chips.flatMap { chip -> [ClosedRange<UInt8>] in
      guard case .i2c(let addresses, _) = chip.attachment else { return [] }
      guard addresses == [I2CAddress.valid] else { return addresses }
      return Fingerprint.all.filter { $0.drivers.contains(chip.name) }.map(\.addresses)
    }
    return Set((ranges + [silent, shared]).flatMap { Array($0) }).sorted().compactMap(I2CAddress.init)
  }

  /// Nil: nobody answers.
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
          // It keeps what is written: a multiplexer. Its channels are set as they were.
          _ = try transfer(with: address, write: before, read: 0)
          return .multiplexer
        }
        fits = reply.map { $0.count == question.count && !isDead($0) && question.fits($0) } ?? false
      }
      if fits { return fingerprint.isProof ? .chip(drivers: drivers) : .couldBe(drivers: drivers) }
    }
    return isThere ? .unknown : nil
  }

  /// A multiplexer always is; a chip that wants a command first is not.
  private func isReadable(_ address: I2CAddress) throws(BusError) -> Bool {
    do {
      _ = try transfer(with: address, write: [], read: 1)
      return true
    } catch {
      if error.kind == .noAcknowledge { return false }
      throw error
    }
  }

  /// An arbitration that is lost is tried again, as with every chip.
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

  /// Nil: it does not know the question. The error of the first question means that nobody is there.
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
      // Some do not acknowledge what they do not know.
      if error.kind == .noAcknowledge { return nil }
      throw error
    }
  }
}
