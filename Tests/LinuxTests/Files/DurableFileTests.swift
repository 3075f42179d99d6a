import Foundation
import Testing

@testable import Linux

@Suite("Steps on files that survive a power cut")
struct DurableFileTests {
  @Test("The folder around a path is what dirname says")
  func parents() {
    let paths = [
      "/a/b": "/a", "/a": "/", "/": "/", "a/b/c": "a/b", "a": ".", ".": ".", "": ".", "../a": "..", "/a/b/": "/a",
      "a/": ".", "//a//b": "/a",
    ]
    for (path, folder) in paths { #expect(parent(of: path) == folder, "\(path)") }
  }

  @Test("What takes only a part is given the rest, from where it ended, and is asked again after a signal")
  func shortWrites() throws {
    let bytes = (0..<100).map { UInt8($0) }
    var (taken, calls): ([UInt8], Int) = ([], 0)
    try writeAll(bytes, "write x") { rest, done in
      calls += 1
      guard calls % 3 != 0 else {
        errno = EINTR
        return -1
      }
      #expect(done == taken.count && rest.count == 100 - done)
      taken += rest.prefix(7)
      return min(7, rest.count)
    }
    #expect(taken == bytes)
  }

  @Test("A write that takes no byte is a disk without room, not one to be asked for ever")
  func nothingTaken() {
    #expect(throws: SystemError("write x", code: ENOSPC)) {
      try writeAll([1, 2, 3], "write x") { rest, done in done == 0 ? 1 : 0 }
    }
  }

  @Test("A failing write ends with its errno, and nothing more is tried")
  func failing() {
    var calls = 0
    #expect(throws: SystemError("write x", code: EIO)) {
      try writeAll([1, 2, 3], "write x") { _, _ in
        calls += 1
        errno = EIO
        return -1
      }
    }
    #expect(calls == 1)
  }

  @Test("A full disk is named with its file")
  func full() throws {
    let file = open("/dev/full", O_WRONLY | O_CLOEXEC)
    try #require(file >= 0)
    defer { close(file) }
    #expect(throws: SystemError("write /dev/full", code: ENOSPC)) { try writeAll([1], to: file, "/dev/full") }
    #expect(throws: SystemError("write /dev/full", code: ENOSPC)) { try writeAtOnce([1], to: file, "/dev/full") }
  }

  @Test("Of one call a part is too little: there is no room for the rest, and no second call")
  func onePart() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    // A pipe that does not block takes what it has room for, which is 64 KiB.
    try #require(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
    let tooMany = [UInt8](repeating: 1, count: 1 << 20)
    #expect(throws: SystemError("write pipe", code: ENOSPC)) { try writeAtOnce(tooMany, to: ends[1], "pipe") }
    #expect(throws: SystemError("write pipe", code: EAGAIN)) { try writeAll(tooMany, to: ends[1], "pipe") }
  }

  @Test("A folder that is not there, or is a file, cannot be synced")
  func noFolder() {
    #expect(throws: SystemError("open /nowhere/at/all", code: ENOENT)) { try syncDirectory("/nowhere/at/all") }
    #expect(throws: SystemError("open /etc/passwd", code: ENOTDIR)) { try syncDirectory("/etc/passwd") }
    #expect(throws: Never.self) { try syncDirectory("/tmp") }
  }
}

@Suite("Files that are put into an open folder")
struct OpenFolderTests {
  private let path = NSTemporaryDirectory() + "fieldpost-put-" + UUID().uuidString
  private let folder: OpenFolder

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    try #require(descriptor >= 0)
    folder = OpenFolder(descriptor: descriptor, path: path)
  }

  private func clean() {
    close(folder.descriptor)
    try? FileManager.default.removeItem(atPath: path)
  }

  private var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

  private func put(_ bytes: [UInt8], as name: String = "note") throws(SystemError) {
    let file = try folder.put(name, draft: "draft") { file, path throws(SystemError) in
      try writeAll(bytes, to: file, path)
    }
    close(file)
  }

  @Test("The content is the last one, only its owner may read it, and no draft is left")
  func replaces() throws {
    defer { clean() }
    for bytes: [UInt8] in [[1, 2, 3], [], Array(repeating: 5, count: 100_000), [9]] {
      try put(bytes)
      #expect(try readFile(path + "/note", limit: 200_000) == bytes)
    }
    let attributes = try FileManager.default.attributesOfItem(atPath: path + "/note")
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(try names == ["note"])
    #expect(throws: Never.self) { try folder.sync() }
  }

  @Test("The descriptor is of the file that has the name now, for reading too")
  func descriptor() throws {
    defer { clean() }
    let file = try folder.put("note", draft: "draft") { file, path throws(SystemError) in
      try writeAll([1, 2], to: file, path)
    }
    defer { close(file) }
    lseek(file, 0, SEEK_SET)
    #expect(try readAll(file, "note", limit: 9) == [1, 2])
  }

  @Test("When the content cannot be written, the old file stays, and the draft goes")
  func failing() throws {
    defer { clean() }
    try put([7])
    #expect(throws: SystemError("write \(path)/draft", code: ENOSPC)) {
      try folder.put("note", draft: "draft") { file, path throws(SystemError) in
        try writeAll([1], to: file, path)
        throw SystemError("write \(path)", code: ENOSPC)
      }
    }
    #expect(try readFile(path + "/note", limit: 9) == [7])
    #expect(try names == ["note"])
  }

  @Test("What cannot be replaced stays as it is, and the draft goes")
  func obstacle() throws {
    defer { clean() }
    try FileManager.default.createDirectory(atPath: path + "/note", withIntermediateDirectories: false)
    #expect(throws: SystemError("rename \(path)/draft to \(path)/note", code: EISDIR)) { try put([1]) }
    #expect(try names == ["note"])
  }

  @Test("Somebody's link in place of the draft is removed, and not followed")
  func link() throws {
    defer { clean() }
    try Data([7]).write(to: URL(fileURLWithPath: path + "/target"))
    try FileManager.default.createSymbolicLink(atPath: path + "/draft", withDestinationPath: path + "/target")
    try put([1])
    #expect(try readFile(path + "/target", limit: 9) == [7])
    #expect(try readFile(path + "/note", limit: 9) == [1])
    #expect(try names == ["note", "target"])
  }

  @Test("A folder that was renamed is still the one that gets the file")
  func renamed() throws {
    defer { clean() }
    let aside = path + "-aside"
    defer { try? FileManager.default.removeItem(atPath: aside) }
    try #require(rename(path, aside) == 0)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try put([1])
    #expect(try names == [])
    #expect(try readFile(aside + "/note", limit: 9) == [1])
  }
}
