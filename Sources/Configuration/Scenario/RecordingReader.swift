import Telemetry

/// Reads a CSV of two columns: seconds since the start, and a value. The first line may name the columns. Empty lines,
/// and lines that begin with #, are skipped.
struct RecordingReader {
  /// Maximum size: enough for a week with a value every second.
  private static let limit = 16 << 20
  /// Up to this number, wrong lines are reported one by one.
  private static let mostMistakes = 5
  /// Offsets up to a year, in millionths of a second.
  private static let offsets: ClosedRange<Int64> = 0...(365 * 86_400 * 1_000_000)

  let unit: String
  let values: ClosedRange<Int64>
  /// As in `ScenarioReader`.
  let directory: String

  /// The points of the file that `field` names; nil after a mistake.
  func points(_ field: Field) -> [ReplaySettings.Point]? {
    guard let name = field.text() else { return nil }
    let path = name.hasPrefix("/") ? name : directory + name
    switch loadFile(path, limit: Self.limit) {
    case .failure(let failure):
      field.mistake(failure.reason)
      return nil
    case .success(let file):
      let (points, mistakes) = parse(file.bytes)
      for (line, reason) in mistakes.prefix(Self.mostMistakes) { field.mistake("\(path):\(line): \(reason)") }
      let others = mistakes.count - Self.mostMistakes
      if others > 0 { field.mistake("\(path): \(others) more lines are wrong") }
      if points.isEmpty, mistakes.isEmpty { field.mistake("\(path) has no values") }
      return points.isEmpty || !mistakes.isEmpty ? nil : points
    }
  }

  func parse(_ bytes: [UInt8]) -> (points: [ReplaySettings.Point], mistakes: [(line: Int, reason: String)]) {
    var points: [ReplaySettings.Point] = []
    var mistakes: [(line: Int, reason: String)] = []
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
    var isFirst = true
    for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let line = trimmed(String(decoding: line, as: UTF8.self))
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      defer { isFirst = false }
      if isFirst, line.first?.isLetter == true { continue }
      switch point(line, after: points.last) {
      case .success(let point): points.append(point)
      case .failure(let failure): mistakes.append((index + 1, failure.reason))
      }
    }
    return (points, mistakes)
  }

  private func point(_ line: Substring, after last: ReplaySettings.Point?) -> Result<ReplaySettings.Point, LoadFailure>
  {
    let columns = line.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
    guard columns.count == 2 else {
      return wrong("must be seconds and a value, with a comma between them, not \"\(shortened(String(line)))\"")
    }
    switch (number(columns[0], Self.offsets, "seconds"), number(columns[1], values, unit)) {
    case (.failure(let failure), _), (_, .failure(let failure)): return .failure(failure)
    case (.success(let micros), .success(let value)):
      let offset = Duration.microseconds(micros)
      if let last, offset <= last.offset {
        return wrong("\(columns[0]) seconds is not later than the line before it")
      }
      return .success(.init(offset: offset, value: value))
    }
  }

  private func number(_ text: Substring, _ range: ClosedRange<Int64>, _ unit: String) -> Result<Int64, LoadFailure> {
    switch DecimalNotation.parse(String(text), unit: unit) {
    case .mistake(let reason): return wrong(reason)
    case .value(let value) where !range.contains(value):
      let (low, high) = (decimal(micros: range.lowerBound), decimal(micros: range.upperBound))
      return wrong("\(text) is out of range: \(low) to \(high)")
    case .value(let value): return .success(value)
    }
  }

  private func wrong<Value>(_ reason: String) -> Result<Value, LoadFailure> { .failure(LoadFailure(reason: reason)) }

  private func trimmed(_ text: some StringProtocol) -> Substring {
    var text = Substring(text).drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
