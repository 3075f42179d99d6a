import Configuration
import MQTT

extension MosquittoOptions.TLS {
  /// The settings in the terms of the module that carries them out.
  package init(_ settings: TLSSettings) {
    self.init(
      authorities: settings.authorities, certificate: settings.certificate, key: settings.key,
      psk: settings.psk.map { PSK(identity: $0.identity, key: $0.key.revealed) }, alpn: settings.alpn,
      isInsecure: settings.isInsecure)
  }
}
