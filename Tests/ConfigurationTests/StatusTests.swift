import Testing

@testable import Configuration

@Suite("Where the daemon says how it is") struct StatusTests {
  private func with(_ lines: String) -> String { lines + "\n" + file() }

  @Test("The socket: the file's word, else systemd's directory, else the usual place")
  func socket() throws {
    #expect(try load(file()).status.socket == "/run/fieldpost/status")
    let directory = ["RUNTIME_DIRECTORY": "/run/fp:/run/other"]
    #expect(try load(file(), environment: directory).status.socket == "/run/fp/status")
    let text = with("status: {socket: /run/x/y}")
    #expect(try load(text, environment: directory).status.socket == "/run/x/y")
    #expect(try load(file(), environment: ["RUNTIME_DIRECTORY": "run"]).status.socket == "/run/fieldpost/status")
  }

  @Test("Metrics are off unless a file is named")
  func metrics() throws {
    #expect(try load(file()).status.metrics == nil)
    #expect(try load(with("metrics:")).status.metrics == nil)
    let usual = try #require(try load(with("metrics: {file: /run/m/a.prom}")).status.metrics)
    #expect(usual.file == "/run/m/a.prom")
    #expect(usual.every == .seconds(30))
    let other = try load(with("metrics: {file: /run/m/a.prom, every: 5s}")).status.metrics
    #expect(other?.every == .seconds(5))
  }

  @Test(
    "A mistake is told with its place",
    arguments: [
      ("status: {socket: run/x}", "1:18 status.socket: must be an absolute path of at most 103 bytes, not \"run/x\""),
      ("status: {sockt: /x}", "1:10 status.sockt: unknown key \"sockt\"; did you mean \"socket\"?"),
      (
        "metrics: {every: 5s}",
        "1:10 metrics.file: is missing: the file to write, such as /run/fieldpost/fieldpost.prom"
      ),
      ("metrics: {file: /a.txt}", "1:17 metrics.file: must be an absolute path that ends in .prom, not \"/a.txt\""),
      ("metrics: {file: /a.prom, every: 1s}", "1:33 metrics.every: 1s is out of range: 5s to 1h"),
    ])
  func mistake(lines: String, expected: String) { #expect(mistakes(with(lines)) == [expected]) }

  @Test("A socket's path has the kernel's limit")
  func longPath() throws {
    let longest = "/" + String(repeating: "x", count: 102)
    #expect(try load(with("status: {socket: \(longest)}")).status.socket == longest)
    #expect(reasons(with("status: {socket: \(longest)x}")).count == 1)
  }
}
