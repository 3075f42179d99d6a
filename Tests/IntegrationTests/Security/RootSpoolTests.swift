import Foundation
import Linux
import Telemetry
import Testing

@testable import Spool

/// `fieldpost spool` as root, in a buffer where the daemon's user has put something for root to fall into.
@Suite("Root changes nothing of root's for the daemon's user", .serialized, .enabled(if: geteuid() == 0))
struct RootSpoolTests {
  let workplace: Workplace
  let intruder: Intruder
  private var spool: String { workplace.path("spool") }

  init() throws {
    workplace = try Workplace()
    intruder = try Intruder(workplace)
    try fill(spool)
  }

  /// With more a second segment is begun.
  private static let records = 62

  /// A segment that is full, so that purging makes another one. Everything belongs to the daemon's user but for the folder,
  /// which is root's and open to that user's group.
  private func fill(_ place: String) throws {
    let now = Uptime(nanoseconds: 1)
    var ring = try Ring(
      opening: SegmentFiles(directory: place), options: SpoolOptions(), lossReporter: NoBooks(), now: now)
    for _ in 0..<Self.records { ring.append([UInt8](repeating: 7, count: 2_500), critical: true, now: now) }
    ring.close(now: now)
    #expect(!FileManager.default.fileExists(atPath: place + "/00000001.seg"))
    for name in try FileManager.default.contentsOfDirectory(atPath: place) {
      chown(place + "/" + name, Intruder.id, Intruder.id)
    }
    _ = (chown(place, 0, Intruder.id), chmod(place, 0o770))
  }

  private func purge(_ place: String, under tracer: [String] = []) throws -> Ended {
    try Ended("/usr/bin/env", tracer + [programs + "/fieldpost", "spool", "purge", "--yes", place])
  }

  private func owners(_ place: String) throws -> Set<uid_t> {
    Set(
      try FileManager.default.contentsOfDirectory(atPath: place).map { name in
        var status = stat()
        return lstat(place + "/" + name, &status) == 0 ? status.st_uid : 0
      })
  }

  @Test("What is planted for the next segment is neither followed nor written to", arguments: Intruder.Trap.allCases)
  func segment(_ trap: Intruder.Trap) throws {
    try intruder.set(trap, at: spool + "/segment.new")
    let run = try purge(spool)
    #expect(intruder.isVaultUntouched, "\(trap): \(run.text)")
    // A folder cannot be replaced, and is told; the others give way.
    #expect(trap == .folder ? run.status == 2 : run.status == 0, "\(trap): \(run.text)")
    if trap != .folder { #expect(run.text.contains("\(Self.records) records given up"), "\(run.text)") }
  }

  @Test("What is planted for the lock is not followed", arguments: Intruder.Trap.allCases)
  func lock(_ trap: Intruder.Trap) throws {
    try intruder.set(trap, at: spool + "/lock")
    let run = try purge(spool)
    #expect(intruder.isVaultUntouched, "\(trap): \(run.text)")
    #expect([0, 2].contains(run.status), "\(trap): \(run.text)")
  }

  @Test("What root makes belongs to the daemon's user, and root's groups are given up with root")
  func owner() throws {
    unlink(spool + "/lock")
    let trace = workplace.path("trace")
    let run = try purge(
      spool, under: ["strace", "-f", "-qq", "-o", trace, "-e", "trace=setgroups,setuid,setgid,setresuid"])
    #expect(run.status == 0, "\(run.text)")
    #expect(run.text.contains("\(Self.records) records given up"), "\(run.text)")
    #expect(try owners(spool) == [Intruder.id])
    #expect(try FileManager.default.contentsOfDirectory(atPath: spool).contains("00000001.seg"))
    let calls = try String(contentsOfFile: trace, encoding: .utf8)
    #expect(calls.contains("setgroups(1, [\(Intruder.id)]"), "\(calls)")
  }

  @Test("A buffer that is reached through a link of another user is left alone")
  func way() throws {
    let roots = workplace.path("vault/spool")
    try fill(roots)
    for name in try FileManager.default.contentsOfDirectory(atPath: roots) { chown(roots + "/" + name, 0, 0) }
    _ = (chown(roots, 0, 0), chmod(roots, 0o755))
    let before = try FileManager.default.contentsOfDirectory(atPath: roots).sorted()
    symlink(roots, intruder.folder + "/spool")
    lchown(intruder.folder + "/spool", Intruder.id, Intruder.id)
    for place in [intruder.folder + "/spool", intruder.folder + "/spool/", intruder.folder + "/spool/../spool"] {
      let run = try purge(place)
      #expect(run.status == 2, "\(place): \(run.text)")
      #expect(run.text.contains("Nothing was changed"), "\(place): \(run.text)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: roots).sorted() == before)
    // By its own name it is root's to purge.
    #expect(try purge(roots).status == 0)
  }

  @Test("A segment with a second name, or of another owner than the others, is left alone")
  func strangers() throws {
    link(spool + "/00000000.seg", intruder.vault + "/backup")
    var run = try purge(spool)
    #expect(run.status == 2, "\(run.text)")
    #expect(run.text.contains("another name too"), "\(run.text)")
    unlink(intruder.vault + "/backup")
    try Data(count: 262_144).write(to: URL(fileURLWithPath: spool + "/00000001.seg"))
    run = try purge(spool)
    #expect(run.status == 2, "\(run.text)")
    #expect(run.text.contains("00000001.seg belongs to user 0"), "\(run.text)")
    #expect(try Ended(["spool", "status", spool]).text.contains("62"))
  }

  @Test("A buffer of another user that has no segments any more is left alone: nothing says whose it is")
  func emptied() throws {
    let terminal = try TerminalScreen(workplace, "'\(programs)/fieldpost' spool purge '\(spool)'", columns: 200)
    #expect(terminal.shows("Type yes"), "\(terminal.lines)")
    for name in try FileManager.default.contentsOfDirectory(atPath: spool) { unlink(spool + "/" + name) }
    terminal.type("yes")
    terminal.press("Enter")
    #expect(terminal.exitStatus == 2)
    #expect(terminal.shows("find a segment in", "Nothing was changed"), "\(terminal.lines)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: spool).isEmpty)
  }

  @Test("Looking waits for nothing and follows nothing", arguments: Intruder.Trap.allCases)
  func looking(_ trap: Intruder.Trap) throws {
    for name in ["lock", "00000001.seg", "segment.new"] { try intruder.set(trap, at: spool + "/" + name) }
    for command in ["status", "verify", "dump", "export"] {
      let run = try Ended(["spool", command, spool])
      #expect(run.status == 0 || run.status == 1, "\(command): \(run.text)")
      #expect(!run.text.contains(Intruder.treasure))
    }
    #expect(intruder.isVaultUntouched)
  }

  @Test("An export is for its caller alone, and writes to nothing that is planted", arguments: Intruder.Trap.allCases)
  func export(_ trap: Intruder.Trap) throws {
    let place = intruder.folder + "/readings.csv"
    for options in [[], ["--force"]] {
      try intruder.set(trap, at: place)
      let run = try Ended(["spool", "export", "--csv", "--output", place, spool] + options)
      #expect(intruder.isVaultUntouched, "\(trap) \(options): \(run.text)")
      if options.isEmpty { #expect(run.status == 2, "\(trap): \(run.text)") }
    }
    let fresh = workplace.path("fresh.csv")
    #expect(try Ended(["spool", "export", "--csv", "--output", fresh, spool]).status == 1)
    var status = stat()
    #expect(stat(fresh, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
  }
}
