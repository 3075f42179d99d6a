import Foundation

/// A directory for one test, with the processes that it started: all gone when the test is over.
final class Workplace: Sendable {
  let directory: String

  init() throws {
    directory = NSTemporaryDirectory() + "fieldpost-test-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  func path(_ name: String) -> String { directory + "/" + name }

  /// Writes a file, making its directories, and returns its path.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    let file = path(name)
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    return file
  }
}

/// Looks again and again until it is so. The limit is for giving up, not for measuring.
func eventually(within limit: Duration = .seconds(30), _ isSo: () -> Bool) -> Bool {
  let deadline = ContinuousClock.now + limit
  while !isSo() {
    if ContinuousClock.now >= deadline { return false }
    usleep(20_000)
  }
  return true
}

/// Where the build has put the programs: beside the tests.
let programs: String = {
  let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  return (tests as NSString).deletingLastPathComponent
}()
