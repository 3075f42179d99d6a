import Glibc
import Linux

/// Where the configuration is kept: a folder with `devices.yaml` in it. After a provisioning, `devices.yaml` is a link
/// into a folder `set-N` that holds the whole configuration. Redirecting the link is a single rename, and so atomic.
struct ConfigurationStore {
  let path: String
  private let group: gid_t

  private static let link = "devices.yaml"
  private static let staging = ".incoming"
  /// No file from the card can have such a name, because hidden files are not taken.
  private static let keptPrefix = ".kept."

  init(path: String, group: String) throws(SystemError) {
    guard let entry = getgrnam(group) else {
      throw SystemError("find the group \(group), which the package makes", code: ESRCH)
    }
    self.path = path
    self.group = entry.pointee.gr_gid
  }

  /// The configuration in use and the files beside it; empty when there is none.
  func filesInUse() throws(SystemError) -> [String: [UInt8]] {
    guard let folder = folderInUse() else { return [:] }
    var found: [String: [UInt8]] = [:]
    for name in try directoryEntries(folder) where !name.hasPrefix(".") && isRegularFile("\(folder)/\(name)") {
      found[name] = try readOwnFile("\(folder)/\(name)", limit: BootFolder.mostBytes)
    }
    return found
  }

  /// The files that are only carried along with the configuration in use, by their original names.
  func filesKept() throws(SystemError) -> [String: [UInt8]] {
    guard let folder = folderInUse() else { return [:] }
    var found: [String: [UInt8]] = [:]
    for name in try directoryEntries(folder) where name.hasPrefix(Self.keptPrefix) {
      let bytes = try readOwnFile("\(folder)/\(name)", limit: BootFolder.mostBytes)
      found[String(name.dropFirst(Self.keptPrefix.count))] = bytes
    }
    return found
  }

  /// Writes and syncs the files in a staging folder beside the configuration in use, and returns the folder's path.
  func stage(
    _ files: [String: [UInt8]], keeping kept: [String: [UInt8]]
  ) throws(SystemError) -> String {
    let folder = "\(path)/\(Self.staging)"
    do throws(SystemError) {
      if mkdir(path, 0o755) == 0 { try syncDirectory(parent(of: path)) }
      try removeFolder(folder)
      guard mkdir(folder, 0o750) == 0 else { throw SystemError("make \(folder)", code: errno) }
      guard chown(folder, uid_t.max, group) == 0, chmod(folder, 0o750) == 0 else {
        throw SystemError("give \(folder) to its group", code: errno)
      }
      for (name, bytes) in files {
        try writeSynced(bytes, to: "\(folder)/\(name)", mode: 0o640, group: group)
      }
      for (name, bytes) in kept {
        try writeSynced(bytes, to: "\(folder)/\(Self.keptPrefix)\(name)", mode: 0o640, group: group)
      }
      try syncDirectory(folder)
    } catch {
      unstage()
      throw error
    }
    return folder
  }

  func unstage() { try? removeFolder("\(path)/\(Self.staging)") }

  /// Puts the staged files into use.
  func take() throws(SystemError) {
    let set = "set-\(try nextSet())"
    try move("\(path)/\(Self.staging)", "\(path)/\(set)")
    let link = "\(path)/\(Self.link)"
    if isRegularFile(link) { try keep(link, as: link + ".before") }
    try? remove(link + ".new")
    guard symlink("\(set)/\(Self.link)", link + ".new") == 0 else {
      throw SystemError("make the link \(link).new", code: errno)
    }
    try syncDirectory(path)
    try move(link + ".new", link)
    try syncDirectory(path)
  }

  /// Removes all sets but the one in use and the one before it, which a running daemon may still be reading.
  func removeOldSets() throws(SystemError) {
    let current = folderInUse().flatMap { $0.split(separator: "/").last }
    let others = try sets().sorted().filter { "set-\($0)" != current.map(String.init) }
    for number in others.dropLast() { try removeFolder("\(path)/set-\(number)") }
  }

  /// The numbers of the sets made here. A folder with more than nine digits is not ours, and counting on from it could
  /// overflow.
  private func sets() throws(SystemError) -> [Int] {
    try directoryEntries(path).compactMap { name in
      let digits = name.dropFirst(4)
      guard name.hasPrefix("set-"), digits.utf8.count <= 9, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
        return nil
      }
      return Int(digits)
    }
  }

  /// The number of the next set, whose name is free.
  private func nextSet() throws(SystemError) -> Int {
    var number = (try sets().max() ?? 0) + 1
    var status = stat()
    while lstat("\(path)/set-\(number)", &status) == 0 { number += 1 }
    return number
  }

  private func folderInUse() -> String? {
    guard let resolved = realpath("\(path)/\(Self.link)", nil) else { return nil }
    defer { free(resolved) }
    return parent(of: String(cString: resolved))
  }

  /// Keeps a configuration that somebody wrote by hand, under another name.
  private func keep(_ file: String, as name: String) throws(SystemError) {
    try? remove(name)
    guard Glibc.link(file, name) == 0 else { throw SystemError("keep \(file) as \(name)", code: errno) }
  }
}
