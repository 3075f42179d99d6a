import Telemetry

/// The twin of an MLX90614: words with SMBus checksums.
package final class SimulatedMLX90614: SimulatedChip {
  private let address: UInt8
  /// The two temperatures of the chip. If only one of them is a sensor, both have that sensor's curve.
  private let object: Curve
  private let ambient: Curve
  private let time: SimulatedTime
  /// When the first result is there: 250 ms after power-on.
  private let firstDoneAt: Uptime
  private var command: UInt8 = 0

  init(_ twin: ChipInputs) {
    address = twin.address?.value ?? 0x5A
    let all = [twin] + twin.mates
    let isAmbient: (ChipInputs) -> Bool = { $0.options.text("channel") == "ambient" }
    object = (all.first { !isAmbient($0) } ?? twin).temperature
    ambient = (all.first(where: isAmbient) ?? twin).temperature
    time = twin.time
    firstDoneAt = time.end(of: .milliseconds(250))
  }

  package var hasChecksum: Bool { true }

  package func write(_ bytes: [UInt8]) -> Bool {
    command = bytes.first ?? command
    return true
  }

  package func read(_ count: Int) -> [UInt8]? {
    let word = word()
    let data = [UInt8(word & 0xFF), UInt8(word >> 8)]
    let bytes = data + [Self.checksum([address << 1, command, address << 1 | 1] + data)]
    return (0..<count).map { $0 < bytes.count ? bytes[$0] : 0xFF }
  }

  private func word() -> UInt16 {
    switch command {
    case 0x06, 0x07:
      guard time.now() >= firstDoneAt else { return 0 }
      let curve = command == 0x06 ? ambient : object
      return UInt16(clamping: (curve.value(at: time.now()) + 273_150_000) / 20_000)
    case 0x3C: return 0x1234
    case 0x3D: return 0x5678
    default: return 0
    }
  }

  /// x^8 + x^2 + x + 1, started with zeros.
  private static func checksum(_ bytes: [UInt8]) -> UInt8 {
    var register: UInt8 = 0
    for byte in bytes {
      for bit in (0..<8).reversed() {
        let feedback = register >> 7 ^ byte >> bit & 1
        register = register << 1 ^ (feedback == 1 ? 0x07 : 0)
      }
    }
    return register
  }
}
