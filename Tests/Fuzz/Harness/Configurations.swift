import Configuration
import Drivers

/// Any text as devices.yaml: settings, or problems that can be shown.
func tryConfiguration(_ bytes: [UInt8]) {
  do throws(ConfigurationError) {
    _ = try ConfigurationLoader.load(bytes, file: "devices.yaml") { _ in nil }
  } catch {
    check(!error.problems.isEmpty, "refused without a reason")
    let count = error.rendered(inColour: true).split(separator: "\n").last ?? ""
    let isCounted = count.hasSuffix("devices.yaml") || error.hasMore && count.hasSuffix("mend these first")
    check(isCounted, "no count at the end: \(count)")
    for problem in error.problems {
      check(problem.line <= error.lines.count, "a problem in line \(problem.line) of \(error.lines.count)")
    }
  }
}

/// Makes the tables that a configuration is read by.
func makeConstants() {
  check(!Keys.root.isEmpty && Catalog.chips.allSatisfy { !Keys.sensor($0).isEmpty }, "no keys")
}
