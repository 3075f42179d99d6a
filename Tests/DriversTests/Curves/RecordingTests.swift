import Simulation
import Telemetry
import Testing

@Suite("Recorded values")
struct RecordingTests {
  private let points = [(2, 10), (4, 20), (10, -40)].map { offset, value in
    Recording.Point(offset: .seconds(Int64(offset)), value: Int64(value) * 1_000_000)
  }

  /// At so many milliseconds, in thousandths.
  private func values(_ recording: Recording, at milliseconds: [Int64]) -> [Int64] {
    milliseconds.map { Curve.replay(recording).value(at: Uptime(nanoseconds: $0 * 1_000_000)) / 1_000 }
  }

  @Test("In straight lines from point to point; before the first and after the last their values stay")
  func linear() {
    let recording = Recording(points, holds: false, repeats: false)
    #expect(
      values(recording, at: [0, 2_000, 3_000, 3_999, 4_000, 7_000, 10_000, 99_000]) == [
        10_000, 10_000, 15_000, 19_995, 20_000, -10_000, -40_000, -40_000,
      ])
  }

  @Test("Held: each value stays until the next")
  func held() {
    let recording = Recording(points, holds: true, repeats: false)
    #expect(values(recording, at: [0, 3_999, 4_000, 9_999, 10_000]) == [10_000, 10_000, 20_000, 20_000, -40_000])
  }

  @Test("Repeated: the last point is the first of the next round")
  func repeated() {
    let recording = Recording(points, holds: true, repeats: true)
    #expect(
      values(recording, at: [9_999, 10_000, 11_000, 14_000, 20_000, 1_000_004_000]) == [
        20_000, 10_000, 10_000, 20_000, 10_000, 20_000,
      ])
  }

  @Test("One point is a constant")
  func one() {
    let recording = Recording([.init(offset: .zero, value: 7_000)], holds: false, repeats: true)
    #expect(values(recording, at: [0, 1_000]) == [7, 7])
  }
}
