/// Values as the table of keys describes them. A reader that asks for another shape than the table has, would be found by
/// the first test of it.
extension Field {
  func integer() -> Int? {
    guard case .integer(let range) = shape else { return differs() }
    return integer(in: range)
  }

  /// The value in millionths of its unit.
  func decimal() -> Int64? {
    guard case .decimal(let range, let unit) = shape else { return differs() }
    return decimal(in: range, unit)
  }

  /// `least`: raises the lower end of the table's range.
  func duration(atLeast least: Duration = .zero) -> Duration? {
    switch shape {
    case .duration(let range), .durationOrOff(let range):
      duration(min(max(range.lowerBound, least), range.upperBound)...range.upperBound)
    default: differs()
    }
  }

  func size() -> ByteCount? {
    guard case .size(let range) = shape else { return differs() }
    return size(range)
  }

  var form: TextForm { if case .text(let form) = shape { form } else { .any } }

  /// A text that follows the rule of its form.
  func formed() -> String? {
    guard let rule = form.rule else { return differs() }
    return text(rule, where: form.isRight)
  }

  /// A word of an enumeration.
  func choice<Word: RawRepresentable<String> & CaseIterable>() -> Word? {
    choice(Word.allCases.map { ($0.rawValue, $0) })
  }

  func section() -> Section? {
    switch shape {
    case .group(let keys), .oneOf(let keys): Section(self, keys)
    default: differs()
    }
  }

  /// A topic's template.
  func topic() -> String? {
    guard case .topic(let placeholders, let required) = form else { return differs() }
    guard let text = text() else { return nil }
    if let mistake = TopicCheck.mistake(in: text, placeholders: placeholders, required: required) {
      self.mistake("\(mistake) (\"\(shortened(text))\")")
    }
    return text
  }

  private func differs<Value>() -> Value? {
    assertionFailure("by the table, \(path) has another shape")
    return nil
  }
}
