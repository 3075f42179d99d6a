import Foundation
import Telemetry
import Testing

@testable import Linux

@Suite("systemd-timesyncd's word on the clock") struct TimesyncdTests {
  private let second: Int64 = 1_000_000_000

  @Test("A touch counts for as long as the kernel would hold the clock for right, and not when the clock was set back")
  func fresh() {
    let touched = WallTime(nanoseconds: 1_700_000_000 * second)
    let cases: [(after: Int64, isFresh: Bool)] = [(0, true), (31_999, true), (32_000, false), (-1, false)]
    for (after, isFresh) in cases {
      let now = WallTime(nanoseconds: touched.nanoseconds + after * second)
      #expect(Timesyncd.isFresh(touched: touched, at: now) == isFresh, "after \(after) s")
    }
  }

  @Test("The file's time is taken; without the file the clock is not right") func file() throws {
    let folder = NSTemporaryDirectory() + "fieldpost-timesync-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let touched = Date(timeIntervalSince1970: 1_700_000_000)
    let (soon, late) = (WallTime(nanoseconds: 1_700_000_060 * second), WallTime(nanoseconds: 1_700_040_000 * second))
    #expect(!Timesyncd.isSynchronised(in: folder, at: soon))
    _ = FileManager.default.createFile(
      atPath: folder + "/synchronized", contents: nil, attributes: [.modificationDate: touched])
    #expect(Timesyncd.isSynchronised(in: folder, at: soon))
    #expect(!Timesyncd.isSynchronised(in: folder, at: late))
  }
}
