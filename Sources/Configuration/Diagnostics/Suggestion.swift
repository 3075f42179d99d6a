/// Finds the word that was probably meant.
package enum Suggestion {
  /// `; did you mean "address"?`, or the words to choose from, or nothing. When there are many words, the first `usual`
  /// are named.
  package static func clause(for word: String, among known: [String], usual: Int = 0) -> String {
    if let best = closest(to: word, among: known) { return "; did you mean \"\(best)\"?" }
    if known.count > longest {
      return "; known are \(known.prefix(usual == 0 ? longest : usual).joined(separator: ", ")), …"
    }
    return known.isEmpty ? "" : "; known are \(known.joined(separator: ", "))"
  }

  /// Up to this number, all words are named.
  private static let longest = 12

  /// Names that other programs use for our keys and values.
  private static let synonyms: [String: [String]] = [
    "broker": ["host", "hostname", "url", "uri", "server", "port", "endpoint"],
    "username": ["user", "login", "usr"], "password": ["pass", "pwd", "passwd", "secret"],
    "tls": ["ssl", "cafile", "ca_file", "ca", "cert", "certificate", "key", "insecure"], "protocol": ["version"],
    "topics": ["topic", "prefix", "base_topic"], "connect_timeout": ["timeout"], "retry_ceiling": ["retry", "backoff"],
    "every": ["interval", "period", "poll", "rate", "scan_interval", "update_interval"],
    "driver": ["type", "chip", "model", "sensor", "kind"], "id": ["name", "label", "sensor_id"],
    "address": ["addr", "i2c_address"], "alarms": ["min", "max", "low", "high", "alarm", "threshold", "limits"],
    "round": ["precision", "decimals", "digits", "accuracy"], "line": ["pin", "gpio", "gpio_pin"],
    "path": ["file", "filename", "script", "command"], "directory": ["dir", "folder", "path"],
    "high": ["max", "maximum", "above", "upper"], "low": ["min", "minimum", "below", "lower"],
    "size": ["limit", "max_size", "capacity"], "warning": ["warn"], "newest_first": ["newest", "lifo"],
    "oldest_first": ["oldest", "fifo"], "5": ["5.0", "mqtt5", "mqttv5", "v5"],
    "3.1.1": ["3.1", "4", "311", "v3.1.1", "mqtt3.1.1", "mqttv311"],
  ]

  /// Nil when nothing is close: a third of the letters may differ, and at least one in words of two or more.
  package static func closest(to word: String, among known: [String]) -> String? {
    guard word.utf8.count <= 256 else { return nil }
    if let meant = known.first(where: { synonyms[$0]?.contains(word.lowercased()) ?? false }) { return meant }
    // In a word of one letter none may differ: any letter is one change away from any other.
    let limit = word.count < 2 ? 0 : max(1, word.count / 3)
    return known.map { (distance(word.lowercased(), $0.lowercased()), $0) }
      .filter { $0.0 <= limit }.min { $0.0 < $1.0 }?.1
  }

  /// The number of letters to insert, leave out, change, or swap with their neighbour (Damerau and Levenshtein, optimal
  /// string alignment). Words of a file can be long: words of more than 64 letters never match.
  static func distance(_ a: String, _ b: String) -> Int {
    guard a.utf8.count <= 256, b.utf8.count <= 256 else { return .max }
    let (a, b) = (Array(a), Array(b))
    guard a.count <= 64, b.count <= 64 else { return .max }
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var rows = [Array(0...b.count)]
    for i in 1...a.count {
      var row = [i]
      for j in 1...b.count {
        let changed = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, changed)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
