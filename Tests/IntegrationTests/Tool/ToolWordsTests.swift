import Foundation
import Testing

/// What the tool says to who mistypes, or asks what there is.
@Suite("Words of the tool")
struct ToolWordsTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  private func fieldpost(_ words: String) throws -> (status: Int32?, text: String) {
    let program = try Program(programs + "/fieldpost", words.split(separator: " ").map(String.init))
    let status = program.exitStatus()
    return (status, program.lines.joined(separator: "\n"))
  }

  @Test(
    "Who mistypes is told what was probably meant",
    arguments: [
      ("chekc", "check"), ("statsu --json", "status"), ("spool exprot", "export"), ("help chekc", "check"),
      ("help spool verfy", "verify"), ("credential ste x", "set"), ("status --wtach", "--watch"),
      ("spool export --outptu x", "--output"), ("drivers SHT13", "SHT31"), ("drivers tmp120", "tmp102"),
      ("messages sensor-falt", "sensor-fault"),
    ])
  func meant(_ typed: String, _ meant: String) throws {
    let run = try fieldpost(typed)
    #expect(run.status == 64, "\(run.text)")
    let text = run.text.lowercased()
    #expect(
      text.contains("did you mean \"\(meant.lowercased())\"") || text.contains("did you mean '\(meant)'"), "\(run.text)"
    )
  }

  @Test("What is like nothing is told what there is", arguments: ["frobnicate", "spool frobnicate"])
  func unlike(_ typed: String) throws {
    let run = try fieldpost(typed)
    #expect(run.status == 64, "\(run.text)")
    #expect(run.text.contains("\"frobnicate\"; known are "), "\(run.text)")
    #expect(run.text.contains("status"))
  }

  @Test("A mistyped word cannot steer the terminal")
  func hostile() throws {
    for words in [["\u{1B}[31mchekc"], ["drivers", "\u{1B}[31mSHT31"], ["messages", "\u{1B}[31mx"]] {
      let program = try Program(programs + "/fieldpost", words)
      #expect(program.exitStatus() == 64)
      #expect(program.lines.allSatisfy { !$0.contains("\u{1B}") }, "\(program.lines)")
    }
  }

  @Test("Help, versions and completion are still what they were")
  func usual() throws {
    for words in ["--help", "help", "help spool export", "spool --help", "--version"] {
      #expect(try fieldpost(words).status == 0, "\(words)")
    }
    for shell in ["bash", "zsh", "fish"] {
      let script = try fieldpost("--generate-completion-script \(shell)")
      #expect(script.status == 0)
      #expect(script.text.contains("credential"))
    }
  }

  @Test("read of a sensor that the file does not have says which was meant")
  func sensor() throws {
    let file = try workplace.write(
      Daemon.configuration(workplace, broker: "mqtt://127.0.0.1:1", sensors: Daemon.twoSensors)
        .replacingOccurrences(of: "id: a,", with: "id: freezer-1,"), to: "devices.yaml")
    let run = try fieldpost("read --simulate --sensor frezer-1 \(file)")
    #expect(run.status == 64, "\(run.text)")
    #expect(run.text.contains("did you mean \"freezer-1\"?"), "\(run.text)")
  }

  @Test("drivers shows what may be written for each option")
  func options() throws {
    for (driver, words) in [
      ("SHT31", "repeatability: high, medium or low; "), ("contact", "active_low: true or false; "),
      ("contact", "debounce_ms: 1 to 1000; "), ("ds18b20", "device (required): such as 28-"),
    ] {
      let run = try fieldpost("drivers \(driver)")
      #expect(run.status == 0, "\(run.text)")
      #expect(run.text.contains(words), "\(run.text)")
    }
  }

  @Test("Where there is no configuration yet, check says how to begin with one; where there is one it does not")
  func beginning() throws {
    let run = try fieldpost("check \(workplace.path("devices.yaml"))")
    #expect(run.status == 78, "\(run.text)")
    #expect(run.text.contains("sudo cp /usr/share/doc/fieldpost/examples/devices.yaml"), "\(run.text)")
    let empty = try workplace.write("", to: "devices.yaml")
    #expect(!(try fieldpost("check \(empty)").text.contains("sudo cp")))
  }

  @Test("The names of messages and drivers are found however they are capitalised")
  func capitals() throws {
    for words in ["drivers Sht31", "messages Sensor-Fault", "messages [SENSOR-FAULT]"] {
      #expect(try fieldpost(words).status == 0, "\(words)")
    }
  }

  @Test("diagnose says where its archive is by the whole path, whatever folder it was called in")
  func archive() throws {
    let command = "cd '\(workplace.directory)' && exec '\(programs)/fieldpost' diagnose --config nowhere.yaml"
    let program = try Program("/bin/sh", ["-c", command])
    #expect(program.exitStatus(within: .seconds(120)) == 0)
    let path = try #require(program.lines.first?.dropLast())
    #expect(path.hasPrefix("/"), "\(program.lines)")
    #expect(path.hasSuffix(".tar.gz"), "\(program.lines)")
    #expect(FileManager.default.fileExists(atPath: String(path)), "\(program.lines)")
  }
}
