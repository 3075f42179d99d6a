import Glibc
import Spool

/// Repeats a system call while it is interrupted. A negative result becomes an error that names `operation`.
func retrying<Result: SignedInteger>(
  _ operation: @autoclosure () -> String, _ call: () -> Result
) throws(StorageError) -> Result {
  let result = uninterrupted(call)
  guard result >= 0 else { throw StorageError(operation(), code: errno) }
  return result
}

/// Does steps on files for a buffer: their errors become errors of its store.
func storing<Result>(_ steps: () throws(SystemError) -> Result) throws(StorageError) -> Result {
  do throws(SystemError) { return try steps() } catch {
    throw StorageError(error.operation, code: error.code, reason: error.reason)
  }
}
