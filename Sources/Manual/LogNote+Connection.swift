/// The connection to the broker.
extension LogNote {
  static let connecting = LogNote(
    "The daemon begins to connect. The line lists the brokers that it tries in turn.",
    "Nothing.")
  static let connected = LogNote(
    "The broker has accepted the connection.",
    "Nothing.")
  static let notAcknowledged = LogNote(
    "The broker accepts QoS 0 only, so it acknowledges nothing. Messages that are lost with a connection are gone.",
    "Configure the broker to accept QoS 1.")
  static let stateNotKept = LogNote(
    "The broker keeps no retained messages, so it cannot show the gateway's last state to later subscribers.",
    "Nothing, or let the broker keep retained messages. `state_every` says how often the state is published.")
  static let cannotConnect = LogNote(
    "The daemon cannot connect. Readings wait in the buffer. Repeated failures are counted.",
    "The reason names the step: name, route, port, TLS, password. The daemon tries again for ever.")
  static let connectionLost = LogNote(
    "The connection has ended. Messages that were not acknowledged are sent again.",
    "Nothing. If the message comes often, look at the network and at the broker's log.")
  static let nextAttempt = LogNote(
    "How long the daemon waits before the next attempt to connect.",
    "Nothing.")
  static let noAcknowledgements = LogNote(
    "Two connections in a row ended without one acknowledgement. For some minutes messages go one at a time, with "
      + "one reading in each, because small packets may pass where large ones vanish.",
    "See the MTU of the link, and whether a firewall drops ICMP. `sysctl net.ipv4.tcp_mtu_probing=1` lets the kernel "
      + "find the size that passes. Or the broker itself hangs: see its log.")
  static let flapping = LogNote(
    "Connections end soon after their start, again and again, though the broker takes what is sent. Two gateways "
      + "with one client id throw each other out like this.",
    "Look for another gateway with this `device.id` or `client_id`, such as one with a copied card. The `store` in "
      + "the retained state tells two gateways apart. If there is no other gateway, see the broker's log.")
  static let adapted = LogNote(
    "The broker seems not to support a feature. The daemon goes on without that feature.",
    "The line names the feature. `protocol: 3.1.1` in devices.yaml avoids the attempts with MQTT 5.")
  static let unprepared = LogNote(
    "The broker has accepted the connection, but a destination of our messages is missing there. The daemon tries "
      + "again.",
    "The line says what is missing at the broker.")
  static let blocked = LogNote(
    "The broker takes no messages for now. The connection remains, and readings wait in the buffer.",
    "Most often its memory or its disk is full: see the broker.")
  static let unblocked = LogNote(
    "The broker takes messages again.",
    "Nothing.")
  static let nameNotVerified = LogNote(
    "`insecure: true`: anyone with a certificate from a trusted authority can pose as the broker.",
    "Give the broker a certificate for its name.")
  static let passwordInClear = LogNote(
    "The password is sent to the broker unencrypted, so everybody on the way can read it.",
    "Write `mqtts://` in `uplink.broker`; docs/tls.md says what the broker needs for it.")
  static let noLinkWatch = LogNote(
    "The daemon cannot notice that a network link comes up, so it waits for its next attempt as usual.",
    "Nothing.")
}
