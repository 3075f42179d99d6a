import ArgumentParser

@main
struct SpoolBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spoolbench", abstract: "Measures the disk buffer on real files.",
    subcommands: [
      Million.self, MemoryUse.self, Opening.self, OpenOnce.self, Grow.self, Readings.self, Backlog.self,
      LargeBuffer.self, OpenLarge.self,
    ])
}
