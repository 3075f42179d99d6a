/// The hash FNV-1a of a text, 64 bits. Unlike Swift's own hash it is the same in every run. Another `start` than the
/// function's own offset basis makes an independent hash of it.
package func fnv1a(_ text: String, from start: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
  text.utf8.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
