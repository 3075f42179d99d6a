import Listening
import Telemetry
import Testing

@Suite("What gap events explain")
struct GapEventTests {
  /// 1, 2, then 10.
  private let holed = [report(1, 1), report(1, 2), report(1, 10)]

  @Test("What a gap event names is reported, not lost")
  func named() {
    let found = finding(.fromStart, holed + [gap(1, [span(at(1, 3), at(1, 9), count: 7)])])
    #expect(found?.missing == [])
    #expect(found?.reported == 7)
    #expect(found?.isClean == true)
  }

  @Test("It does not matter whether the event comes before the hole or after it")
  func early() {
    let found = finding(.fromStart, [gap(1, [span(at(1, 3), at(1, 9), count: 7)])] + holed)
    #expect(found?.isClean == true)
    #expect(found?.reported == 7)
  }

  @Test("What lies outside of what the event names is missing all the same")
  func outside() {
    let found = finding(.fromStart, holed + [gap(1, [span(at(1, 4), at(1, 8), count: 5)])])
    #expect(words(found?.missing) == ["1: 3…3", "1: 9…9"])
    #expect(found?.reported == 5)
  }

  @Test("An event explains no more than it counts")
  func count() {
    let found = finding(.fromStart, holed + [gap(1, [span(at(1, 3), at(1, 9), count: 5)])])
    #expect(words(found?.missing) == ["1: 8…9"])
    #expect(found?.reported == 5)
  }

  @Test("An event without a count explains all that it spans")
  func unknownCount() {
    let found = finding(.fromStart, holed + [gap(1, [span(at(1, 1), at(1, 500), count: nil)])])
    #expect(found?.isClean == true)
    #expect(found?.reported == 7)
  }

  @Test("What came although an event names it is not reported")
  func delivered() {
    let found = finding(.fromStart, holed + [gap(1, [span(at(1, 1), at(1, 10), count: 10)])])
    #expect(found?.reported == 7)
    #expect(found?.received == 3)
  }

  @Test("A span over several epochs explains the holes in each")
  func epochs() {
    let seen = [report(1, 1), report(1, 5), report(2, 3), report(2, 9), report(3, 2)]
    let found = finding(.fromStart, seen + [gap(1, [span(at(1, 4), at(2, 5), count: 10)])])
    #expect(words(found?.missing) == ["1: 2…3", "2: 6…8", "3: 1…1"])
    #expect(found?.reported == 5)
  }

  @Test("Another sensor's span, or another device's, explains nothing")
  func others() {
    let other = gap(1, [span(at(1, 3), at(1, 9), count: 7, stream: "door")])
    let foreign = gap(1, [span(at(1, 3), at(1, 9), count: 7)], device: "coldstore-8")
    #expect(finding(.fromStart, holed + [other, foreign])?.missingCount == 7)
  }

  @Test("An event that comes twice explains once")
  func twice() {
    let event = gap(1, [span(at(1, 3), at(1, 9), count: 3)])
    #expect(finding(.fromStart, holed + [event, event])?.missingCount == 4)
    let second = gap(2, [span(at(1, 3), at(1, 9), count: 3)])
    #expect(finding(.fromStart, holed + [event, second])?.missingCount == 1)
  }

  @Test("Spans that overlap share the work so that most is explained")
  func overlapping() {
    let wide = span(at(1, 3), at(1, 9), count: 5)
    let narrow = span(at(1, 3), at(1, 4), count: 2)
    for spans in [[wide, narrow], [narrow, wide]] {
      #expect(finding(.fromStart, holed + [gap(1, spans)])?.isClean == true)
    }
  }

  @Test("A gap event that is itself missing is missing, and one that names lost events explains them")
  func events() {
    let audit = audited(
      .fromStart, [gap(1, []), gap(4, [span(at(1, 2), at(1, 3), count: 2, stream: Event.stream)])])
    #expect(audit.isClean)
    #expect(audit.findings.first?.reported == 2)
  }

  @Test("Spans that end before they begin, and the widest there can be, do no harm")
  func hostile() {
    let backwards = gap(1, [span(at(1, 9), at(1, 3), count: 7), span(at(2, 1), at(1, 20), count: 7)])
    #expect(finding(.fromStart, holed + [backwards])?.missingCount == 7)
    let widest = gap(1, [span(at(0, 0), at(.max, .max), count: nil)])
    let found = finding(.fromStart, [report(1, .max), report(.max, .max), widest])
    #expect(found?.missing == [])
    #expect(found?.reported == .max)
  }
}
