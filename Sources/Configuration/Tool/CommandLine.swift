/// A mistake in an option of the command line.
package struct OptionMistake: Error, Hashable, Sendable, CustomStringConvertible {
  package let option: String
  package let reason: String

  package init(_ option: String, _ reason: String) {
    self.option = option
    self.reason = reason
  }

  package var description: String { "\(option): \(reason)" }
}

/// How to reach a broker when there is no `devices.yaml`, written as it would be there.
package struct BrokerOptions: Sendable {
  package var url: String
  package var username: String?
  package var passwordFile: String?
  package var tls = TLSSettings()

  package init(url: String) { self.url = url }

  package func settings(clientID: String) throws(OptionMistake) -> UplinkSettings {
    guard !url.contains("@") else {
      throw OptionMistake("--broker", "must not contain a user name or password: --username and --password-file do")
    }
    let broker: BrokerURL
    switch BrokerURL.parse(url) {
    case .url(let parsed): broker = parsed
    case .mistake(let reason): throw OptionMistake("--broker", reason)
    }
    var settings = UplinkSettings(broker: broker.address, clientID: clientID)
    settings.credentials = try credentials()
    settings.tls = try tls(isEncrypted: broker.isEncrypted)
    return settings
  }

  private func credentials() throws(OptionMistake) -> Credentials? {
    guard let username else {
      if passwordFile != nil { throw OptionMistake("--password-file", "needs --username beside it") }
      return nil
    }
    guard let passwordFile else { return Credentials(username: username, password: nil) }
    switch SecretReader.read(passwordFile, name: passwordFile) {
    case .success(let secret): return Credentials(username: username, password: secret)
    case .failure(let failure): throw OptionMistake("--password-file", failure.reason)
    }
  }

  private func tls(isEncrypted: Bool) throws(OptionMistake) -> TLSSettings? {
    let files = [("--ca", tls.authorities), ("--certificate", tls.certificate), ("--key", tls.key)]
    for (option, path) in files {
      guard let path else { continue }
      guard isEncrypted else { throw OptionMistake(option, "has no effect with mqtt://; for TLS write mqtts://") }
      switch loadFile(path, limit: 1 << 20) {
      case .success(let file) where option == "--key" && file.mode & 0o007 != 0:
        throw OptionMistake(option, "\(path) can be used by everybody; mend it with: chmod o= \(path)")
      case .success: break
      case .failure(let failure): throw OptionMistake(option, failure.reason)
      }
    }
    guard (tls.certificate == nil) == (tls.key == nil) else {
      throw OptionMistake(tls.key == nil ? "--certificate" : "--key", "certificate and key belong together")
    }
    return isEncrypted ? tls : nil
  }
}

/// Why a text is not a duration.
package struct DurationMistake: Error, Hashable, Sendable {
  package let reason: String
}

/// A duration as in `devices.yaml`: `10s`, `5m`.
package func duration(written text: String) throws(DurationMistake) -> Duration {
  switch UnitNotation.duration.parse(text) {
  case .value(let milliseconds): return .milliseconds(milliseconds)
  case .mistake(let reason): throw DurationMistake(reason: reason)
  }
}
