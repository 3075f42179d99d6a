import Configuration
import Drivers
import Foundation
import Linux
import Simulation
import Telemetry
import Testing

@testable import Gateway

/// Faults of files that the unit hides.
@Suite("A sensor's file that the unit hides") struct AdvisedSensorTests {
  private func fault(_ path: String) throws -> String {
    let text = """
      device: {id: box}
      uplink: {broker: "mqtt://one"}
      sensors:
        - {id: a, driver: file, path: \(path)}
      """
    let settings = try ConfigurationLoader.load(Array(text.utf8), file: "f", environment: { _ in nil })
    var sensor = try OpenBuses(Board.real(root: "")).chip(settings.sensors[0])
    do throws(SensorError) {
      try sensor.start()
      return "none"
    } catch {
      return "\(error)"
    }
  }

  @Test(
    "The fault of a file that is not there says that the service has a folder of its own",
    arguments: [
      ("/tmp", "the service has a /tmp of its own; write to /run/…"),
      ("/var/tmp", "the service has a /var/tmp of its own; write to /run/…"),
      ("/home/pi", "the service does not see /home; write to /run/…"),
      ("/root", "the service does not see /root; write to /run/…"),
    ])
  func hidden(folder: String, advice: String) throws {
    let path = "\(folder)/no-such-\(UUID().uuidString)"
    let words = try fault(path)
    #expect(words.contains(path), "\(words)")
    #expect(words.contains(advice), "\(words)")
  }

  @Test("Elsewhere it says nothing of the kind") func visible() throws {
    #expect(try !fault("/run/no-such-\(UUID().uuidString)").contains("service"))
  }
}
