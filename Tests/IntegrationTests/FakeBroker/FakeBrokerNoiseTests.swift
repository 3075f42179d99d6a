import Foundation
import TestSupport
import Testing

/// Brokers that answer with packets of the right shape and the wrong content.
///
/// libmosquitto 2.0.11 ends the process by an assertion when it meets an unknown property in any packet (`log__printf`
/// with no handle); 2.0.21 does not.
@Suite("Noise", .enabled(if: Library.version >= 2_000_021, "libmosquitto 2.0.11 aborts at an unknown property"))
struct FakeBrokerNoiseTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  @Test("An unknown property in a CONNACK", arguments: [1, 2])
  func unknownProperty(_ connections: Int) async throws {
    let bad = Misbehaviour.welcome(.bytes([0x20, 5, 0, 0, 2, 0x7E, 0]))
    try await survives { $0 <= connections ? bad : Manners() }
  }

  @Test("Random packets; the seed repeats them", arguments: [.random(in: 0...999_999), 1, 2, 3] as [UInt64])
  func random(_ seed: UInt64) async throws {
    try await survives { $0 <= 12 ? Noise.manners(seed: seed &* 100 &+ UInt64($0)) : Manners() }
  }

  private func survives(_ manners: @escaping @Sendable (Int) -> Manners) async throws {
    let story = try Story(workplace, try FakeBroker(manners))
    #expect(await story.sees { _ in story.hasAccepted(8) && story.isComplete }, "\(story) \(story.daemon.lines)")
    await story.end()
    #expect(story.missing.isEmpty, "\(story)")
    #expect(Audit(story.accepted).disorder.isEmpty, "\(story)")
  }
}

/// The libmosquitto that the daemon loads.
private enum Library {
  /// 2.0.21 is 2_000_021.
  static let version: Int32 = {
    typealias Version =
      @convention(c) (
        UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<Int32>?
      ) -> Int32
    guard let library = dlopen("libmosquitto.so.1", RTLD_NOW), let symbol = dlsym(library, "mosquitto_lib_version")
    else { return 0 }
    return unsafeBitCast(symbol, to: Version.self)(nil, nil, nil)
  }()
}

/// Random answers. None of them acknowledges anything: a broker that says so is believed.
private enum Noise {
  static func manners(seed: UInt64) -> Manners {
    var source = SeededRandom(seed: seed)
    var manners = Manners()
    if source.next() % 4 == 0 { manners.welcome = .bytes([0x20] + packet(&source).dropFirst()) }
    let after = (0..<4).map { _ in packet(&source) }
    manners.afterWelcome = after[0]
    manners.afterAnswer = { $0.isReading ? after[1 + $0.sequence % 3] : [] }
    manners.leavesAfter = 6
    return manners
  }

  private static func packet(_ source: inout SeededRandom) -> [UInt8] {
    // CONNACK, PUBLISH, PUBREL, SUBACK, UNSUBACK, PINGRESP, DISCONNECT, AUTH, and what only clients send.
    let kinds: [UInt8] = [2, 3, 6, 9, 11, 13, 14, 15, 0, 1, 8, 10, 12]
    let kind = kinds[Int(source.next() % UInt64(kinds.count))]
    var body: [UInt8] = []
    switch kind {
    case 3: body = [0, 1, UInt8(ascii: "x"), 0, 7]
    case 14, 15: body = [source.byte()]
    default: body = [0, source.byte()]
    }
    var properties: [UInt8] = []
    for _ in 0..<(source.next() % 4) {
      properties.append(source.byte() % 0x2B)
      properties += (0..<(source.next() % 7)).map { _ in source.byte() }
    }
    body += [source.next() % 5 == 0 ? source.byte() : UInt8(properties.count)] + properties
    let length = source.next() % 10 == 0 ? source.byte() & 0x7F : UInt8(body.count)
    return [kind << 4 | (source.next() % 4 == 0 ? source.byte() & 0x0F : 0), length] + body
  }
}

extension SeededRandom {
  fileprivate mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }
}
