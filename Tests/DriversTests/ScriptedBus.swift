import Drivers
import Telemetry
import Testing

/// A bus that expects exactly these transfers and pauses, in this order. Whatever differs, or is left over at
/// `finish`, fails the test.
final class ScriptedBus: I2CBus {
  enum Step: Equatable, CustomStringConvertible {
    case exchange(write: [UInt8], reply: [UInt8])
    case failure(write: [UInt8], read: Int, BusError.Kind)
    case pause(Duration)

    static func write(_ bytes: UInt8...) -> Step { .exchange(write: bytes, reply: []) }
    static func read(_ bytes: UInt8...) -> Step { .exchange(write: [], reply: bytes) }

    var description: String {
      switch self {
      case .exchange(let bytes, let reply): "write \(bytes) read \(reply.count)"
      case .failure(let bytes, let count, _): "write \(bytes) read \(count)"
      case .pause(let duration): "pause \(duration)"
      }
    }
  }

  private let address: I2CAddress
  private var steps: [Step]
  private let isSilentThen: Bool

  /// `isSilentThen`: whoever goes on asking gets no answer, and may ask.
  init(_ address: UInt8, _ steps: [Step], isSilentThen: Bool = false) throws {
    self.address = try #require(I2CAddress(address))
    self.steps = steps
    self.isSilentThen = isSilentThen
  }

  func transfer(to address: I2CAddress, write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
    #expect(address == self.address)
    let actual = "write \(bytes) read \(count)"
    guard let step = steps.first else {
      if isSilentThen { throw BusError(.noAcknowledge, actual) }
      Issue.record("not expected: \(actual)")
      throw BusError(.failed, actual)
    }
    steps.removeFirst()
    #expect(step.description == actual)
    switch step {
    case .exchange(_, let reply): return reply
    case .failure(_, _, let kind): throw BusError(kind, actual)
    case .pause: throw BusError(.failed, actual)
    }
  }

  func pause(_ duration: Duration) {
    #expect(steps.first == .pause(duration) || isSilentThen)
    if !steps.isEmpty { steps.removeFirst() }
  }

  func finish() { #expect(steps.isEmpty, "left over") }
}
