/// The version of the daemon and the tool.
package let fieldpostVersion = "0.1.0"
