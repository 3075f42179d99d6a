/// The absolute path of the project's folder, for tests that read something else of it than code.
package let projectFolder: String = {
  // This file lies two folders below it.
  let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
  return parts.dropLast(3).joined(separator: "/")
}()
