import Listening
import Telemetry
import TestSupport
import Testing

@Suite("The audit")
struct AuditTests {
  @Test("Nothing seen is nothing found")
  func nothing() {
    #expect(Audit(.fromStart).findings.isEmpty)
    #expect(Audit(.fromStart).isClean)
    #expect(finding([]) == nil)
  }

  @Test("A million in a row are complete")
  func complete() {
    var audit = Audit(.fromStart)
    for sequence in 1...1_000_000 { audit.add(report(1, UInt64(sequence))) }
    #expect(audit.isClean)
    #expect(audit.findings.map(\.received) == [1_000_000])
  }

  @Test("A repeat is counted and is no fault")
  func repeats() {
    let found = finding(.fromStart, [report(1, 1), report(1, 2), report(1, 1), report(1, 2), report(1, 3)])
    #expect(found?.repeats == 2)
    #expect(found?.received == 3)
    #expect(found?.disorderCount == 0)
    #expect(found?.isClean == true)
  }

  @Test("What did not come is missing, with epoch and numbers")
  func missing() {
    let found = finding([report(3, 1), report(3, 2), report(3, 6), report(3, 8)])
    #expect(words(found?.missing) == ["3: 3…5", "3: 7…7"])
    #expect(found?.missingCount == 4)
    #expect(found?.isClean == false)
  }

  @Test("What came late is out of order, and not missing")
  func late() {
    let found = finding([report(1, 1), report(1, 3), report(1, 2), report(1, 4)])
    #expect(found?.missing == [])
    #expect(found?.disorder == [Audit.Disorder(late: at(1, 2), after: at(1, 3))])
    #expect(found?.isClean == false)
  }

  @Test("A repeat of an old one is not out of order; only first deliveries have an order")
  func oldRepeat() {
    let found = finding([report(1, 1), report(1, 2), report(1, 3), report(1, 1), report(1, 4)])
    #expect(found?.disorderCount == 0)
    #expect(found?.repeats == 1)
  }

  @Test("A reading of an earlier epoch after one of a later is out of order")
  func lateEpoch() {
    let found = finding([report(1, 1), report(2, 1), report(1, 2)])
    #expect(found?.disorder == [Audit.Disorder(late: at(1, 2), after: at(2, 1))])
  }

  @Test("Who joined midway misses nothing of what came before")
  func joined() {
    #expect(finding([report(4, 1_042), report(4, 1_043)])?.isClean == true)
  }

  @Test("From the start, what came before is missing")
  func fromStart() {
    let found = finding(.fromStart, [report(4, 1_042), report(4, 1_043)])
    #expect(words(found?.missing) == ["4: 1…1041"])
  }

  @Test("An epoch that begins while we listen begins with 1")
  func newEpoch() {
    let found = finding([report(4, 1_042), report(5, 3), report(5, 4)])
    #expect(words(found?.missing) == ["5: 1…2"])
  }

  @Test("An epoch that was left out is not missing: they may leap")
  func leap() {
    #expect(finding([report(4, 1), report(900, 1)])?.isClean == true)
    #expect(finding([report(4, 1), report(900, 1)])?.epochs == 4...900)
  }

  @Test("An older epoch than the first one seen is known from its own first on")
  func olderEpoch() {
    let found = finding([report(4, 1), report(2, 70), report(2, 72)])
    #expect(words(found?.missing) == ["2: 71…71"])
    #expect(found?.disorderCount == 2)
  }

  @Test("One that is older than the first one seen is late, and leaves no hole before it")
  func beforeTheFirst() {
    let found = finding([report(4, 50), report(4, 20), report(4, 51)])
    #expect(found?.missing == [])
    #expect(found?.disorder == [Audit.Disorder(late: at(4, 20), after: at(4, 50))])
  }

  @Test("Sensors and devices count for themselves, also with one name")
  func apart() {
    let audit = audited(
      .fromStart,
      [
        report(1, 1), report(1, 1, sensor: "door"), report(1, 1, device: "coldstore-8"), report(1, 2),
        report(1, 3, device: "coldstore-8"),
      ])
    #expect(audit.findings.map(\.stream.device) == ["coldstore-7", "coldstore-7", "coldstore-8"])
    #expect(audit.findings.map(\.stream.sensor) == ["door", "hall", "hall"])
    #expect(audit.findings.map(\.missingCount) == [0, 0, 1])
    #expect(audit.findings.allSatisfy { $0.repeats == 0 })
    #expect(!audit.isClean)
  }

  @Test("An event that did not come is missing like a reading")
  func missingEvent() {
    let audit = audited(.fromStart, [gap(1, []), gap(3, [])])
    #expect(words(audit.findings.first?.missing) == ["1: 2…2"])
  }

  @Test("A member of a group sees a part: neither holes nor order are judged, repeats are told")
  func share() {
    let audit = audited(.share, [report(1, 9), report(1, 5), report(1, 5), report(2, 7)])
    #expect(audit.isClean)
    #expect(audit.findings.map(\.repeats) == [1])
    #expect(audit.findings.map(\.received) == [3])
  }

  @Test("Numbers at the end of their range are taken like others")
  func extremes() {
    let found = finding(.fromStart, [report(1, .max), report(1, .max - 1), report(.max, .max), report(1, 1)])
    #expect(words(found?.missing) == ["1: 2…18446744073709551613", "4294967295: 1…18446744073709551614"])
    #expect(found?.missingCount == .max)
  }

  @Test("Of many faults the first few are listed and all are counted")
  func limits() {
    let backwards = (1...500).reversed().map { report(1, UInt64($0)) }
    #expect(finding(backwards)?.disorderCount == 499)
    #expect(finding(backwards)?.disorder.count == 20)
    var audit = Audit(.sinceJoining)
    for _ in 0..<500 { audit.add(delivery("hello")) }
    #expect(audit.faults == 500)
    #expect(audit.faultSamples.count == 20)
    #expect(audit.isClean)
  }

  @Test("Whatever the order, the sum of what came and what is missing is right", arguments: 1...50)
  func shuffled(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let chosen = (1...200).filter { _ in Bool.random(using: &random) } + [201]
    let found = finding(.fromStart, chosen.shuffled(using: &random).map { report(1, UInt64($0)) })
    #expect(found?.received == UInt64(chosen.count))
    #expect(found?.missingCount == UInt64(201 - chosen.count))
    let holes = Set((found?.missing ?? []).flatMap { $0.sequences.map(Int.init) })
    #expect(holes == Set(1...201).subtracting(chosen))
  }
}
