import Glibc
import Linux
import Telemetry

/// The folder on the boot partition. It is FAT: there are no owners and no modes, and a removed file can often be
/// recovered.
struct BootFolder {
  let path: String

  private static let errors = "devices.yaml.errors.txt"
  private static let accepted = "devices.yaml.accepted.txt"
  /// Files for people to read, which are no part of a configuration.
  private static let ours = [errors, accepted, "README.txt"]
  private static let mostFiles = 64
  static let mostBytes = 1 << 20

  /// The files that were put here, by name. Folders are left out, and so are hidden files, which some systems leave
  /// everywhere.
  func files() throws -> [String: [UInt8]] {
    let names = try directoryEntries(path).filter { !$0.hasPrefix(".") && !Self.ours.contains($0) }
    if names.contains("devices.yaml"), !isRegularFile(path + "/devices.yaml") {
      throw Refusal(text: "devices.yaml is not a file\n")
    }
    let files = names.filter { isRegularFile("\(path)/\($0)") }
    guard files.count <= Self.mostFiles else {
      throw Refusal(text: "there are \(files.count) files here; \(Self.mostFiles) are the most\n")
    }
    var found: [String: [UInt8]] = [:]
    for name in files {
      let bytes = try readOwnFile("\(path)/\(name)", limit: Self.mostBytes + 1)
      guard bytes.count <= Self.mostBytes else {
        throw Refusal(text: "\(printable(name)) is larger than \(Self.mostBytes) bytes\n")
      }
      found[name] = bytes
    }
    return found
  }

  /// Removes the files, `first` before all others: without it, the rest cannot be taken for a new configuration.
  func takeAway(_ files: [String: [UInt8]], first: String) throws(SystemError) {
    if files[first] != nil {
      try remove("\(path)/\(first)")
      try syncDirectory(path)
    }
    for (name, bytes) in files where name != first {
      try overwrite("\(path)/\(name)", count: bytes.count)
      try remove("\(path)/\(name)")
    }
    try syncDirectory(path)
  }

  func tell(refusal text: String) throws(SystemError) {
    try tell(text, in: Self.errors)
    try? remove("\(path)/\(Self.accepted)")
  }

  /// Removes the report of mistakes, once somebody has removed the faulty files.
  func forgetErrors() { try? remove("\(path)/\(Self.errors)") }

  func tell(acceptance text: String) throws(SystemError) {
    try tell(text, in: Self.accepted)
    try? remove("\(path)/\(Self.errors)")
    try syncDirectory(path)
  }

  /// Leaves a file that already says `text` alone, so that it is not written again at every boot.
  private func tell(_ text: String, in name: String) throws(SystemError) {
    let file = "\(path)/\(name)"
    let bytes = Array(text.utf8)
    if let told = try? readOwnFile(file, limit: bytes.count + 1), told == bytes { return }
    // Whatever else has this name, such as a link, is removed. A folder stays, and makes the write below fail.
    try? remove(file)
    try writeSynced(bytes, to: file, mode: 0o644)
    try syncDirectory(path)
  }

  /// Overwrites the file in place with zeros, because removing it leaves its bytes on the card, for any card reader to
  /// find. Copies that the card's own controller keeps are beyond reach.
  private func overwrite(_ file: String, count: Int) throws(SystemError) {
    let descriptor = open(file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { throw SystemError("open \(file)", code: errno) }
    defer { close(descriptor) }
    try writeAll([UInt8](repeating: 0, count: count), to: descriptor, file)
    try sync(descriptor, file)
  }
}
