import Testing
import Uplink

@testable import MQTT

@Suite("What MQTT's reasons mean")
struct ReasonsTests {
  private func refusal(_ reason: Int32) -> Refusal? {
    if case .refused(let refusal) = Reasons.acknowledgement(reason) { refusal } else { nil }
  }

  @Test("A message is refused for now, for want of rights, for its size, or for good (MQTT 5.0, 3.4.2.1)")
  func acknowledgements() {
    #expect(refusal(0) == nil)
    #expect(refusal(0x10) == nil, "no matching subscribers")
    let kinds: [Int32: Refusal.Kind] = [0x87: .denied, 0x90: .never, 0x95: .tooLarge, 0x99: .never, 0x9B: .never]
    for reason in 0x80...0xA2 as ClosedRange<Int32> {
      #expect(refusal(reason)?.kind == kinds[reason] ?? .later, "\(reason)")
    }
    #expect(refusal(0x42)?.kind == .later, "a reason that the standard does not have")
  }

  @Test("A refusal is told in MQTT's words, with its reason as the standard writes it")
  func words() {
    #expect(refusal(0x97).map { "\($0)" } == "Quota exceeded (reason 0x97)")
    #expect(refusal(0x97)?.code?.number == 0x97)
  }

  @Test("What the library itself objects to is a refusal: too large, or not a topic")
  func unfit() {
    // mosquitto.h: oversize packet, payload size, invalid, malformed UTF-8.
    let kinds: [Int32: Refusal.Kind] = [25: .tooLarge, 9: .tooLarge, 3: .never, 18: .never]
    for (code, kind) in kinds {
      guard case .refused(let refusal)? = Reasons.unfit(code) else {
        Issue.record("\(code) is no refusal")
        continue
      }
      #expect(refusal.kind == kind, "\(code)")
    }
    #expect(Reasons.unfit(7) == nil)
  }

  @Test("A connection is refused, denied, busy or taken over (MQTT 5.0, 3.2.2.2 and 3.14.2.1; MQTT 3.1.1, 3.2.2.3)")
  func connections() {
    let kinds: [Int32: LinkFailure.Kind] = [
      2: .denied, 4: .denied, 5: .denied, 0x85: .denied, 0x86: .denied, 0x87: .denied, 0x8A: .denied, 0x8C: .denied,
      0x89: .busy, 0x8B: .busy, 0x8D: .busy, 0x98: .busy, 0x8E: .takenOver,
    ]
    for reason in Array(1...5) + Array(0x80...0xA2) as [Int32] {
      let failure = MosquittoFailure.broker(reason: reason, meaning: "no").linkFailure
      #expect(failure.kind == kinds[reason] ?? .refused, "\(reason)")
      #expect(failure.description == "the broker said no (reason \(reason))")
    }
  }

  @Test("What is no reason of the broker has a kind, too")
  func failures() {
    let kinds: [(MosquittoFailure, LinkFailure.Kind)] = [
      (.closed, .closed), (.credentialsReplaced, .planned), (.askingAnew, .planned), (.adapted("QoS 1"), .adapted),
      (.library(operation: "read", code: 7, detail: "gone"), .broken), (.notMQTT("SSH"), .stranger),
    ]
    for (failure, kind) in kinds { #expect(failure.linkFailure.kind == kind) }
  }
}
