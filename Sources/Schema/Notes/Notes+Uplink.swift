import Configuration

extension Notes {
  private static let usual = UplinkSettings(broker: BrokerAddress(host: "", port: 0), clientID: "")
  private static let usualCommands = CommandSettings(allowed: [])

  static let uplink: [String: Note] = [
    "uplink.protocol": Note(
      "The version of MQTT. A broker that does not know 5, or does not answer to it, gets 3.1.1.",
      usual: 5),
    "uplink.qos": Note(
      "The quality of service. With 0 nothing is acknowledged, and what is lost on the way is not reported.",
      usual: JSON(usual.qos.rawValue)),
    "uplink.keep_alive": Note(
      "How long nothing may be sent before the broker is asked whether it is there.", usual: JSON(usual.keepAlive)),
    "uplink.in_flight": Note(
      "Messages on their way at one time. Only 1 keeps the order when the broker refuses a message for a while.",
      usual: JSON(usual.inFlight)),
    "uplink.connect_timeout": Note(
      "The limit for name lookup, TCP, TLS and the broker's answer together.", usual: JSON(usual.connectTimeout)),
    "uplink.acknowledge_timeout": Note(
      "A connection that does not answer in this time is dead.", usual: JSON(usual.acknowledgeTimeout)),
    "uplink.retry_ceiling": Note(
      "The longest wait between two attempts to connect. With hundreds of devices on a broker: 1m.",
      usual: JSON(usual.retryCeiling)),
    "uplink.state_every": Note(
      "How often the state, with the ledger of the buffer, is published again.", usual: JSON(usual.stateEvery)),
    "uplink.order": Note(
      "Which readings go first when a backlog waits.", usual: .text(usual.order.rawValue)),
    "uplink.rate": Note(
      """
      Readings a second at most, which must be more than the sensors produce. By default as fast as the broker \
      acknowledges.
      """),
    "uplink.batch": Note("Several readings of a sensor in one message, an array. By default each is alone."),
    "uplink.batch.readings": Note("How many readings go in one message at most."),
    "uplink.batch.gather": Note(
      "How long a reading waits for others, which should be shorter than buffer.durable_after. By default not at all."),
    "uplink.describe": Note(
      "MQTT 5: messages have content type, epoch and sequence beside the payload.", usual: JSON.boolean(usual.describes)
    ),
    "uplink.message_expiry": Note(
      "MQTT 5: after this time the broker gives up an undelivered message. By default never."),
    "uplink.commands": Note("The remote commands that this gateway takes. By default none."),
    "uplink.commands.allow": Note("What may be asked."),
    "uplink.commands.topic": Note("Where commands come from.", usual: .text(usualCommands.topic)),
    "uplink.commands.response": Note(
      "Where the answers to commands go that name no response topic.", usual: .text(usualCommands.response)),
    "uplink.commands.response_topics": Note(
      "Filters of response topics that commands may name, besides those below {prefix}/{device}/. By default none."),
    "uplink.commands.share": Note(
      "MQTT 5: the name of a group; a command at shared_topic goes to one gateway of it. By default none."),
    "uplink.commands.shared_topic": Note(
      "Where commands for the group come from.", usual: .text(usualCommands.sharedTopic), needs: ["share"]),
    "uplink.topics": Note("The topics of the messages. No two may be the same once their placeholders are filled in."),
    "uplink.topics.prefix": Note("What stands for {prefix}.", usual: .text(usual.topics.prefix)),
    "uplink.topics.reading": Note("The topic of readings.", usual: .text(usual.topics.reading)),
    "uplink.topics.state": Note("The topic of the retained state.", usual: .text(usual.topics.state)),
    "uplink.topics.event": Note("The topic of events.", usual: .text(usual.topics.event)),
  ]
}
