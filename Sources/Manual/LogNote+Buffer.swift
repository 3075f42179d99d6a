/// The buffer and its disk.
extension LogNote {
  static let gatheredOnDisk = LogNote(
    "`batch.gather` is not shorter than `durable_after`, or what is gathered does not fit into memory: readings are "
      + "written to the disk all the time.",
    "Set a shorter `gather` or a longer `durable_after`. If the disk tolerates the writes, do nothing.")
  static let unreadableRecord = LogNote(
    "A record in the buffer cannot be decoded. It is left out, and a gap event reports it.",
    "Report it.")
  static let spoolRefused = LogNote(
    "The buffer cannot be used. Another process has it, or the files are not fieldpost's.",
    "The reason says which; see `buffer.directory`.")
  static let otherDevice = LogNote(
    "The daemon does not start: readings of another device wait in the buffer, and would be published under a false "
      + "name.",
    "Set `device.id` back until the readings are delivered. If they are this device's, use `fieldpost spool rename`.")
  static let deviceChanged = LogNote(
    "The buffer belonged to another device or to an older version. From now on it belongs to this device.",
    "Nothing.")
  static let deviceUnknown = LogNote(
    "The file `device` in the buffer's directory cannot be read or written, or is damaged. Waiting readings count as "
      + "this device's.",
    "See the reason. If the card comes from another board, its readings may bear this board's name.")
  static let spoolOpened = LogNote(
    "How many records waited in the buffer at the start.",
    "Nothing.")
  static let spoolNew = LogNote(
    "The buffer is new: a first start, a new card, or a directory that was emptied. The line has its first epoch.",
    "Nothing, if the buffer should be new. Otherwise see `buffer.directory`: a former card may still have readings.")
  static let spoolLost = LogNote(
    "The disk has bad blocks. Their readings are lost, and a gap event reports them.",
    "A few bad blocks after a power cut are ordinary. If more follow, replace the card.")
  static let spoolSlot = LogNote(
    "A block cannot be read now, and is tried again. Or a whole segment is damaged, and is left alone.",
    "If the message comes again, replace the card.")
  static let spoolExpired = LogNote(
    "Readings older than `max_age` were given up. A gap event reports them.",
    "Nothing. `max_age` asks for this.")
  static let spoolEvicted = LogNote(
    "The buffer is full. The oldest readings were given up, and a gap event reports them.",
    "Restore the link, or raise `buffer.size`.")
  static let spoolRefusing = LogNote(
    "The buffer is full. New readings are refused (`when_full: refuse_newest`), and a gap event reports them.",
    "Restore the link, or raise `buffer.size`.")
  static let spoolAccepting = LogNote(
    "The buffer has room again.",
    "Nothing.")
  static let diskFailed = LogNote(
    "The disk cannot be written. Readings are kept in memory only, and are delivered from there.",
    "The reason says whether the disk is full, read-only, broken, or not at its place any more (removed, renamed, "
      + "unmounted, something mounted over it). The daemon uses the disk again as soon as it can.")
  static let diskStillFailed = LogNote(
    "The disk still cannot be written, now for another reason.",
    "See `disk-failed`.")
  static let diskRecovered = LogNote(
    "The disk can be written again.",
    "Nothing.")
  static let diskAppeared = LogNote(
    "The buffer's disk, missing at the start, is there, or another directory has taken the place of the buffer's. "
      + "The waiting readings were put into it, and the daemon restarts to use it.",
    "Nothing. If a disk was mounted too late, see RequiresMountsFor in fieldpostd(8).")
  static let memoryFull = LogNote(
    "The disk cannot be written and memory is full. The oldest readings are given up, and a gap event reports them.",
    "Repair the disk.")
  static let leftInMemory = LogNote(
    "The daemon ended while the disk could not be written. These readings are lost, or lie in a buffer to which the "
      + "path no longer leads.",
    "Repair the disk. `fieldpost spool export` reads a buffer that was renamed or hidden by a mount.")
  static let recordTooLong = LogNote(
    "A record was larger than a block and was refused.",
    "Report it.")
}
