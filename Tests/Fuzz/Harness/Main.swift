import Glibc

/// The readers that may be tried. Each takes any bytes, and stops the process when something does not hold.
private let modes: [(name: String, run: @Sendable ([UInt8]) -> Void)] = {
  var modes: [(name: String, run: @Sendable ([UInt8]) -> Void)] = [
    ("report", tryReports), ("configuration", tryConfiguration),
  ]
  #if DEBUG
    modes += [("block", tryBlock), ("store", tryStore)]
  #endif
  return modes
}()

private func chosenMode() -> @Sendable ([UInt8]) -> Void {
  let name = getenv("FUZZ_MODE").map { String(cString: $0) } ?? ""
  guard let mode = modes.first(where: { $0.name == name }) else {
    fatalError("FUZZ_MODE is one of \(modes.map(\.name).joined(separator: ", "))")
  }
  return mode.run
}

private let chosen = chosenMode()

/// Built by Tests/Fuzz/run it is a fuzzer, with the options of libFuzzer. Built in the ordinary way it tries the
/// files that are named: FUZZ_MODE=store spoolfuzz FILE...
@main struct Main {

  #if FUZZ
    static func main() {
      // Swift makes a global constant at its first use and keeps it for ever. The pointers in the table of keys have tag
      // bits, so that LeakSanitizer does not see them.
      disableLeakCheck()
      makeConstants()
      enableLeakCheck()
      var count = CommandLine.argc
      var arguments = CommandLine.unsafeArgv
      exit(drive(&count, &arguments, tryOne))
    }
  #else
    static func main() {
      for path in CommandLine.arguments.dropFirst() { chosen(content(of: path)) }
      print("\(CommandLine.arguments.count - 1) inputs tried")
    }

    private static func content(of path: String) -> [UInt8] {
      guard let file = fopen(path, "r") else { fatalError("cannot open \(path)") }
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 1 << 20)
      let count = fread(&bytes, 1, bytes.count, file)
      return Array(bytes[..<count])
    }
  #endif
}

#if FUZZ
  @_cdecl("LLVMFuzzerTestOneInput")
  func tryOne(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    chosen(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
  }

  /// Memory that is allocated between these two is never reported (sanitizer/lsan_interface.h of LLVM's compiler-rt).
  @_silgen_name("__lsan_disable")
  private func disableLeakCheck()
  @_silgen_name("__lsan_enable")
  private func enableLeakCheck()

  /// libFuzzer's entry for programs that have a `main` of their own (FuzzerInterface.h of LLVM's compiler-rt).
  @_silgen_name("LLVMFuzzerRunDriver")
  private func drive(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
  ) -> CInt
#endif

/// Stops the process, so that the input is kept.
func check(_ holds: Bool, _ what: @autoclosure () -> String) {
  if !holds { fatalError(what()) }
}

/// The bytes of an input as numbers; zeros when they are used up.
struct Input {
  private var bytes: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

  var isEmpty: Bool { bytes.isEmpty }

  mutating func byte() -> Int { Int(bytes.popFirst() ?? 0) }
  mutating func word() -> Int { byte() | byte() << 8 }

  /// At most `count` bytes.
  mutating func take(_ count: Int) -> [UInt8] {
    defer { bytes = bytes.dropFirst(count) }
    return Array(bytes.prefix(count))
  }
}
