import Foundation
import Testing

@testable import Configuration

/// Files that the daemon may not read, and files that others may read.
@Suite("Access") struct AccessTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func reason(credential name: String, in directory: String?) -> [String] {
    reasons(
      file(uplink: ["username: joe", "password: {credential: \(name)}"]),
      environment: directory.map { ["CREDENTIALS_DIRECTORY": $0] } ?? [:])
  }

  @Test(
    "A credential is what systemd took from the folder, or what a drop-in names",
    arguments: ["fieldpost_broker-password", "broker-password"])
  func credential(name: String) throws {
    _ = try folder.write(name, Array("hunter2\n".utf8), mode: 0o400)
    let settings = try load(
      file(uplink: ["username: joe", "password: {credential: broker-password}"]),
      environment: ["CREDENTIALS_DIRECTORY": folder.path])
    #expect(settings.uplink.credentials?.password?.revealed == "hunter2")
  }

  @Test("What was taken from the folder goes before a credential of the same name") func order() throws {
    _ = try folder.write("broker-password", Array("other".utf8))
    _ = try folder.write("fieldpost_broker-password", Array("hunter2".utf8))
    let settings = try load(
      file(uplink: ["username: joe", "password: {credential: broker-password}"]),
      environment: ["CREDENTIALS_DIRECTORY": folder.path])
    #expect(settings.uplink.credentials?.password?.revealed == "hunter2")
  }

  @Test("A credential that is not there: the message says where to put it") func missingCredential() {
    #expect(
      reason(credential: "broker-password", in: folder.path) == [
        "\(folder.path)/fieldpost_broker-password: No such file or directory; put it into /etc/fieldpost/credentials/broker-password, "
          + "and restart the daemon"
      ])
    #expect(
      reason(credential: "no-such-password", in: nil).first?.hasPrefix(
        "/etc/fieldpost/credentials/no-such-password: ") == true)
    #expect(
      reason(credential: "../broker-password", in: folder.path) == ["must be a file's name, without a folder"])
  }

  @Test("Who names a credential by its file is told its name") func byFile() {
    #expect(
      reasons(file(uplink: ["username: joe", "password: {file: /etc/fieldpost/credentials/no-such-password}"])) == [
        "write {credential: no-such-password}: /etc/fieldpost/credentials/no-such-password is for root alone"
      ])
  }

  private func mistakes(in path: String) -> ConfigurationError? {
    do throws(ConfigurationError) {
      _ = try ConfigurationLoader.load(path: path, environment: { _ in nil }, board: nil)
      return nil
    } catch {
      return error
    }
  }

  @Test("A secret in a file that everybody can read is known by now: the message says so, and whose file it is")
  func exposed() throws {
    let text = file(uplink: ["username: joe", "password: hunter2"])
    for (mode, problems) in [(0o644, 2), (0o640, 1), (0o600, 1)] {
      let path = try folder.write("devices.yaml", Array(text.utf8), mode: mode)
      let error = mistakes(in: path)
      #expect(error?.problems.count == problems, "mode \(String(mode, radix: 8))")
      #expect(error?.rendered(inColour: false).contains("hunter2") == false)
      if problems > 1 {
        #expect(
          error?.problems.last?.reason
            == "everybody can read this file, which belongs to \(NSUserName()): the secret in it is known; "
            + "take it out, and set a new one at the broker")
      }
    }
  }

  @Test("Other mistakes in a file that everybody can read are no matter of access") func notExposed() throws {
    let path = try folder.write("devices.yaml", Array(file(uplink: ["qos: 9"]).utf8), mode: 0o644)
    let error = mistakes(in: path)
    #expect(error?.problems.count == 1)
  }

  @Test("What may not be read or entered is told with the user and the command that mends it")
  func refused() throws {
    // Root may read everything: the words are tried without the files, those of the way in Tests/Packages/run.
    let (user, group) = (Access.userName(geteuid()), Access.groupName(getegid()))
    #expect(
      Access.refused("/etc/hostname", EACCES, name: "hostname")
        == "/etc/hostname: Permission denied: \(user) may not read it; "
        + "mend it with: chgrp \(group) /etc/hostname && chmod g+r /etc/hostname")
    #expect(Access.refused("/nowhere/x.pem", ENOENT, name: "x.pem") == "x.pem: No such file or directory")
    let kept = Access.refused("/etc/fieldpost/credentials/broker", EACCES, name: "broker")
    #expect(kept.hasSuffix("use sudo"))
    #expect(!kept.contains("chgrp"))
    // A unit's ProtectHome hides the homes: no command of ours would help.
    if geteuid() != 0 {
      #expect(
        Access.refused("/root/x.pem", EACCES, name: "x.pem")
          == "/root/x.pem: Permission denied: \(user) may not look into /root: put the file into /etc/fieldpost")
    }
    #expect(Access.userName(4_000_000_001) == "4000000001")
  }

  @Test("A file that cannot be read now is tried again; one that is missing, or closed to us, is a mistake")
  func passing() {
    for code in [EIO, EMFILE, ENFILE, ENOMEM] { #expect(LoadFailure(code, reason: "x").mayPass) }
    for code in [ENOENT, EACCES, EPERM, ELOOP, ENOTDIR, EISDIR] { #expect(!LoadFailure(code, reason: "x").mayPass) }
    let path = folder.path + "/devices.yaml"
    #expect(mistakes(in: path)?.mayPass == false)
    // A directory can be opened, and not read.
    #expect(mistakes(in: folder.path)?.mayPass == false)
  }

  @Test("Of another board's file neither secrets nor certificates are looked at, mistakes are")
  func elsewhere() throws {
    let lines = [
      "username: joe", "password: {credential: broker-password}",
      "tls: {ca: /etc/fieldpost/ca.pem, certificate: c.pem, key: c.key}",
    ]
    let text = file(uplink: lines).replacingOccurrences(of: "mqtt://", with: "mqtts://")
    let path = try folder.write("devices.yaml", Array(text.utf8))
    #expect(mistakes(in: path)?.problems.count == 4)
    let settings = try ConfigurationLoader.load(path: path, environment: { _ in nil }, board: nil, isElsewhere: true)
    #expect(settings.uplink.tls?.authorities == "/etc/fieldpost/ca.pem")
    let psk = file(uplink: ["tls: {psk: {identity: box, key: {file: /nowhere}}}"]).replacingOccurrences(
      of: "mqtt://", with: "mqtts://")
    let other = try folder.write("psk.yaml", Array(psk.utf8))
    _ = try ConfigurationLoader.load(path: other, environment: { _ in nil }, board: nil, isElsewhere: true)
  }

  @Test("Where things are is known of a file that is full of mistakes, and reads no secret")
  func places() throws {
    #expect(ConfiguredPaths(of: folder.path + "/nowhere") == nil)
    let broken = try folder.write("broken.yaml", Array("a: [".utf8))
    #expect(ConfiguredPaths(of: broken) == nil)
    let text = """
      uplink: {password: {credential: broker-password}, qos: 9}
      buffer: {directory: /data/spool, size: none}
      status: {socket: /run/other}
      log: {file: /data/log/fieldpost.log}
      """
    let places = try #require(ConfiguredPaths(of: try folder.write("devices.yaml", Array(text.utf8))))
    #expect(places.spool == "/data/spool")
    #expect(places.socket == "/run/other")
    #expect(places.logFile == "/data/log/fieldpost.log")
    let other = try folder.write("other.yaml", Array("buffer: off\nstatus:\nlog: []\n".utf8))
    let usual = try #require(ConfiguredPaths(of: other))
    #expect(usual.spool == "/var/lib/fieldpost/spool")
    #expect(usual.socket == "/run/fieldpost/status")
    #expect(usual.logFile == nil)
  }
}
