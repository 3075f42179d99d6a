import Sampling
import Telemetry
import Testing

@Suite("Calibration")
struct CalibrationTests {
  private func points(_ pairs: [(Int64, Int64)]) -> [Calibration.Point] {
    pairs.map { Calibration.Point(measured: $0.0, actual: $0.1) }
  }

  @Test(
    "A curve that does not rise strictly, or has fewer than two points, is none",
    arguments: [
      [], [(0, 0)], [(0, 0), (0, 1)], [(0, 0), (1, 0)], [(1, 0), (0, 1)], [(0, 1), (1, 0)],
      [(0, 0), (5, 5), (4, 6)], [(0, 0), (5, 5), (6, 5)], [(0, 0), (5, 5), (5, 5)],
    ] as [[(Int64, Int64)]])
  func noCurve(_ pairs: [(Int64, Int64)]) {
    #expect(Calibration(curve: points(pairs)) == nil)
  }

  /// Ice water read 0.4 °C, a bath of 50 °C read 50.9 °C.
  @Test(
    "Two points make a straight line, beyond both of them too",
    arguments: [
      (400_000, 0), (50_900_000, 50_000_000), (25_650_000, 25_000_000), (101_400_000, 100_000_000),
      (-50_100_000, -50_000_000), (399_999, -1), (400_001, 1), (400_000 + 505_000, 500_000),
    ] as [(Int64, Int64)])
  func twoPoints(_ measured: Int64, _ actual: Int64) throws {
    let curve = try #require(Calibration(curve: points([(400_000, 0), (50_900_000, 50_000_000)])))
    #expect(curve.corrected(measured) == actual)
  }

  @Test(
    "Between three points each line has its own slope, and the points themselves are met",
    arguments: [
      (-1_000_000, -2_000_000), (0, 0), (500_000, 1_000_000), (1_000_000, 2_000_000), (1_000_002, 2_000_001),
      (3_000_000, 3_000_000), (5_000_000, 4_000_000),
    ] as [(Int64, Int64)])
  func threePoints(_ measured: Int64, _ actual: Int64) throws {
    let curve = try #require(
      Calibration(curve: points([(0, 0), (1_000_000, 2_000_000), (3_000_000, 3_000_000)])))
    #expect(curve.corrected(measured) == actual)
  }

  @Test(
    "Scale comes before offset, and what lies between two millionths is rounded away from zero",
    arguments: [
      (20_000_000, 1_000_000, 0, 20_000_000), (20_000_000, 1_000_000, -300_000, 19_700_000),
      (20_000_000, 1_010_000, -300_000, 19_900_000), (-20_000_000, 1_010_000, -300_000, -20_500_000),
      (1, 1_500_000, 0, 2), (-1, 1_500_000, 0, -2), (1, 1_499_999, 0, 1), (0, 2_000_000, 7, 7),
    ] as [(Int64, Int64, Int64, Int64)])
  func line(_ measured: Int64, _ scale: Int64, _ offset: Int64, _ actual: Int64) {
    #expect(Calibration(scale: scale, offset: offset).corrected(measured) == actual)
  }

  @Test("No number is too large: the result stops at the ends")
  func extremes() throws {
    let double = Calibration(scale: 2_000_000, offset: 1)
    #expect(double.corrected(.max) == .max)
    #expect(double.corrected(.min) == .min + 1)
    let steep = try #require(Calibration(curve: points([(0, 0), (1, 1_000_000_000)])))
    #expect(steep.corrected(.max) == .max)
    #expect(steep.corrected(.min) == .min)
    let (low, high) = (Int64.min / 2, Int64.max / 2)
    let wide = try #require(Calibration(curve: points([(low, low), (high, high)])))
    #expect(wide.corrected(17) == 17)
  }
}

@Suite("Smoothing")
struct SmoothingTests {
  @Test("The median of the last three leaves a spike out, in its place and after it")
  func spike() {
    var median = Smoothing(.median, of: 3)
    let found = [20, 21, 900, 22, 23].map { median.add($0) }
    #expect(found == [20, 21, 21, 22, 23])
  }

  @Test("Of an even number the median is between the two in the middle")
  func even() {
    var median = Smoothing(.median, of: 4)
    let found = [10, 20, 40, 30, 50].map { median.add($0) }
    #expect(found == [10, 15, 20, 25, 35])
  }

  @Test("The mean is of the last ones only, rounded to the nearest")
  func mean() {
    var mean = Smoothing(.mean, of: 2)
    let found = [1, 2, 4, -4, -5].map { mean.add($0) }
    #expect(found == [1, 2, 3, 0, -5])
  }

  @Test("After it was told to forget it begins anew")
  func forgets() {
    var mean = Smoothing(.mean, of: 3)
    _ = mean.add(1_000)
    mean.forget()
    #expect(mean.add(10) == 10)
  }
}
