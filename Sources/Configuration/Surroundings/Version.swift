/// The version of the daemon and the tool.
public let fieldpostVersion = "0.1.0"
