import CGPIO
import Drivers
import Glibc
import Telemetry

/// The GPIO chips of this machine, through libgpiod 1.6 or 2.x.
package final class GPIOChips: GPIOBank {
  private let root: String

  /// `root` is put before `/dev`.
  package init(root: String = "") { self.root = root }

  package func input(_ request: LineRequest) throws(BusError) -> any GPIOLine {
    let (path, offset) = try find(request.line)
    var line: OpaquePointer?
    let open = request.hasEdges ? cgpio_open_edges : cgpio_open_input
    let result = open(path, offset, Self.consumer, request.bias.native, request.activeLow, &line)
    guard result >= 0, let line else { throw BusError(errno: -result, "take \(request.line), \(path)") }
    return RequestedLine(line, name: "\(request.line)", hasEdges: request.hasEdges)
  }

  package func output(_ selector: LineSelector, high: Bool) throws(BusError) -> any GPIOOutput {
    let (path, offset) = try find(selector)
    var line: OpaquePointer?
    let result = cgpio_open_output(path, offset, Self.consumer, high, &line)
    guard result >= 0, let line else { throw BusError(errno: -result, "take \(selector), \(path)") }
    return RequestedLine(line, name: "\(selector)", hasEdges: false)
  }

  package var now: Uptime { Uptime(nanoseconds: SystemClock.monotonic()) }

  package func pause(_ duration: Duration) { SystemClock.sleep(duration) }

  /// libgpiod 1.6 keeps the pointer, so the text is never freed. `unsafe` is right: no code writes to it.
  nonisolated(unsafe) private static let consumer = strdup("fieldpost")

  private func find(_ selector: LineSelector) throws(BusError) -> (path: String, offset: UInt32) {
    let paths = try chips()
    // A chip that may not be opened must not hide the others: its error is thrown only if no other chip has the line.
    var refusal: BusError?
    for path in paths {
      let found = offset(of: selector, on: path)
      if found >= 0 { return (path, UInt32(found)) }
      if found == -EACCES {
        refusal = BusError(opening: path, errno: EACCES)
      } else if found != -ENOENT {
        refusal = BusError(errno: -found, "find \(selector)")
      }
    }
    guard let refusal else {
      let searched = paths.isEmpty ? "a machine without GPIO chips" : paths.joined(separator: ", ")
      throw BusError(.absent, "find \(selector) on \(searched)")
    }
    throw refusal
  }

  private func offset(of selector: LineSelector, on path: String) -> Int32 {
    switch selector {
    case .name(let name):
      return cgpio_find(path, name)
    case .chip(let label, let offset):
      let (lines, found) = chip(path)
      guard lines >= 0 else { return lines }
      return found == label && offset < lines ? Int32(offset) : -ENOENT
    }
  }

  /// The number of lines, or -errno, and the chip's label.
  private func chip(_ path: String) -> (lines: Int32, label: String) {
    var label = [CChar](repeating: 0, count: 64)
    let lines = cgpio_chip(path, &label, UInt32(label.count))
    return (lines, String(decoding: label.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  /// The chips that may be opened.
  package func list() -> [GPIOChipInfo] {
    ((try? chips()) ?? []).compactMap { path in
      let (lines, label) = chip(path)
      return lines < 0 ? nil : GPIOChipInfo(path: path, label: label, lines: Int(lines))
    }
  }

  /// Paths of the chips, without symbolic links: Raspberry Pi OS makes some, and a chip would be listed twice.
  private func chips() throws(BusError) -> [String] {
    try KernelSysfs(root: root).entries(of: "/dev").filter { $0.hasPrefix("gpiochip") }.map { "\(root)/dev/\($0)" }
      .filter { path in
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFLNK
      }
  }
}

private final class RequestedLine: GPIOLine, GPIOOutput {
  private static let most = 256

  private let line: OpaquePointer
  private let name: String
  private let hasEdges: Bool

  init(_ line: OpaquePointer, name: String, hasEdges: Bool) {
    self.line = line
    self.name = name
    self.hasEdges = hasEdges
  }

  deinit { cgpio_close(line) }

  func isActive() throws(BusError) -> Bool {
    let value = cgpio_get(line)
    guard value >= 0 else { throw BusError(errno: -value, "read \(name)") }
    return value == 1
  }

  func edges() throws(BusError) -> [Edge] { hasEdges ? try read(within: .zero) : [] }

  var wakeUp: WakeUp? {
    guard hasEdges else { return nil }
    let descriptor = cgpio_fd(line)
    return descriptor < 0 ? nil : WakeUp(descriptor: descriptor)
  }

  func drive(high: Bool) throws(BusError) {
    let result = cgpio_set(line, high)
    guard result >= 0 else { throw BusError(errno: -result, "drive \(name)") }
  }

  func listen(_ bias: LineBias, for duration: Duration) throws(BusError) -> [Edge] {
    let result = cgpio_listen(line, bias.native)
    guard result >= 0 else { throw BusError(errno: -result, "listen at \(name)") }
    let end = SystemClock.monotonic() + duration.nanoseconds
    var edges: [Edge] = []
    while edges.count < Self.most {
      let left = end - SystemClock.monotonic()
      guard left > 0 else { break }
      edges += try read(within: .nanoseconds(left))
    }
    return edges
  }

  private func read(within limit: Duration) throws(BusError) -> [Edge] {
    var found = [cgpio_edge](repeating: cgpio_edge(), count: Self.most)
    let milliseconds = Int32(clamping: (limit.nanoseconds + 999_999) / 1_000_000)
    let count = cgpio_edges(line, &found, Int32(Self.most), milliseconds)
    guard count >= 0 else { throw BusError(errno: -count, "read the edges of \(name)") }
    return found.prefix(Int(count)).map {
      Edge(isActive: $0.active, at: Uptime(nanoseconds: Int64(clamping: $0.at)))
    }
  }
}

extension LineBias {
  fileprivate var native: cgpio_bias {
    switch self {
    case .asIs: CGPIO_BIAS_AS_IS
    case .pullUp: CGPIO_BIAS_PULL_UP
    case .pullDown: CGPIO_BIAS_PULL_DOWN
    case .disabled: CGPIO_BIAS_DISABLED
    }
  }
}
