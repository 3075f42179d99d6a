// disk IMAGE LOG MOUNTPOINT: a disk that remembers and fails, as a file system with two files (FUSE).
//
//   image     IMAGE. A loop device on it is the disk: each of its writes is a write here, and each of its flushes an
//             fsync. LOG takes them all, in order: a header (struct entry) and, for a write, the data.
//   control   written: what the disk does from now on; read: what it does
//               healthy       everything
//               full          writes fail with ENOSPC
//               write-error   writes fail with EIO
//               sync-error    writes are taken, flushes fail with EIO
//               gone          everything fails with EIO, and for ever through what was opened before: pulled out
//
// Runs in the foreground until MOUNTPOINT is unmounted. Failed requests are not in LOG. Requests are handled one at a time,
// so what is before an fsync in LOG was complete when the fsync began.

#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct entry {
  uint64_t begun, completed; // nanoseconds of CLOCK_MONOTONIC; `completed` is before the one who asked knows
  uint64_t offset;
  uint32_t length; // of a write; 0: a flush
  uint32_t reserved;
};

enum state { HEALTHY, FULL, WRITE_ERROR, SYNC_ERROR, GONE };
static const char *const names[] = {"healthy", "full", "write-error", "sync-error", "gone"};

static enum state state = HEALTHY;
static uint64_t times_gone;
static int image, record;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// A log with a hole would make the test prove nothing.
static void append(const void *bytes, size_t length) {
  if (write(record, bytes, length) != (ssize_t)length) {
    perror("disk: the log cannot be written");
    _exit(1);
  }
}

static int is_gone(const struct fuse_file_info *file) { return state == GONE || file->fh != times_gone; }
static int is_image(const char *path) { return strcmp(path, "/image") == 0; }
static int is_control(const char *path) { return strcmp(path, "/control") == 0; }

static int disk_getattr(const char *path, struct stat *status, struct fuse_file_info *file) {
  (void)file;
  memset(status, 0, sizeof *status);
  if (is_image(path)) return fstat(image, status) ? -errno : 0;
  int is_root = strcmp(path, "/") == 0;
  if (!is_root && !is_control(path)) return -ENOENT;
  status->st_mode = is_root ? S_IFDIR | 0755 : S_IFREG | 0644;
  status->st_nlink = is_root ? 2 : 1;
  return 0;
}

static int disk_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *file,
                        enum fuse_readdir_flags flags) {
  (void)path, (void)offset, (void)file, (void)flags;
  static const char *const entries[] = {".", "..", "image", "control"};
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) fill(buffer, entries[i], NULL, 0, 0);
  return 0;
}

// Without the page cache of this file system: requests come here as the loop driver makes them.
static int disk_open(const char *path, struct fuse_file_info *file) {
  file->direct_io = 1;
  file->fh = times_gone;
  if (is_image(path) && state == GONE) return -EIO;
  return is_image(path) || is_control(path) ? 0 : -ENOENT;
}

// `> control` truncates first.
static int disk_truncate(const char *path, off_t size, struct fuse_file_info *file) {
  (void)size, (void)file;
  return is_control(path) ? 0 : -EPERM;
}

static int disk_read(const char *path, char *bytes, size_t length, off_t offset, struct fuse_file_info *file) {
  if (is_image(path)) {
    if (is_gone(file)) return -EIO;
    ssize_t got = pread(image, bytes, length, offset);
    return got < 0 ? -errno : (int)got;
  }
  char text[32];
  int size = snprintf(text, sizeof text, "%s\n", names[state]);
  if (offset >= size) return 0;
  if (length > (size_t)(size - offset)) length = (size_t)(size - offset);
  memcpy(bytes, text + offset, length);
  return (int)length;
}

static int control(const char *bytes, size_t length) {
  size_t word = length && bytes[length - 1] == '\n' ? length - 1 : length;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strlen(names[i]) != word || memcmp(names[i], bytes, word)) continue;
    state = (enum state)i;
    if (state == GONE) times_gone++;
    return (int)length;
  }
  return -EINVAL;
}

static int disk_write(const char *path, const char *bytes, size_t length, off_t offset, struct fuse_file_info *file) {
  if (is_control(path)) return control(bytes, length);
  if (state == FULL) return -ENOSPC;
  if (state == WRITE_ERROR || is_gone(file)) return -EIO;
  struct entry entry = {.begun = now(), .offset = (uint64_t)offset, .length = (uint32_t)length};
  ssize_t put = pwrite(image, bytes, length, offset);
  if (put != (ssize_t)length) return put < 0 ? -errno : -EIO;
  entry.completed = now();
  append(&entry, sizeof entry);
  append(bytes, length);
  return (int)length;
}

// The image itself need not be synced: the power cuts are made from the log.
static int disk_fsync(const char *path, int only_data, struct fuse_file_info *file) {
  (void)path, (void)only_data;
  if (state == SYNC_ERROR || is_gone(file)) return -EIO;
  uint64_t time = now();
  struct entry entry = {.begun = time, .completed = time};
  append(&entry, sizeof entry);
  return 0;
}

static const struct fuse_operations operations = {
    .getattr = disk_getattr,
    .readdir = disk_readdir,
    .open = disk_open,
    .truncate = disk_truncate,
    .read = disk_read,
    .write = disk_write,
    .fsync = disk_fsync,
};

int main(int count, char **words) {
  if (count != 4) {
    fprintf(stderr, "usage: disk IMAGE LOG MOUNTPOINT\n");
    return 64;
  }
  image = open(words[1], O_RDWR | O_CLOEXEC);
  record = open(words[2], O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_CLOEXEC, 0644);
  if (image < 0 || record < 0) {
    perror("disk");
    return 1;
  }
  char *options[] = {words[0], "-f", "-s", "-o", "fsname=disk", words[3]};
  return fuse_main((int)(sizeof options / sizeof *options), options, &operations, NULL);
}
