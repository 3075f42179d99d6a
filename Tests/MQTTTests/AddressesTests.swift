import Testing
import Uplink

@testable import MQTT

@Suite("Where a broker may be found")
struct AddressesTests {
  @Test("An address is its own, and a name that nobody knows is told as such")
  func lookup() throws {
    #expect(try Addresses.of("127.0.0.1") == ["127.0.0.1"])
    #expect(try Addresses.of("::1") == ["::1"])
    #expect(try Addresses.of("localhost").allSatisfy { ["127.0.0.1", "::1"].contains($0) })
    let failure = MosquittoFailure.library(
      operation: "connect", code: 15, detail: "the broker's name could not be looked up")
    #expect(throws: failure) { try Addresses.of("no such name.invalid") }
  }

  @Test("Each address has its turn")
  func turns() {
    let all = ["2001:db8::1", "192.0.2.1", "192.0.2.2"]
    #expect((0...4).map { Addresses.turned(all, by: $0)[0] } == all + all.prefix(2))
    #expect(Addresses.turned(all, by: 2) == [all[2], all[0], all[1]])
    #expect(Addresses.turned([], by: 3) == [])
  }
}
