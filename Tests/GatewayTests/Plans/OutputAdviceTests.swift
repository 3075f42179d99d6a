import Glibc
import Testing

@testable import Gateway

/// The advice that a line of the log gives where the unit may be why a file cannot be written.
@Suite("Files that the unit does not let the daemon write") struct OutputAdviceTests {
  @Test("A read-only file system outside of the unit's folders, and a folder that is missing in /tmp or /home")
  func told() {
    #expect(
      OutputAdvice.text("/data/spool", code: EROFS).contains("ReadWritePaths=/data with: systemctl edit fieldpost"))
    #expect(OutputAdvice.text("/home/pi/log/x", code: ENOENT).contains("the service does not see /home"))
    #expect(OutputAdvice.text("/tmp/log/x", code: ENOENT).contains("the service has a /tmp of its own"))
  }

  @Test("A failure that has nothing to do with the unit says nothing of it", arguments: [ENOENT, EIO, ENOSPC, ESTALE])
  func notTold(code: Int32) {
    #expect(OutputAdvice.text("/data/spool", code: code) == "")
    #expect(OutputAdvice.text("/var/lib/fieldpost/spool", code: code) == "")
  }
}
