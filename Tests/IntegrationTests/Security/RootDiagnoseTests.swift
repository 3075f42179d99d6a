import Foundation
import Testing

/// The archive is made by root, sent by mail, and holds a log that lies in a folder of the daemon's user.
@Suite("Root packs nothing of root's for the daemon's user", .serialized, .enabled(if: geteuid() == 0))
struct RootDiagnoseTests {
  let workplace: Workplace
  let intruder: Intruder

  init() throws {
    workplace = try Workplace()
    intruder = try Intruder(workplace)
  }

  private var log: String { intruder.folder + "/fieldpost.log" }

  private func configuration(log: String) throws -> String {
    try workplace.write(
      Daemon.configuration(workplace, broker: "mqtt://127.0.0.1", sensors: Daemon.twoSensors)
        + "\nlog: {file: \(log)}\n", to: "devices.yaml")
  }

  private func diagnose(_ output: String, log: String) throws -> Ended {
    try Ended(
      ["diagnose", "--config", try configuration(log: log), "--output=\(output)"], in: workplace.directory)
  }

  private func content(_ archive: String) throws -> String {
    try Ended("/usr/bin/tar", ["-xzOf", "./" + archive, "--force-local"], in: workplace.directory).text
  }

  @Test("A log that is a trap is named and not read", arguments: Intruder.Trap.allCases)
  func trap(_ trap: Intruder.Trap) throws {
    try intruder.set(trap, at: log)
    try intruder.set(trap, at: log + ".1")
    let run = try diagnose("a.tar.gz", log: log)
    #expect(run.status == 0, "\(run.text)")
    let text = try content("a.tar.gz")
    #expect(text.contains("driver: tmp102"))
    #expect(!text.contains(Intruder.treasure), "\(trap)")
    #expect(text.contains(log), "the reason names the file")
    #expect(intruder.isVaultUntouched)
  }

  @Test("A folder on the way that is a link of the daemon's user is not followed")
  func way() throws {
    symlink(intruder.vault, intruder.folder + "/sub")
    #expect(try diagnose("a.tar.gz", log: intruder.folder + "/sub/treasure").status == 0)
    #expect(try !content("a.tar.gz").contains(Intruder.treasure))
  }

  @Test("Where everybody can make names, as in /tmp, neither a second name of a file is read nor root's own file")
  func sticky() throws {
    let folder = workplace.path("everybody")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    chmod(folder, 0o1777)
    for trap in [Intruder.Trap.hardLink, .rootsFile] {
      try intruder.set(trap, at: folder + "/log")
      try? FileManager.default.removeItem(atPath: workplace.path("a.tar.gz"))
      #expect(try diagnose("a.tar.gz", log: folder + "/log").status == 0)
      let text = try content("a.tar.gz")
      #expect(text.contains("root does not use it"), "\(trap)")
      #expect(!text.contains(Intruder.treasure), "\(trap)")
    }
    let his = try workplace.write("the daemon said so\n", to: "everybody/his.log")
    _ = chown(his, Intruder.id, Intruder.id)
    #expect(try diagnose("b.tar.gz", log: his).status == 0)
    #expect(try content("b.tar.gz").contains("the daemon said so"))
  }

  @Test("A log of the daemon's user is in it, also behind a link of root's")
  func right() throws {
    try workplace.write("the daemon said so\n", to: "his/fieldpost.log")
    _ = chown(log, Intruder.id, Intruder.id)
    symlink(intruder.folder, workplace.path("link"))
    for place in [log, workplace.path("link/fieldpost.log")] {
      try? FileManager.default.removeItem(atPath: workplace.path("a.tar.gz"))
      #expect(try diagnose("a.tar.gz", log: place).status == 0)
      #expect(try content("a.tar.gz").contains("the daemon said so"))
    }
  }

  @Test("Only who called may read the archive, and sudo's caller gets it")
  func mode() throws {
    var status = stat()
    #expect(try diagnose("a.tar.gz", log: log).status == 0)
    #expect(stat(workplace.path("a.tar.gz"), &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(status.st_uid == 0)
    let sudo = try Ended(
      ["diagnose", "--config", try configuration(log: log), "--output", workplace.path("b.tar.gz")],
      environment: ["SUDO_UID": "4243", "SUDO_GID": "4244"])
    #expect(sudo.status == 0)
    #expect(stat(workplace.path("b.tar.gz"), &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(status.st_uid == 4_243)
    #expect(status.st_gid == 4_244)
  }

  @Test("Whatever has the archive's name already stays as it is", arguments: Intruder.Trap.allCases)
  func planted(_ trap: Intruder.Trap) throws {
    let place = intruder.folder + "/a.tar.gz"
    try intruder.set(trap, at: place)
    let run = try Ended(["diagnose", "--config", try configuration(log: log), "--output", place])
    #expect(run.status != 0, "\(run.text)")
    #expect(run.text.contains("cannot be written"), "\(run.text)")
    #expect(intruder.isVaultUntouched)
  }

  @Test(
    "A name is a name: not another computer's, and not an option",
    arguments: ["d-10:00.tar.gz", "-x.tar.gz", "a b;c.tar.gz"])
  func name(_ name: String) throws {
    let run = try diagnose(name, log: log)
    #expect(run.status == 0, "\(run.text)")
    #expect(try content(name).contains("driver: tmp102"))
  }
}
