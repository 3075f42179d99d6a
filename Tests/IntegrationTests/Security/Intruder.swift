import Foundation

/// Another user of the machine, as the daemon's is one, who leads root astray where root looks at files of his.
struct Intruder {
  static let id: uid_t = 4_242
  /// A file that only root may see or change.
  static let treasure = "root-only-treasure"

  let workplace: Workplace
  /// His, as the folder of the log or the buffer is the daemon's user's.
  var folder: String { workplace.path("his") }
  /// Root's alone.
  var vault: String { workplace.path("vault") }

  init(_ workplace: Workplace) throws {
    self.workplace = workplace
    _ = chmod(workplace.directory, 0o755)
    for place in [folder, vault] {
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    }
    _ = (chown(folder, Self.id, Self.id), chmod(vault, 0o700))
    try workplace.write(Self.treasure + "\n", to: "vault/treasure")
    _ = chmod(vault + "/treasure", 0o600)
  }

  /// The things that can stand in the place of a file.
  enum Trap: String, CaseIterable, Sendable {
    case link, hardLink, danglingLink, fifo, device, folder, rootsFile
  }

  func set(_ trap: Trap, at path: String) throws {
    try? FileManager.default.removeItem(atPath: path)
    switch trap {
    case .link: symlink(vault + "/treasure", path)
    case .hardLink: link(vault + "/treasure", path)
    case .danglingLink: symlink(vault + "/new", path)
    case .fifo: mkfifo(path, 0o666)
    case .device: mknod(path, S_IFCHR | 0o666, 0x105)  // /dev/zero, which never ends
    case .folder: mkdir(path, 0o755)
    case .rootsFile:
      try Data((Self.treasure + "\n").utf8).write(to: URL(fileURLWithPath: path))
      chmod(path, 0o600)
    }
    // Only what he could have made is his.
    if [.link, .danglingLink, .fifo, .folder].contains(trap) { lchown(path, Self.id, Self.id) }
  }

  /// Whether root's own is as it was.
  var isVaultUntouched: Bool {
    (try? FileManager.default.contentsOfDirectory(atPath: vault)) == ["treasure"]
      && (try? String(contentsOfFile: vault + "/treasure", encoding: .utf8)) == Self.treasure + "\n"
  }
}

/// A program that has ended, and what it said.
struct Ended {
  let status: Int32?
  let text: String

  /// `fieldpost`. `folder`: where it runs.
  init(_ arguments: [String], in folder: String? = nil, environment: [String: String] = [:]) throws {
    try self.init(programs + "/fieldpost", arguments, in: folder, environment: environment)
  }

  init(
    _ program: String, _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:]
  ) throws {
    let place = folder.map { ["-C", $0] } ?? []
    let run = try Program("/usr/bin/env", place + [program] + arguments, environment: environment)
    status = run.exitStatus(within: .seconds(120))
    text = run.lines.joined(separator: "\n")
  }
}
