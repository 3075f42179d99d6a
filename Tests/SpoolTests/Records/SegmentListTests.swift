import Telemetry
import TestSupport
import Testing

@testable import Spool

/// The list of segments against a plain array.
@Suite struct SegmentListTests {
  typealias Segment = Ring.Segment

  /// Mostly each follows the one before; files, holes and records jump now and then.
  private func segments(_ count: Int, using random: inout SeededRandom) -> [Segment] {
    var all: [Segment] = []
    var number = Int.random(in: 0..<100, using: &random)
    var (first, holes) = (UInt64.random(in: 0..<1_000, using: &random), 0 as UInt64)
    for index in 0..<count {
      if Int.random(in: 0..<40, using: &random) == 0 { number += Int.random(in: 2..<3_000, using: &random) }
      if Int.random(in: 0..<60, using: &random) == 0 { holes += UInt64.random(in: 1..<90_000, using: &random) }
      if Int.random(in: 0..<60, using: &random) == 0 { first += UInt64.random(in: 1..<200_000, using: &random) }
      all.append(Segment(number: number, base: UInt64(index * 8), first: first, holes: holes))
      number += 1
      first += UInt64.random(in: 0..<4_000, using: &random)
    }
    return all
  }

  private func list(_ segments: [Segment]) -> SegmentList {
    var list = SegmentList(slotsPerSegment: 8)
    for segment in segments { list.append(segment) }
    return list
  }

  @Test("It holds, finds and gives up what an array does", arguments: 0..<20 as Range<UInt64>)
  func model(seed: UInt64) throws {
    var random = SeededRandom(seed: seedBase &+ seed)
    var model = segments(1_500, using: &random)
    var list = list(model)
    while !model.isEmpty {
      #expect(Array(list) == model)
      for _ in 0..<20 {
        let number = UInt64.random(in: 0..<(model.last?.first ?? 0) + 2_000, using: &random)
        #expect(list.lastIndex(beginningBy: number) == model.lastIndex { $0.first <= number })
        let file = Int.random(in: 0..<5_000, using: &random)
        #expect(list.contains(number: file) == model.contains { $0.number == file })
      }
      let others = (0..<3).map { _ in Int.random(in: 0..<5, using: &random) }
      let used = Set(model.map(\.number) + others)
      let unused = list.unusedNumber(besides: others)
      #expect(!used.contains(unused))
      #expect((0..<unused).allSatisfy(used.contains))
      for _ in 0..<min(model.count, Int.random(in: 1...400, using: &random)) {
        #expect(list.removeFirst() == model.removeFirst())
      }
    }
    #expect(list.isEmpty)
    #expect(list.lastIndex(beginningBy: .max) == nil)
  }

  @Test("By the files' names or in any order: sorted, they are in the order of their bases", arguments: [true, false])
  func sorted(byName: Bool) {
    var random = SeededRandom(seed: seedBase &+ 7)
    let model = segments(1_500, using: &random)
    var list = list(byName ? model.sorted { $0.number < $1.number } : model.shuffled(using: &random))
    list.sort()
    #expect(Array(list) == model)
  }

  @Test("A ring that has turned, and one with a copy of a file among its files, are put into order too")
  func turned() {
    let model = (0..<1_000).map { (index: Int) -> Segment in
      Segment(number: (index + 300) % 1_000, base: UInt64(index * 8), first: UInt64(index * 400), holes: 0)
    }
    var list = list(model.sorted { $0.number < $1.number })
    list.sort()
    #expect(Array(list) == model)
    let copy = Segment(number: 2_000, base: model[500].base, first: model[500].first, holes: 0)
    list.append(copy)
    list.sort()
    let bases = (model + [copy]).map(\.base).sorted()
    #expect(list.map(\.base) == bases)
  }

  @Test("Where a segment says that it begins after the next one, it begins with that one")
  func bounded() {
    var model = (0..<1_000).map { (index: Int) -> Segment in
      Segment(number: index, base: UInt64(index * 8), first: UInt64(index * 400), holes: 3)
    }
    model[500] = Segment(number: 500, base: 4_000, first: 500_000, holes: 9)
    var list = list(model)
    list.bound()
    let expected = (0..<1_000).map { (index: Int) -> UInt64 in index == 500 ? 200_400 : UInt64(index * 400) }
    #expect(list.map(\.first) == expected)
    #expect(list[500].holes == 3)
  }

  @Test("Runs take two bytes for each segment: those of 64 GiB take half a megabyte")
  func size() {
    var list = SegmentList(slotsPerSegment: 64)
    for index in 0..<262_144 {
      list.append(Segment(number: index, base: UInt64(index * 64), first: UInt64(index) * 3_844, holes: 12))
    }
    #expect(list.memory < 700_000)
  }
}
