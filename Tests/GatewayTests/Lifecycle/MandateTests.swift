import Testing

@testable import Gateway

/// The words that a station may still say while a reload takes sensors away from it.
@Suite("A station's mandate") struct MandateTests {
  /// The observations that passed.
  private final class Ear {
    var heard: [String] = []
  }

  private func speak(_ mandate: Mandate, _ sensor: String, _ ear: Ear) {
    mandate.speak(for: sensor) { _ in ear.heard.append(sensor) }
  }

  private func report(_ mandate: Mandate, _ sensor: String, _ ear: Ear) {
    mandate.report(of: sensor) { ear.heard.append("sample of " + sensor) }
  }

  @Test("Of a sensor that was taken away nothing is heard any more, of the others everything")
  func takenAway() {
    let (mandate, ear) = (Mandate(["a", "b"]), Ear())
    mandate.withdraw(but: ["b"], rewired: ["a"])
    for sensor in ["a", "b"] {
      speak(mandate, sensor, ear)
      report(mandate, sensor, ear)
    }
    #expect(ear.heard == ["b", "sample of b"])
  }

  @Test("A sensor that is made anew on the same bus: no samples of the old wiring, but a fault goes on")
  func rewired() {
    let (mandate, ear) = (Mandate(["a"]), Ear())
    mandate.withdraw(but: ["a"], rewired: ["a"])
    report(mandate, "a", ear)
    speak(mandate, "a", ear)
    #expect(ear.heard == ["a"])
    mandate.grant(["a"])
    report(mandate, "a", ear)
    #expect(ear.heard == ["a", "sample of a"])
  }

  @Test("What was said before a sensor went and came back does not count after it")
  func warrant() {
    let mandate = Mandate(["a"])
    var said: Mandate.Warrant?
    mandate.speak(for: "a") { said = $0 }
    let isValid = said.map { mandate.stands($0, for: "a") }
    #expect(isValid == true)
    mandate.withdraw(but: [], rewired: [])
    mandate.grant(["a"])
    let isStillValid = said.map { mandate.stands($0, for: "a") }
    #expect(isStillValid == false)
  }

  @Test("A station that was dismissed says nothing, also of its bus, whatever it is granted late")
  func ended() {
    let (mandate, ear) = (Mandate(["a"]), Ear())
    mandate.end()
    mandate.grant(["a"])
    speak(mandate, "a", ear)
    report(mandate, "a", ear)
    mandate.speakForBus { ear.heard.append("bus") }
    #expect(ear.heard == [])
  }
}
