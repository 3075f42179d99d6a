// swift-tools-version:6.0
import PackageDescription

// The daemon links no Foundation: every module below `fieldpost` and Tests stays free of it, but for Listening and
// Display, which the tool alone uses.
// Modules may import only what they name here; deploy/test builds with
// --explicit-target-dependency-import-check error to hold them to it.

let strict: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

// Each module has a README.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies, exclude: ["README.md"] + exclude, swiftSettings: strict)
}

// The tool alone needs a package from elsewhere. deploy/run builds the daemon, leaves the tool out, and so needs no network.
let daemonOnly = Context.environment["FIELDPOST_DAEMON_ONLY"] != nil

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "fieldpost",
  products: [.executable(name: "fieldpostd", targets: ["fieldpostd"])],
  targets: [
    // C: module maps, and the few functions that Swift cannot express.
    .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(name: "CGuard", dependencies: ["CMosquitto"]),
    .target(name: "CLinux"),
    .target(name: "CI2C", linkerSettings: [.linkedLibrary("i2c")]),
    .target(name: "CGPIO", linkerSettings: [.linkedLibrary("gpiod")]),

    // What a reading is, and when things happen.
    module("Telemetry"),
    module("Scheduling", ["Telemetry"]),

    // The parts, none of which knows another.
    module("Drivers", ["Telemetry"]),
    module("Sampling", ["Telemetry", "Scheduling", "Drivers"]),
    module("Spool", ["Telemetry", "Scheduling"], exclude: ["Format/FORMAT.md"]),
    // The messages that go upstream, and their formats.
    module("Messages", ["Telemetry"]),
    module("Uplink", ["Telemetry", "Scheduling", "Messages"]),
    module("Configuration", ["Telemetry", "Drivers", "CYAML"]),
    // The meanings of the keys of devices.yaml, and its JSON Schema, for the tool.
    module("Schema", ["Telemetry", "Drivers", "Configuration"]),
    // The receiving end, for the tool.
    module("Listening", ["Telemetry", "Messages"]),
    // Tables, and what a daemon says of itself, for the tool.
    module("Display", ["Telemetry"]),

    // The world behind the seams.
    module("Linux", ["Telemetry", "Scheduling", "Drivers", "Spool", "CLinux", "CI2C", "CGPIO"]),
    module("Logging", ["Telemetry", "Linux"]),
    // The meanings of the log's messages, for the tool.
    module("Manual", ["Logging"], exclude: ["MESSAGES.md"]),
    module("MQTT", ["Telemetry", "Scheduling", "Messages", "Uplink", "CGuard", "CMosquitto"]),
    module("Simulation", ["Telemetry", "Drivers"]),

    // The one place that knows them all, and the programs.
    module(
      "Gateway",
      [
        "Telemetry", "Scheduling", "Drivers", "Sampling", "Spool", "Messages", "Uplink", "Configuration", "Linux",
        "Logging", "MQTT", "Simulation",
      ]),
    .executableTarget(
      name: "fieldpostd", dependencies: ["Gateway", "Configuration", "Linux", "Logging", "Telemetry"],
      swiftSettings: strict),

    // What tries the spool on a real disk: Tests/Disk.
    .executableTarget(
      name: "spoolworker", dependencies: ["Linux", "Scheduling", "Spool", "Telemetry", "TestSupport"],
      path: "Tests/Disk/Worker",
      swiftSettings: strict),
    // Any bytes for what reads bytes; Tests/Fuzz/run makes a fuzzer of it.
    .executableTarget(
      name: "spoolfuzz", dependencies: ["Configuration", "Drivers", "Spool", "Telemetry", "TestSupport"],
      path: "Tests/Fuzz/Harness", swiftSettings: strict),

    // Test doubles of the seams: a loop without time, a disk in memory that loses power, random numbers that a seed repeats.
    .target(
      name: "TestSupport", dependencies: ["Telemetry", "Scheduling", "Spool"], path: "Tests/TestSupport",
      swiftSettings: strict),
    // A board, its card and a broker in virtual time around a whole gateway, and a random hand over them.
    .target(
      name: "GatewayWorld",
      dependencies: [
        "Configuration", "Gateway", "Linux", "Logging", "Messages", "Scheduling", "Simulation", "Spool", "Telemetry",
        "TestSupport", "Uplink",
      ], path: "Tests/GatewayWorld", swiftSettings: strict),
    .executableTarget(
      name: "gatewaywalk", dependencies: ["GatewayWorld", "Telemetry"], path: "Tests/Walk/Harness",
      swiftSettings: strict),
    .target(name: "CSpawn", path: "Tests/CSpawn"),
    tests("TelemetryTests", ["Telemetry", "TestSupport"]),
    tests("DriversTests", ["Drivers", "Telemetry", "Simulation"]),
    tests("SamplingTests", ["Sampling", "Drivers", "Telemetry", "Scheduling", "Simulation", "TestSupport"]),
    tests("SpoolTests", ["Spool", "Scheduling", "Telemetry", "Linux", "TestSupport"]),
    tests("MessagesTests", ["Messages", "Telemetry", "TestSupport"], exclude: ["Golden"]),
    tests("UplinkTests", ["Uplink", "Messages", "Telemetry", "Scheduling", "TestSupport"]),
    tests("MQTTTests", ["MQTT", "Linux", "Messages", "Scheduling", "Telemetry", "TestSupport", "Uplink"]),
    tests("ConfigurationTests", ["Configuration", "Drivers", "Telemetry", "Simulation", "TestSupport"]),
    tests("SchemaTests", ["Schema", "Configuration", "Drivers", "Telemetry", "TestSupport"]),
    tests("LoggingTests", ["Logging", "Linux", "Telemetry"]),
    tests("ManualTests", ["Manual", "Logging"]),
    tests("LinuxTests", ["Linux", "Drivers", "Spool", "Telemetry", "Scheduling"]),
    tests(
      "GatewayTests",
      [
        "Gateway", "Configuration", "Display", "Linux", "Logging", "MQTT", "Messages", "Telemetry", "Drivers",
        "GatewayWorld", "Sampling", "Spool", "Scheduling", "Simulation", "TestSupport", "Uplink",
      ]),
    tests("DisplayTests", ["Display"]),
    tests("ListeningTests", ["Listening", "Messages", "Telemetry", "TestSupport"]),
    tests("IntegrationTests", ["CSpawn", "Linux", "Scheduling", "Spool", "Telemetry", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)

if !daemonOnly {
  // An exact version: the same commit builds the same program at any later time.
  package.dependencies = [.package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")]
  let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
  package.products.append(.executable(name: "fieldpost", targets: ["fieldpost"]))
  package.targets += [
    .executableTarget(
      name: "fieldpost",
      dependencies: [
        "Configuration", "Display", "Drivers", "Gateway", "Linux", "Listening", "Logging", "Manual", "MQTT",
        "Messages", "Scheduling", "Schema", "Spool", "Telemetry", "Uplink", argumentParser,
      ], swiftSettings: strict),
    // Tests/Benchmarks/run measures with it what the disk buffer costs.
    .executableTarget(
      name: "spoolbench", dependencies: ["Linux", "Scheduling", "Spool", "Telemetry", "TestSupport", argumentParser],
      path: "Tests/Benchmarks/SpoolBench", swiftSettings: strict),
  ]
}
