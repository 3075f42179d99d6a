extension Notes {
  /// How the gateway finds the broker, and proves who it is.
  static let connection: [String: Note] = [
    "uplink.broker": Note(
      "mqtt://HOST[:PORT], or mqtts:// for TLS. Of a list the addresses are tried in turn."),
    "uplink.client_id": Note(
      "The MQTT client id, by default the device's id. It may hold {device}, {serial}, {hostname} and {mac}."),
    "uplink.username": Note("The user name at the broker. It may hold {device}, {serial}, {hostname} and {mac}."),
    "uplink.password": Note("Where the password is; never the password itself.", needs: ["username"]),
    "secret.credential": Note("The name of a file in /etc/fieldpost/credentials."),
    "secret.file": Note("A file that is not open to everybody."),
    "secret.env": Note("The name of an environment variable."),
    "uplink.tls": Note("TLS, only with mqtts://."),
    "uplink.tls.ca": Note("A PEM file with the authorities to trust. By default the system's."),
    "uplink.tls.certificate": Note("The client's certificate, a PEM file.", needs: ["key"]),
    "uplink.tls.key": Note("The client's key, a PEM file that is not open to everybody.", needs: ["certificate"]),
    "uplink.tls.psk": Note("A shared key, in place of ca, certificate, key and insecure."),
    "uplink.tls.psk.identity": Note(
      "The name by which the broker knows the key. It may hold {device}, {serial}, {hostname} and {mac}."),
    "uplink.tls.psk.key": Note("Where the key is: 16 to 128 hexadecimal digits."),
    "uplink.tls.alpn": Note("The protocol to ask for in the handshake, such as x-amzn-mqtt-ca. By default none."),
    "uplink.tls.insecure": Note("True: the broker's certificate may be for another name.", usual: false),
  ]
}
