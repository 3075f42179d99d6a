/// The absolute path of the project's folder, for tests that read files in it.
package let projectFolder: String = {
  // This file is two folders below it.
  let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
  return parts.dropLast(3).joined(separator: "/")
}()
