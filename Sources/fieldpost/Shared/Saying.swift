import Linux
import Telemetry

/// Writes a line to standard output, made printable: it stays one line, whatever is in it.
func say(_ line: String) { print(printable(line)) }

/// Writes several lines to standard output. Text from outside must have been made printable already, line by line, or
/// it could add lines of its own.
func sayLines(_ text: String) { print(printableLines(text)) }

/// Writes a line to standard error, made printable.
func complain(_ line: String) { printError(printable(line) + "\n") }

/// Writes several lines to standard error, under the same condition as `sayLines`.
func complainLines(_ text: String) { printError(printableLines(text) + "\n") }
