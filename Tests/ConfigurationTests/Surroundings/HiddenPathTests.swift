import Foundation
import Testing

@testable import Configuration

/// Paths that the packaged unit hides from the daemon.
@Suite("Hidden paths") struct HiddenPathTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(
    "A file in a folder that the unit hides is told, with the folder and with what to do",
    arguments: [
      ("/tmp/boiler", "the service has a /tmp of its own; write to /run/… in its place"),
      ("//tmp/./boiler", "the service has a /tmp of its own; write to /run/… in its place"),
      ("/srv/../tmp/boiler", "the service has a /tmp of its own; write to /run/… in its place"),
      ("/var/tmp/a/b", "the service has a /var/tmp of its own; write to /run/… in its place"),
      ("/home/pi/boiler", "the service does not see /home; write to /run/… in its place"),
      ("/root/boiler", "the service does not see /root; write to /run/… in its place"),
      ("/run/user/1000/boiler", "the service does not see /run/user; write to /run/… in its place"),
      ("/var/run/user/1000/boiler", "the service does not see /run/user; write to /run/… in its place"),
    ])
  func values(path: String, advice: String) {
    #expect(HiddenPath(path, for: .value)?.advice == advice)
  }

  @Test(
    "Files that the unit leaves alone are not told",
    arguments: ["/run/boiler", "/tmpfs/boiler", "/homes/x", "/sys/class/hwmon", "/srv/tmp/x", "boiler", "tmp/x", "/"])
  func visible(path: String) {
    #expect(HiddenPath(path, for: .value) == nil)
    #expect(HiddenPath(path, for: .setting) == nil)
  }

  @Test("A file that a link leads to is hidden, however visible the link is") func links() {
    #expect(HiddenPath("/srv/boiler", for: .value, resolved: "/srv/boiler") == nil)
    #expect(
      HiddenPath("/srv/boiler", for: .value, resolved: "/home/pi/boiler")?.advice
        == "the service does not see /home; write to /run/… in its place")
  }

  @Test("Links are followed to what is hidden, of folders and of files, also if nothing is there")
  func followed() throws {
    let link = folder.path + "/link"
    let chain = folder.path + "/chain"
    #expect(symlink("/home/nobody-here/data", link) == 0)
    #expect(symlink("link", chain) == 0)
    #expect(resolvedPath(chain + "/../boiler") == "/home/nobody-here/boiler")
    #expect(resolvedPath(chain + "/boiler") == "/home/nobody-here/data/boiler")
    let circle = folder.path + "/circle"
    #expect(symlink("circle", circle) == 0)
    #expect(resolvedPath(circle) == nil)
    #expect(resolvedPath("relative") == nil)
  }

  @Test("A certificate belongs to the configuration's folder") func settings() {
    #expect(
      HiddenPath("/home/pi/ca.pem", for: .setting)?.advice
        == "the service does not see /home; put it into /etc/fieldpost")
  }

  @Test("What the daemon writes may lie in the unit's own folders, and elsewhere only with a drop-in") func outputs() {
    for path in ["/var/lib/fieldpost/spool", "/var/log/fieldpost/log", "/run/fieldpost/status", "/dev/shm/fieldpost"] {
      #expect(HiddenPath(path, for: .output) == nil, "\(path)")
    }
    let own = "below /var/lib/fieldpost, /var/log/fieldpost"
    #expect(
      HiddenPath("/tmp/log", for: .output)?.advice
        == "the service has a /tmp of its own; choose a folder \(own) or /run/fieldpost")
    #expect(
      HiddenPath("/data/spool/", for: .output)?.advice
        == "the service may write only \(own) and /run/fieldpost; for another folder add ReadWritePaths=/data "
        + "with: systemctl edit fieldpost")
    #expect(HiddenPath("/x", for: .output)?.advice.contains("ReadWritePaths=/ ") == true)
  }
}
