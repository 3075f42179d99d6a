import CMosquitto
import Glibc

/// The outcome of one call of the library: its return code, and `errno` before anything else could change it.
struct LibraryResult {
  let code: Int32
  let errnoValue: Int32

  static let success = LibraryResult { Int32(MOSQ_ERR_SUCCESS.rawValue) }

  init(_ call: () -> Int32) {
    code = call()
    errnoValue = errno
  }

  /// The system has refused something on the library's behalf.
  init(systemError: Int32) {
    code = Int32(MOSQ_ERR_ERRNO.rawValue)
    errnoValue = systemError
  }

  var isSuccess: Bool { code == Int32(MOSQ_ERR_SUCCESS.rawValue) }
}
