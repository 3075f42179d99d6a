import Configuration

/// What is said of a name that nobody knows: `there is no driver "SHT13"; did you mean "SHT31"?`, and where all of them are.
func unknown(_ kind: String, _ name: String, among known: [String], listing command: String) -> String {
  let shown = printable(name)
  if let meant = Suggestion.closest(to: name, among: known) {
    return "there is no \(kind) \"\(shown)\"; did you mean \"\(meant)\"? \"fieldpost \(command)\" lists them all"
  }
  return "there is no \(kind) \"\(shown)\"; \"fieldpost \(command)\" lists them all"
}
