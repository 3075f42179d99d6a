/// `1 reading`, `2 readings`.
package func counted(_ count: some BinaryInteger, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}

/// A duration for people: `0.2 s`, `42 s`, `3 min 20 s`, `2 h 5 min`, `4 d 1 h`.
package func brief(_ duration: Duration) -> String {
  if duration < .zero { return "-" + brief(.zero - duration) }
  let tenths = Int64((duration / .seconds(1) * 10).rounded())
  let seconds = tenths / 10
  switch seconds {
  case ..<10: return "\(seconds).\(tenths % 10) s"
  case ..<60: return "\(seconds) s"
  case ..<3_600: return "\(seconds / 60) min \(seconds % 60) s"
  case ..<86_400: return "\(seconds / 3_600) h \(seconds / 60 % 60) min"
  default: return "\(seconds / 86_400) d \(seconds / 3_600 % 24) h"
  }
}
