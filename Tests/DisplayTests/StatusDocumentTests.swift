import Testing

@testable import Display

@Suite struct StatusDocumentTests {
  @Test("A newer document is refused in words, and so is what is no document")
  func refused() {
    func failure(_ text: String) -> StatusDocumentError? {
      do throws(StatusDocumentError) {
        _ = try StatusDocument.parse(Array(text.utf8))
        return nil
      } catch {
        return error
      }
    }
    #expect(failure(#"{"status":2}"#) == .newer(version: 2))
    #expect(failure(#"{"status":1}"#)?.description.contains("is missing") == true)
    #expect(failure("") == .malformed("it is empty"))
    #expect(failure(String(Story.healthy.dropLast(5))) == .malformed("it is not JSON, or cut off"))
    #expect(failure("SSH-2.0-OpenSSH\r\n") == .malformed("it is not JSON, or cut off"))
  }

  @Test("Keys that this program does not know are left out")
  func newKeys() throws {
    let text = Story.healthy.replacingOccurrences("\"pid\":", "\"colour\":[{\"a\":1}],\"pid\":")
    #expect(try StatusDocument.parse(Array(text.utf8)).pid == 4711)
  }
}

extension String {
  /// Without Foundation.
  fileprivate func replacingOccurrences(_ part: String, _ other: String) -> String {
    split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
  }
}
