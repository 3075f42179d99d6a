import Configuration

/// The values of the sensors and their faults, in the world's time: docs/simulation.md describes the lines.
package struct Scenario: Sendable {
  /// Of each sensor, what stands behind its id: `temperature: {constant: 5}, faults: [...]`.
  package var sensors: [String: String] = [:]
  /// Of each bus, its faults: `{kind: stuck, at: 10m, for: 1m}`.
  package var buses: [String: String] = [:]

  package init() {}

  /// The part that the configuration has a sensor or a bus for.
  func settings(for settings: Settings) -> ScenarioSettings {
    let text = text(for: settings)
    guard !text.isEmpty else { return ScenarioSettings() }
    do throws(ConfigurationError) {
      return try ScenarioLoader.load(Array(text.utf8), file: "scenario.yaml", for: settings)
    } catch { fatalError("\(text)\n\(error)") }
  }

  private func text(for settings: Settings) -> String {
    let ids = Set(settings.sensors.map(\.id))
    let sensors = sensors.filter { ids.contains($0.key) }.map { "  - {id: \($0.key), \($0.value)}" }.sorted()
    let wired = Set(
      settings.sensors.compactMap { sensor -> String? in
        if case .i2c(let bus, _) = sensor.connection { bus.adapter } else { nil }
      })
    let buses = buses.filter { wired.contains($0.key) }.map { "  - {name: \($0.key), faults: [\($0.value)]}" }.sorted()
    let lines = (sensors.isEmpty ? [] : ["sensors:"] + sensors) + (buses.isEmpty ? [] : ["buses:"] + buses)
    return lines.joined(separator: "\n")
  }
}
