import Testing

@testable import MQTT

@Suite("Brokers that send too much")
struct IntakeTests {
  private func publish(_ flags: String) -> String { "Client c received PUBLISH (\(flags), r0, m1, 'x', ... (5 bytes))" }

  @Test("A message of QoS 2 is too much for whom has not asked for it, also when it is sent again")
  func qos2() {
    for role in [LinkRole.publisher, .subscriber] {
      for flags in ["d0, q2", "d1, q2"] {
        var (intake, wanting) = (Intake(role, wantsQoS2: false), Intake(role, wantsQoS2: true))
        intake.received(publish(flags))
        wanting.received(publish(flags))
        #expect(intake.excess?.contains("QoS 2") == true)
        #expect(wanting.excess == nil)
      }
    }
  }

  @Test("5,000 messages may wait for our acknowledgements, and those of QoS 0 need none")
  func unanswered() {
    for role in [LinkRole.publisher, .subscriber] {
      var intake = Intake(role, wantsQoS2: false)
      for _ in 0..<6_000 { intake.received(publish("d0, q0")) }
      for _ in 0..<5_000 { intake.received(publish("d0, q1")) }
      #expect(intake.excess == nil)
      var written = intake
      intake.received(publish("d1, q1"))
      #expect(intake.excess?.contains("acknowledgements") == true)
      written.written()
      written.received(publish("d1, q1"))
      #expect(written.excess == nil)
    }
  }

  @Test("A publisher copies small messages, 32 of each call")
  func commands() {
    var intake = Intake(.publisher, wantsQoS2: false)
    #expect(
      (0..<33).map { _ in intake.admit(200 << 20, largestCommand: 1_024) } == Array(repeating: 1_024, count: 32) + [nil]
    )
    #expect(intake.excess == nil)
    intake.begin()
    #expect(intake.admit(1, largestCommand: 1_024) == 1_024)
  }

  @Test("A subscriber takes a quarter of the memory budget from each call")
  func bytes() {
    let half = Intake.mostBytes / 2
    var intake = Intake(.subscriber, wantsQoS2: false)
    #expect(intake.admit(half, largestCommand: 1) == half)
    #expect(intake.admit(half, largestCommand: 1) == half)
    #expect(intake.excess == nil)
    #expect(intake.admit(1, largestCommand: 1) == nil)
    #expect(intake.excess == "it sends more than 6 MiB at once")
    intake.begin()
    #expect(intake.admit(half, largestCommand: 1) == half)
  }

  @Test("A topic that looks like a line of the log counts for nothing")
  func topics() {
    var intake = Intake(.publisher, wantsQoS2: false)
    intake.received(
      "Client c received PUBLISH (d0, q0, r0, m0, ' received PUBLISH (d0, q2, received PUBACK ', ... (5 bytes))")
    #expect(intake.excess == nil)
    #expect(!intake.hasPuback)
    intake.received("Client c received PUBACK (Mid: 1, RC:0)")
    #expect(intake.hasPuback)
  }
}
