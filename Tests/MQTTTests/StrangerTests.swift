import Testing

@testable import MQTT

@Suite("What answers in place of a broker")
struct StrangerTests {
  private func words(_ text: String) -> String? { Stranger.words(for: Array(text.utf8)) }

  @Test("A broker is none", arguments: [[0x20, 2, 0, 0], [0x20], [0xE0, 2, 0x8B, 0], [0xF0], []] as [[UInt8]])
  func broker(_ bytes: [UInt8]) { #expect(Stranger.words(for: bytes) == nil) }

  @Test("Each is named by how it begins, and what it says cannot steer a terminal")
  func names() {
    #expect(words("HTTP/1.1 200 OK\r\nServer: x")?.hasSuffix("(captive portal): \"HTTP/1.1 200 OK\"") == true)
    #expect(words("SSH-2.0-x\r\n") == "it is an SSH server: \"SSH-2.0-x\"")
    #expect(words("\u{1B}[2J\u{7}hi there") == "it sent \"?[2J?hi there\"; is this the broker's port?")
    #expect(Stranger.words(for: [0x15, 3, 1, 0, 2, 2, 70])?.contains("mqtts://") == true)
  }
}
