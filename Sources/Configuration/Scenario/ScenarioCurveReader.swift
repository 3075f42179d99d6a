import Telemetry

/// Reads what a simulated sensor measures: `{constant: 4}`, `{sine: {base: 4, amplitude: 1, period: 10m}}`.
struct ScenarioCurveReader {
  private static let longest = Duration.seconds(365 * 86_400)
  private static let shapes = ["constant", "sine", "ramp", "replay"]

  let kind: Quantity.Kind
  /// As in `ScenarioReader`.
  let directory: String

  private var unit: String { kind.unit ?? "0 for open, 1 for closed" }

  private var values: ClosedRange<Int64> { kind == .contact ? 0...1_000_000 : QuantityNumbers(kind).values }

  /// The curve; nil after a mistake.
  func curve(_ field: Field) -> CurveSettings? {
    guard let section = field.section(Self.shapes) else { return nil }
    let given = Self.shapes.compactMap { section.optional($0) }
    guard given.count == 1 else {
      if !given.isEmpty || isEmpty(field) {
        field.mistake("needs one of constant, sine, ramp, replay" + (given.isEmpty ? "" : ", not \(given.count)"))
      }
      return nil
    }
    if let field = section.optional("constant") { return value(field).map { .constant($0) } }
    if let field = section.optional("sine") { return sine(field) }
    if let field = section.optional("ramp") { return ramp(field) }
    return section.optional("replay").flatMap(replay)
  }

  /// Whether the group has no unknown key, which would be reported already.
  private func isEmpty(_ field: Field) -> Bool {
    if case .mapping(let entries) = field.node.content {
      entries.allSatisfy { Self.shapes.contains($0.key) }
    } else {
      true
    }
  }

  private func value(_ field: Field) -> Int64? { field.decimal(in: values, unit) }

  private func sine(_ field: Field) -> CurveSettings? {
    guard let section = field.section(["base", "amplitude", "period", "phase"]) else { return nil }
    let base = section.required("base", "the value in the middle").flatMap(value)
    let amplitude = section.required("amplitude", "how far it goes up and down").flatMap {
      $0.decimal(in: 0...values.upperBound, unit)
    }
    let period = section.required("period", "how long one round takes, such as 10m").flatMap {
      $0.duration(.milliseconds(100)...Self.longest)
    }
    var phase: Int64? = 0
    if let field = section.optional("phase") { phase = field.decimal(in: 0...999_999, "rounds") }
    guard let base, let amplitude, let period, let phase else { return nil }
    return .sine(base: base, amplitude: amplitude, period: period, phase: phase)
  }

  private func ramp(_ field: Field) -> CurveSettings? {
    guard let section = field.section(["from", "to", "start", "length"]) else { return nil }
    let from = section.required("from", "the value until it starts").flatMap(value)
    let to = section.required("to", "the value at its end").flatMap(value)
    var start: Duration? = .zero
    if let field = section.optional("start") { start = field.duration(.zero...Self.longest) }
    let length = section.required("length", "how long it takes, such as 5m").flatMap {
      $0.duration(.milliseconds(1)...Self.longest)
    }
    guard let from, let to, let start, let length else { return nil }
    return .ramp(from: from, to: to, start: start, length: length)
  }

  private func replay(_ field: Field) -> CurveSettings? {
    guard let section = field.section(["file", "between", "at_end"]) else { return nil }
    var holds: Bool? = kind == .contact
    if let field = section.optional("between") { holds = field.choice([("linear", false), ("hold", true)]) }
    var repeats: Bool? = false
    if let field = section.optional("at_end") { repeats = field.choice([("stay", false), ("repeat", true)]) }
    let points = section.required("file", "a CSV of seconds and values").flatMap {
      RecordingReader(unit: unit, values: values, directory: directory).points($0)
    }
    guard let holds, let repeats, let points else { return nil }
    if repeats, points.count < 2 {
      section.optional("file")?.mistake("has one value: to repeat it, it needs two or more")
      return nil
    }
    return .replay(ReplaySettings(points: points, holds: holds, repeats: repeats))
  }
}
