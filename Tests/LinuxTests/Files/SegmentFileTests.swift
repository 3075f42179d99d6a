import Testing

@testable import Linux

@Suite("Files of segments") struct SegmentFileTests {
  @Test("A name has eight digits, and leads back to its number") func names() {
    for number in [0, 12, 99_999_999] { #expect(SegmentFile.number(in: SegmentFile.name(of: number)) == number) }
    #expect(SegmentFile.name(of: 12) == "00000012.seg")
  }

  @Test("Other names are no segment's", arguments: ["12.seg", "0000001２.seg", "00000012.new", "-0000012.seg", "lock"])
  func others(name: String) { #expect(SegmentFile.number(in: name) == nil) }

  @Test("A segment is 256 KiB") func size() { #expect(SegmentFile.size == 262_144) }
}
