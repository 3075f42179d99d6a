import Drivers
import Glibc
import Telemetry

/// The kernel's sensors in memory: a tree of attributes, each computed at every read, and symbolic links. It belongs to
/// one thread.
package final class SimulatedSysfs: Sysfs {
  package typealias Attribute = () -> Result<[UInt8], BusError>

  /// The paths read last, in order. The list is limited, because `--simulate` may run for months.
  package private(set) var opened: [String] = []
  private static let mostOpened = 256
  /// An attribute, and the sensor that it belongs to.
  private struct Entry {
    let read: Attribute
    let kind: Kind
    let owner: ChipInputs?

    var isThere: Bool { owner?.script.current != .disconnected }
  }

  private enum Kind {
    /// The kernel's own knowledge of the device, present as long as the device is.
    case fixed
    /// A measurement made at each read, which can fail.
    case measured
    /// A measurement shown with its checksum, which the reader has to check.
    case withChecksum
  }

  private var attributes: [String: Entry] = [:]
  private var owner: ChipInputs?
  private var links: [String: String] = [:]
  private var writes: [String: ([UInt8]) -> Result<Void, BusError>] = [:]
  private let time: SimulatedTime?
  /// The only 1-Wire bus; nil until a device is on it.
  package internal(set) var oneWire: SimulatedOneWire?

  /// `time`: nil means that nothing takes any time.
  package init(time: SimulatedTime? = nil) { self.time = time }

  package var now: Uptime { time?.now() ?? Uptime(nanoseconds: 0) }

  /// The wall clock. `written`: when each file was last written; a file without an entry was written just now.
  package var clock: () -> WallTime = { WallTime(nanoseconds: 0) }
  package var written: [String: WallTime] = [:]

  package func times(of path: String) throws(BusError) -> FileTimes {
    guard let entry = attributes[resolved(path)], entry.isThere else {
      throw BusError(.absent, "read the time of \(path)", code: ENOENT)
    }
    return FileTimes(written: written[path] ?? clock(), now: clock())
  }

  /// Sets what happens when an attribute is written. Attributes without this cannot be written.
  package func onWrite(_ path: String, _ body: @escaping ([UInt8]) -> Result<Void, BusError>) { writes[path] = body }

  package func write(_ bytes: [UInt8], to path: String) throws(BusError) {
    guard let body = writes[resolved(path)] else { throw BusError(.denied, "open \(path)", code: EACCES) }
    try body(bytes).get()
  }

  /// Creates an attribute, and the directories above it.
  package func set(_ path: String, _ attribute: @escaping Attribute) {
    attributes[path] = Entry(read: attribute, kind: .measured, owner: owner)
  }

  /// Creates an attribute that shows its checksum: `w1_slave`.
  func setWithChecksum(_ path: String, _ attribute: @escaping Attribute) {
    attributes[path] = Entry(read: attribute, kind: .withChecksum, owner: owner)
  }

  package func set(_ path: String, text: String) {
    attributes[path] = Entry(read: { .success(Array(text.utf8)) }, kind: .fixed, owner: owner)
  }

  /// Attributes that `body` sets belong to this twin and share its faults; nil: they belong to no twin.
  func adding(faultsOf twin: ChipInputs?, _ body: () -> Void) {
    let outer = owner
    owner = twin
    body()
    owner = outer
  }

  /// Creates a symbolic link to an absolute path.
  package func link(_ path: String, to target: String) { links[path] = target }

  /// Removes an attribute, a link, or a directory with everything in it.
  package func remove(_ path: String) {
    attributes = attributes.filter { !Self.isInside($0.key, path) }
    links = links.filter { !Self.isInside($0.key, path) }
  }

  /// Makes reads of an attribute fail, with `EIO`, `EACCES` and the like.
  package func fail(_ path: String, _ kind: BusError.Kind = .failed, code: Int32 = EIO) {
    let error = BusError(kind, "read \(path)", code: code)
    attributes[path] = Entry(read: { .failure(error) }, kind: .measured, owner: nil)
  }

  package func read(_ path: String) throws(BusError) -> [UInt8] {
    if opened.count == Self.mostOpened { opened.removeFirst() }
    opened.append(path)
    guard let entry = attributes[resolved(path)], entry.isThere else {
      throw BusError(.absent, "open \(path)", code: ENOENT)
    }
    if let owner = entry.owner, entry.kind != .fixed { try suffer(owner, path, entry.kind) }
    return try entry.read().get()
  }

  /// Applies the current fault to a measurement, as the kernel's driver would report it.
  private func suffer(_ owner: ChipInputs, _ path: String, _ kind: Kind) throws(BusError) {
    switch owner.script.current {
    case .noAcknowledge: throw BusError(.noAcknowledge, "read \(path)", code: EREMOTEIO)
    case .garbled where kind == .withChecksum: break
    case .garbled: throw BusError(.failed, "read \(path)", code: EIO)
    case .stuck:
      owner.time.pause(SimulatedI2CBus.patience)
      throw BusError(.timeout, "read \(path)", code: ETIMEDOUT)
    case .slow(let lateness): owner.time.pause(lateness)
    case .disconnected, .lostEdges, nil: break
    }
  }

  package func entries(of directory: String) throws(BusError) -> [String] {
    let prefix = resolved(directory) + "/"
    let inside = (attributes.filter(\.value.isThere).map(\.key) + links.keys).filter { $0.hasPrefix(prefix) }
    guard !inside.isEmpty else { throw BusError(.absent, "list \(directory)", code: ENOENT) }
    return Set(inside.map { String($0.dropFirst(prefix.count).prefix { $0 != "/" }) }).sorted()
  }

  package func target(ofLink path: String) throws(BusError) -> String {
    let target = resolved(path)
    guard target != path else { throw BusError(.absent, "follow \(path)", code: ENOENT) }
    return target
  }

  /// The path with all links resolved.
  private func resolved(_ path: String) -> String {
    path.split(separator: "/").reduce("") { parent, name in
      let path = "\(parent)/\(name)"
      return links[path].map(resolved) ?? path
    }
  }

  private static func isInside(_ path: String, _ directory: String) -> Bool {
    path == directory || path.hasPrefix(directory + "/")
  }
}
