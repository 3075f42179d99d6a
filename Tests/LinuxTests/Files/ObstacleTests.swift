import Foundation
import Testing

@testable import Linux
@testable import Spool

/// Why the buffer, a log file or the metrics cannot be written, in words that say what to mend.
@Suite("Words for what cannot be used") struct ObstacleTests {
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.path + "/fieldpost-obstacle-\(UUID().uuidString)"
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private let folder: Folder

  init() throws { folder = try Folder() }

  private func path(_ name: String) -> String { folder.path + "/" + name }

  private func file(_ name: String) throws -> String {
    try Data("x".utf8).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  private func link(_ name: String, to target: String) throws -> String {
    try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    return path(name)
  }

  /// What a buffer there says.
  private func buffer(_ directory: String) -> String {
    do throws(StorageError) {
      _ = try SegmentFiles(directory: directory).segments()
      return "works"
    } catch {
      return "\(error)"
    }
  }

  @Test("A buffer that is a link to nothing, or beyond one: the link and its target") func dangling() throws {
    let link = try link("buffer", to: "/mnt/no-such-disk")
    for directory in [link, link + "/spool", link + "/a/b/spool"] {
      let words = "make directory \(directory): \(link) is a link to /mnt/no-such-disk, which is not there"
      #expect(buffer(directory).hasPrefix("make directory "))
      #expect(
        buffer(directory).hasSuffix(words.split(separator: ": ").last.map(String.init) ?? ""), "\(buffer(directory))")
    }
  }

  @Test("A buffer that is a file, or below one: it is no directory") func noDirectory() throws {
    let file = try file("buffer")
    for directory in [file, file + "/spool"] {
      #expect(buffer(directory) == "make directory \(directory): \(file) is no directory")
    }
  }

  @Test("A link that leads in a circle") func circle() throws {
    let link = try link("a", to: path("b"))
    _ = try self.link("b", to: path("a"))
    #expect(buffer(link + "/spool").hasSuffix("\(link) is a link that leads in a circle"))
  }

  @Test("A buffer that works is no matter of words, through a good link too") func fine() throws {
    #expect(buffer(path("a/b/spool")) == "works")
    try FileManager.default.createDirectory(atPath: path("disk"), withIntermediateDirectories: false)
    #expect(buffer(try link("to-disk", to: path("disk")) + "/spool") == "works")
  }

  private func written(_ path: String) -> [String] {
    var words: [String] = []
    do throws(SystemError) {
      try LineFile(path: path, limit: 1 << 20, keep: 1, mode: 0o600).append(Array("x\n".utf8))
    } catch { words.append("\(error)") }
    do throws(SystemError) { try replaceVolatileFile(path, with: []) } catch { words.append("\(error)") }
    return words
  }

  @Test("A log file or metrics in a folder that is missing, a file, or a dangling link") func files() throws {
    let missing = path("no/such/folder")
    let user = accountName(geteuid(), in: "/etc/passwd")
    for words in written(missing + "/file") {
      #expect(
        words.hasSuffix("there is no folder \(missing): mkdir -p \(missing) && chown \(user): \(missing)"), "\(words)")
    }
    let file = try file("file")
    for words in written(file + "/file") { #expect(words.hasSuffix(": \(file) is no directory"), "\(words)") }
    let link = try link("link", to: "/nowhere")
    for words in written(link + "/file") {
      #expect(words.hasSuffix(": \(link) is a link to /nowhere, which is not there"), "\(words)")
    }
    #expect(written(missing + "/file").count == 2)
    #expect(written(file + "/file").count == 2)
  }

  @Test("A directory in a log file's place") func directory() throws {
    try FileManager.default.createDirectory(atPath: path("log"), withIntermediateDirectories: false)
    #expect(written(path("log")).first == "open \(path("log")): \(path("log")) is a directory, not a file")
  }

  @Test("Another user's: whose it is, who the daemon is, and the command that mends it")
  func others() {
    func possession(_ path: String, mode: String = "0700") -> Obstacle.Possession {
      Obstacle.Possession(path: path, owner: "root", mode: mode, user: "fieldpost")
    }
    let whose = "belongs to root (mode 0700), and the daemon runs as fieldpost"
    let spool = "/var/lib/fieldpost/spool"
    let cases: [(Obstacle, String)] = [
      (.othersDirectory(possession(spool), wanted: spool), "\(spool) \(whose): chown -R fieldpost: \(spool)"),
      (
        .othersDirectory(possession("/var/lib", mode: "0755"), wanted: "/var/lib/x"),
        "/var/lib belongs to root (mode 0755), and the daemon runs as fieldpost: as root: install -d -o fieldpost /var/lib/x"
      ),
      (
        .othersDirectory(possession("/srv/data/cold"), wanted: "/srv/data/cold/spool"),
        "/srv/data/cold \(whose): as root: chmod o+x /srv/data/cold && install -d -o fieldpost /srv/data/cold/spool"
      ),
      (
        .othersFolder(possession("/srv/www/metrics")),
        "/srv/www/metrics \(whose): chgrp fieldpost /srv/www/metrics && chmod g+wx /srv/www/metrics"
      ),
      (
        .othersFolder(possession("/var/log")),
        "/var/log \(whose): choose a folder that is the daemon's own, such as "
          + "/var/log/fieldpost"
      ),
      (.othersFile(possession("/srv/log/x")), "/srv/log/x \(whose): chown fieldpost: /srv/log/x"),
    ]
    for (obstacle, words) in cases { #expect("\(obstacle)" == words) }
  }
}
