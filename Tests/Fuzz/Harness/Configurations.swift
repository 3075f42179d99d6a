import Configuration

/// Any text as devices.yaml: settings, or problems that can be shown.
func tryConfiguration(_ bytes: [UInt8]) {
  do throws(ConfigurationError) {
    _ = try ConfigurationLoader.load(bytes, file: "devices.yaml") { _ in nil }
  } catch {
    check(!error.problems.isEmpty, "refused without a reason")
    check(error.rendered(inColour: true).hasSuffix("devices.yaml\n"), "nothing to show")
    for problem in error.problems {
      check(problem.line <= error.lines.count, "a problem in line \(problem.line) of \(error.lines.count)")
    }
  }
}
