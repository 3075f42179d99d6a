import Foundation
import Testing

/// PEM files of a certificate and its key.
struct Pair {
  let certificate: String
  let key: String

  /// Takes this pair's place, each file at once, as one replaces certificates on a board.
  func replace(_ other: Pair) throws {
    try replaceKey(of: other)
    try replaceCertificate(of: other)
  }

  func replaceCertificate(of other: Pair) throws { try move(certificate, to: other.certificate) }
  func replaceKey(of other: Pair) throws { try move(key, to: other.key) }

  private func move(_ source: String, to target: String) throws {
    let fresh = target + ".new"
    try FileManager.default.copyItem(atPath: source, toPath: fresh)
    try #require(rename(fresh, target) == 0)
  }
}

/// A certificate authority for one test, made by openssl.
struct Authority {
  /// When a certificate is valid.
  enum Validity {
    case now, past, future

    var dates: [String] {
      switch self {
      case .now: ["-startdate", "20200101000000Z", "-enddate", "20700101000000Z"]
      case .past: ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"]
      case .future: ["-startdate", "20690101000000Z", "-enddate", "20700101000000Z"]
      }
    }
  }

  /// PEM file of its own certificate.
  let certificate: String
  private let key: String
  private let workplace: Workplace
  private let name: String

  init(_ workplace: Workplace, name: String = "ca") throws {
    self.workplace = workplace
    self.name = name
    certificate = workplace.path(name + ".pem")
    key = workplace.path(name + ".key")
    try openssl(
      ["req", "-x509"] + Self.freshKey + ["-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=\(name)"])
    try workplace.write(
      """
      [ca]
      default_ca = all
      [all]
      database = \(workplace.path(name + ".index"))
      new_certs_dir = \(workplace.directory)
      rand_serial = yes
      default_md = sha256
      unique_subject = no
      policy = any
      [any]
      commonName = supplied
      """, to: name + ".conf")
    try workplace.write("", to: name + ".index")
  }

  /// A pair for a broker, by default for 127.0.0.1.
  func server(_ file: String, for subject: String = "IP:127.0.0.1", valid: Validity = .now) throws -> Pair {
    try pair(file, "subjectAltName=\(subject)", valid)
  }

  func client(_ file: String, valid: Validity = .now) throws -> Pair {
    try pair(file, "extendedKeyUsage=clientAuth", valid)
  }

  private func pair(_ file: String, _ extensions: String, _ validity: Validity) throws -> Pair {
    let pair = Pair(certificate: workplace.path(file + ".pem"), key: workplace.path(file + ".key"))
    let request = workplace.path(file + ".csr")
    let extensions = try workplace.write(extensions + "\n", to: file + ".ext")
    try openssl(["req"] + Self.freshKey + ["-keyout", pair.key, "-out", request, "-subj", "/CN=\(file)"])
    try openssl(
      ["ca", "-batch", "-notext", "-config", workplace.path(name + ".conf"), "-cert", certificate, "-keyfile", key]
        + ["-in", request, "-out", pair.certificate, "-extfile", extensions] + validity.dates)
    return pair
  }

  private static let freshKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
}

func openssl(_ arguments: [String]) throws {
  let run = try Program("/usr/bin/openssl", arguments)
  #expect(run.exitStatus() == 0, "openssl \(arguments): \(run.lines)")
}
