import Glibc
import Messages
import Testing
import Uplink

@testable import MQTT

@Suite("Results of the system and the library")
struct SocketTests {
  @Test("A silence of any length is a limit, up to what the kernel can count")
  func silence() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    for (silence, expected) in [(Duration.seconds(8), Int32(8_000)), (.seconds(90 * 86_400), .max)] {
      try Socket.limitSilence(descriptor, silence)
      var (milliseconds, size) = (Int32(0), socklen_t(4))
      getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, &size)
      #expect(milliseconds == expected)
    }
  }

  @Test("A limit that the kernel refuses fails the attempt")
  func refusedLimit() {
    #expect(throws: MosquittoFailure.library(operation: "TCP_USER_TIMEOUT", code: 14, detail: "Bad file descriptor")) {
      try Socket.limitSilence(-1, .seconds(8))
    }
  }

  @Test("A message with a property that the library refuses is set aside, and one with good properties is not")
  func properties() {
    var message = Message(to: .events, payload: [])
    (message.expiry, message.contentType) = (.seconds(60), "application/json")
    message.headers = [.init("fleet", "north")]
    message.correlation = [1, 2]
    #expect(Reasons.unfit(properties: PropertyList(message).code) == nil)
    // Control characters are not text for MQTT (MQTT 5.0, 1.5.4).
    var (wrongType, wrongName) = (message, message)
    wrongType.contentType = "a\u{1}b"
    wrongName.headers = [.init("a\u{1}b", "north"), .init("site", "3")]
    for wrong in [wrongType, wrongName] {
      guard case .refused(let refusal)? = Reasons.unfit(properties: PropertyList(wrong).code) else {
        Issue.record("\(wrong) is sent")
        continue
      }
      #expect(refusal.kind == .never)
    }
  }

  @Test(
    "The library takes the properties of a CONNECT before it looks at the port", arguments: [nil, 65_536] as [UInt32?])
  func connectProperties(_ size: UInt32?) throws {
    var request = LinkRequest(options: .test(), broker: .init(host: "127.0.0.1", port: 1))
    (request.largestPacket, request.sessionExpiry) = (size, size)
    try MosquittoHandle(request, .publisher).setProperties(of: request, host: "127.0.0.1")
  }
}
