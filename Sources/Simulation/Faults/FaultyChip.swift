/// Wraps a twin and injects the faults of a script. The driver that talks to it is the production driver.
final class FaultyChip: SimulatedChip {
  private let script: FaultScript
  private let make: () -> any SimulatedChip
  private var chip: any SimulatedChip
  /// The number of power losses when `chip` was made.
  private var powerLosses: Int64

  /// `make`: creates the twin in its state after power-on.
  init(_ script: FaultScript, _ make: @escaping () -> any SimulatedChip) {
    self.script = script
    self.make = make
    chip = make()
    powerLosses = script.powerLosses
  }

  var isStuck: Bool { script.current == .stuck }

  func write(_ bytes: [UInt8]) -> Bool { isDeaf ? false : chip.write(bytes) }

  func read(_ count: Int) -> [UInt8]? {
    guard !isDeaf, let reply = chip.read(count) else { return nil }
    return script.current == .garbled ? garbled(reply) : reply
  }

  private var isDeaf: Bool {
    let losses = script.powerLosses
    // Power comes back exactly now. This is the worst moment: nothing has been converted yet.
    if losses != powerLosses { (chip, powerLosses) = (make(), losses) }
    return script.current == .noAcknowledge || script.current == .disconnected
  }

  private func garbled(_ reply: [UInt8]) -> [UInt8] {
    guard chip.hasChecksum else { return reply.map { _ in 0xFF } }
    // A reply shorter than a word with its checksum has no checksum.
    guard reply.count >= 3, let last = reply.last else { return reply }
    return reply.dropLast() + [last ^ 0x5A]
  }
}
