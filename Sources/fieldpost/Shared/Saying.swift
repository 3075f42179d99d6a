import Linux
import Telemetry

/// Writes a line to standard output, as it may be shown: it stays one line, whatever is in it.
func say(_ line: String) { print(printable(line)) }

/// The same for several lines, in which what comes from outside has been made printable already, line by line.
func sayLines(_ text: String) { print(printableLines(text)) }

/// Writes a line to standard error, as it may be shown.
func complain(_ line: String) { printError(printable(line) + "\n") }

/// The same for several lines.
func complainLines(_ text: String) { printError(printableLines(text) + "\n") }
