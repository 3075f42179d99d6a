import Drivers
import Glibc

/// The kernel's sensors in memory: a tree of attributes, each made anew at every read, and symbolic links. It belongs
/// to one thread.
public final class SimulatedSysfs: Sysfs {
  public typealias Attribute = () -> Result<[UInt8], BusError>

  /// The paths that were read last, in order; `--simulate` may run for months, so no more than a few.
  public private(set) var opened: [String] = []
  private static let mostOpened = 256
  private var attributes: [String: Attribute] = [:]
  private var links: [String: String] = [:]

  public init() {}

  /// Makes an attribute; the directories above it exist from then on.
  public func set(_ path: String, _ attribute: @escaping Attribute) { attributes[path] = attribute }

  public func set(_ path: String, text: String) { attributes[path] = { .success(Array(text.utf8)) } }

  /// Makes a symbolic link to an absolute path.
  public func link(_ path: String, to target: String) { links[path] = target }

  /// Takes away an attribute or a link, or a directory with all that is in it.
  public func remove(_ path: String) {
    attributes = attributes.filter { !Self.isInside($0.key, path) }
    links = links.filter { !Self.isInside($0.key, path) }
  }

  /// The reading of an attribute fails; `EIO`, `EACCES` and the like.
  public func fail(_ path: String, _ kind: BusError.Kind = .failed, code: Int32 = EIO) {
    let error = BusError(kind, "read \(path)", code: code)
    attributes[path] = { .failure(error) }
  }

  public func read(_ path: String) throws(BusError) -> [UInt8] {
    if opened.count == Self.mostOpened { opened.removeFirst() }
    opened.append(path)
    guard let attribute = attributes[resolved(path)] else { throw BusError(.absent, "open \(path)", code: ENOENT) }
    return try attribute().get()
  }

  public func entries(of directory: String) throws(BusError) -> [String] {
    let prefix = resolved(directory) + "/"
    let inside = (Array(attributes.keys) + links.keys).filter { $0.hasPrefix(prefix) }
    guard !inside.isEmpty else { throw BusError(.absent, "list \(directory)", code: ENOENT) }
    return Set(inside.map { String($0.dropFirst(prefix.count).prefix { $0 != "/" }) }).sorted()
  }

  public func target(ofLink path: String) throws(BusError) -> String {
    let target = resolved(path)
    guard target != path else { throw BusError(.absent, "follow \(path)", code: ENOENT) }
    return target
  }

  /// The path with every link in it followed.
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
