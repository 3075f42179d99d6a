import Foundation
import Testing

/// A directory to put before `/dev` and `/sys`. It goes away with this object.
final class FakeRoot {
  let path: String

  init() throws {
    let made = FileManager.default.temporaryDirectory.appendingPathComponent("root-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: made, withIntermediateDirectories: true)
    // Without links on the way, as the kernel tells paths.
    path = URL(fileURLWithPath: made).resolvingSymlinksInPath().path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], to file: String) throws {
    try makeDirectory((file as NSString).deletingLastPathComponent)
    try #require(FileManager.default.createFile(atPath: path + file, contents: Data(bytes)))
  }

  func write(_ text: String, to file: String) throws { try write(Array(text.utf8), to: file) }

  func makeDirectory(_ directory: String) throws {
    try FileManager.default.createDirectory(atPath: path + directory, withIntermediateDirectories: true)
  }

  /// `target` is taken as it is: relative, as in the real sysfs, or absolute.
  func link(_ link: String, to target: String) throws {
    try makeDirectory((link as NSString).deletingLastPathComponent)
    try FileManager.default.createSymbolicLink(atPath: path + link, withDestinationPath: target)
  }

  func setMode(_ mode: Int, of file: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path + file)
  }

  /// How many descriptors of this process are open on `file`.
  func descriptors(on file: String) throws -> Int {
    let directory = "/proc/self/fd"
    return try FileManager.default.contentsOfDirectory(atPath: directory).count {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\($0)")) == path + file
    }
  }
}

/// Root may do everything, so that nothing is ever denied to it.
let mayBeDenied = geteuid() != 0

/// Counts how often files are opened, by the kernel's word.
final class OpenCounter {
  private let descriptor: Int32

  init(_ path: String) throws {
    descriptor = inotify_init1(Int32(O_NONBLOCK))
    // Closing is watched too: two equal events in a row would be merged into one.
    try #require(inotify_add_watch(descriptor, path, UInt32(IN_OPEN) | UInt32(IN_CLOSE_NOWRITE)) >= 0)
  }

  deinit { close(descriptor) }

  /// Since the last call.
  func opens() -> Int {
    var count = 0
    var event = inotify_event()
    while read(descriptor, &event, MemoryLayout<inotify_event>.size) > 0 {
      if event.mask & UInt32(IN_OPEN) != 0 { count += 1 }
    }
    return count
  }
}
