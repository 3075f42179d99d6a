import Testing

@testable import MQTT

@Suite("What answers in place of a broker")
struct StrangerTests {
  private func words(_ text: String, usesTLS: Bool = false) -> String? {
    Stranger.words(for: Array(text.utf8), usesTLS: usesTLS)
  }

  @Test("A broker is none", arguments: [[0x20, 2, 0, 0], [0x20], [0xE0, 2, 0x8B, 0], [0xF0], []] as [[UInt8]])
  func broker(_ bytes: [UInt8]) { #expect(Stranger.words(for: bytes, usesTLS: false) == nil) }

  @Test(
    "Neither is one that speaks TLS, when that is what we speak", arguments: [[0x16, 3, 3], [0x15, 3], [0x16], []])
  func encrypted(_ bytes: [UInt8]) { #expect(Stranger.words(for: bytes, usesTLS: true) == nil) }

  @Test("Each is named by how it begins, and what it says cannot steer a terminal")
  func names() {
    #expect(words("HTTP/1.1 200 OK\r\nServer: x")?.hasSuffix("(captive portal): \"HTTP/1.1 200 OK\"") == true)
    #expect(words("SSH-2.0-x\r\n") == "it is an SSH server: \"SSH-2.0-x\"")
    #expect(words("\u{1B}[2J\u{7}hi there") == "it sent \"?[2J?hi there\"; is this the broker's port?")
    #expect(words("HTTP/1.1 400", usesTLS: true)?.contains("web server") == true)
    #expect(Stranger.words(for: [0x20, 2, 0, 0], usesTLS: true)?.contains("a port for mqtt://") == true)
    #expect(Stranger.words(for: [0x15, 3, 1, 0, 2, 2, 70], usesTLS: false)?.contains("mqtts://") == true)
  }
}
