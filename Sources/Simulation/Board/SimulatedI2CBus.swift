import Drivers
import Glibc
import Telemetry

/// An I²C bus with simulated chips on it. It belongs to one thread, like a real bus.
package final class SimulatedI2CBus: I2CBus {
  /// A fault of a transfer.
  package enum Fault: Hashable, Sendable {
    /// No chip acknowledges the address.
    case noAcknowledge
    /// Writes are acknowledged, reads are not: a chip that is never ready.
    case noAcknowledgeOfReads
    /// A line is held low.
    case timeout
    case arbitrationLost
    /// The adapter reports one byte less than requested.
    case short
    /// These bits of this byte of the reply are flipped.
    case corrupt(byte: Int, bits: UInt8)
    /// The reply is all ones, as from an open data line.
    case allOnes
    /// The reply is all zeros, as from a shorted data line.
    case allZeros
  }

  /// How long the adapter waits for a transfer that does not end: the default of Linux's adapters.
  package static let patience = Duration.seconds(1)

  package let name: String
  /// Number of transfers so far, including failed ones.
  package private(set) var transfers = 0
  private let time: SimulatedTime
  private struct Place {
    let chip: any SimulatedChip
    var multiplexer: (twin: SimulatedMultiplexer, channel: UInt8)?

    var isConnected: Bool { multiplexer.map { $0.twin.control >> $0.channel & 1 == 1 } ?? true }
  }

  private var places: [I2CAddress: [Place]] = [:]
  private var disconnected: Set<I2CAddress> = []
  /// Whether something holds a line of the bus low, which blocks all chips.
  var isStuck: () -> Bool = { false }
  private var faults: [(transfers: ClosedRange<Int>, fault: Fault)] = []

  package init(name: String, time: SimulatedTime) {
    self.name = name
    self.time = time
  }

  package func attach(_ chip: any SimulatedChip, at address: I2CAddress) {
    places[address, default: []].append(Place(chip: chip))
  }

  /// Attaches a chip that answers only while its channel of the multiplexer is connected.
  package func attach(
    _ chip: any SimulatedChip, at address: I2CAddress, behind multiplexer: SimulatedMultiplexer, channel: UInt8
  ) {
    places[address, default: []].append(Place(chip: chip, multiplexer: (multiplexer, channel)))
  }

  /// Disconnects a chip from the bus. It keeps its state.
  package func disconnect(_ address: I2CAddress) { disconnected.insert(address) }

  package func reconnect(_ address: I2CAddress) { disconnected.remove(address) }

  /// Injects a fault into transfers, counted from the next one, which is 1. Faults injected earlier still apply to all
  /// other transfers.
  package func inject(_ fault: Fault, on transfers: ClosedRange<Int>) {
    let first = self.transfers
    faults.append(((transfers.lowerBound + first)...(min(transfers.upperBound, .max - first) + first), fault))
  }

  package func inject(_ fault: Fault, from transfer: Int = 1) { inject(fault, on: transfer...Int.max) }

  package func clearFaults() { faults = [] }

  package func pause(_ duration: Duration) { time.pause(duration) }

  package func transfer(to address: I2CAddress, write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
    transfers += 1
    let fault = faults.last { $0.transfers.contains(transfers) }?.fault
    let operation = operation(on: address, write: bytes, read: count)
    switch fault {
    case .noAcknowledge: throw BusError(.noAcknowledge, operation, code: EREMOTEIO)
    case .timeout: throw BusError(.timeout, operation, code: ETIMEDOUT)
    case .arbitrationLost: throw BusError(.arbitrationLost, operation, code: EAGAIN)
    default: break
    }
    if isStuck() || connected(address).contains(where: \.isStuck) {
      time.pause(Self.patience)
      throw BusError(.timeout, operation, code: ETIMEDOUT)
    }
    guard let reply = exchange(with: address, write: bytes, read: count, fault: fault) else {
      throw BusError(.noAcknowledge, operation, code: EREMOTEIO)
    }
    guard fault != .short || count == 0 else {
      throw BusError(.shortRead(expected: count, received: count - 1), operation, code: EIO)
    }
    return distorted(reply, by: fault)
  }

  private func exchange(with address: I2CAddress, write bytes: [UInt8], read count: Int, fault: Fault?) -> [UInt8]? {
    guard !disconnected.contains(address) else { return nil }
    // Several chips may share an address: one acknowledgement pulls the line low, and low bits of a reply win.
    let heard = connected(address).filter { bytes.isEmpty || $0.write(bytes) }
    guard !heard.isEmpty else { return nil }
    guard count > 0 else { return [] }
    guard fault != .noAcknowledgeOfReads else { return nil }
    let replies = heard.compactMap { $0.read(count) }
    return replies.isEmpty ? nil : (0..<count).map { byte in replies.reduce(0xFF) { $0 & $1[byte] } }
  }

  private func connected(_ address: I2CAddress) -> [any SimulatedChip] {
    (places[address] ?? []).filter(\.isConnected).map(\.chip)
  }

  private func distorted(_ reply: [UInt8], by fault: Fault?) -> [UInt8] {
    var reply = reply
    switch fault {
    case .corrupt(let byte, let bits) where reply.indices.contains(byte): reply[byte] ^= bits
    case .allOnes: reply = reply.map { _ in 0xFF }
    case .allZeros: reply = reply.map { _ in 0x00 }
    default: break
    }
    return reply
  }

  private func operation(on address: I2CAddress, write bytes: [UInt8], read count: Int) -> String {
    count > 0 ? "read \(count) bytes from \(address) on \(name)" : "write \(bytes.count) bytes to \(address) on \(name)"
  }
}
