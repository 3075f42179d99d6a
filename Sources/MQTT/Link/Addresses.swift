import CMosquitto
import Glibc
import Uplink

/// The addresses of a broker. libmosquitto tries only the first address of a name, at every attempt: a broker that has
/// an IPv6 address, but is not reachable over IPv6, would never be reached.
enum Addresses {
  /// The numeric addresses of a name, in the system's order. Blocks while the name is looked up.
  static func of(_ host: String) throws(MosquittoFailure) -> [String] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else {
      throw Reasons.failure("connect", Int32(MOSQ_ERR_EAI.rawValue), errnoValue: 0, complaint: nil)
    }
    defer { freeaddrinfo(list) }
    var addresses: [String] = []
    var next = list
    while let entry = next?.pointee {
      if let address = name(of: entry), !addresses.contains(address) { addresses.append(address) }
      next = entry.ai_next
    }
    return addresses.isEmpty ? [host] : addresses
  }

  private static func name(of entry: addrinfo) -> String? {
    // An IPv6 address with its interface is the longest.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
      let code = getnameinfo(
        entry.ai_addr, entry.ai_addrlen, buffer.baseAddress, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
      return code == 0 ? buffer.baseAddress.map { String(cString: $0) } : nil
    }
  }

  /// The list, rotated so that it begins with the address whose turn it is.
  static func turned(_ addresses: [String], by turn: Int) -> [String] {
    guard !addresses.isEmpty else { return [] }
    let first = turn % addresses.count
    return Array(addresses[first...] + addresses[..<first])
  }

  /// `over IPv6`: nothing more is known about a socket that is not connected yet.
  static func way(of descriptor: Int32) -> String {
    var family: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size)
    return family == AF_INET6 ? "over IPv6" : "over IPv4"
  }
}
