import Configuration
import Testing

@testable import Gateway
@testable import Uplink

/// What the settings say to the uplink.
@Suite("The plan of the uplink") struct UplinkPlanTests {
  private func settings(stale: String) throws -> Settings {
    let text = """
      device: {id: box}
      uplink: {broker: "mqtt://one", commands: {allow: [interval]}}
      sensors:
        - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, every: 10s\(stale)}
      """
    return try ConfigurationLoader.load(Array(text.utf8), file: "f", environment: { _ in nil })
  }

  @Test("Commands know after which silence a sensor is stale; a changed one reaches them at a reload") func stale()
    throws
  {
    let (with, without) = (try settings(stale: ", alarms: {stale: 5m}"), try settings(stale: ""))
    #expect(UplinkPlan(with).commands?.rules.stale == ["a": .seconds(300)])
    #expect(UplinkPlan(without).commands?.rules.stale == [:])
    #expect(SettingsChange(from: without, to: with).touchesUplink)
  }
}
