/// Stands around a twin and lets go wrong what the script says. Whoever talks to it is the driver that ships.
final class FaultyChip: SimulatedChip {
  private let script: FaultScript
  private let make: () -> any SimulatedChip
  private var chip: any SimulatedChip
  /// Those that `chip` knows of.
  private var powerLosses: Int64

  /// `make`: the twin as it is after power-on.
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
    // It is switched on at this moment, which is the worst that there is: nothing has been converted yet.
    if losses != powerLosses { (chip, powerLosses) = (make(), losses) }
    return script.current == .noAcknowledge || script.current == .disconnected
  }

  private func garbled(_ reply: [UInt8]) -> [UInt8] {
    guard chip.hasChecksum else { return reply.map { _ in 0xFF } }
    // Less than a word has none.
    guard reply.count >= 3, let last = reply.last else { return reply }
    return reply.dropLast() + [last ^ 0x5A]
  }
}
