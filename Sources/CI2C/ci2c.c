#include "ci2c.h"

#include <errno.h>
#include <fcntl.h>
#include <i2c/smbus.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int functions(int fd, unsigned long *out) { return ioctl(fd, I2C_FUNCS, out) < 0 ? -errno : 0; }

int ci2c_open(const char *path) {
  unsigned long found;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return -errno;
  int error = functions(fd, &found);
  if (error) {
    close(fd);
    return error;
  }
  return fd;
}

int ci2c_has_plain_i2c(int fd) {
  unsigned long found = 0;
  int error = functions(fd, &found);
  return error ? error : (found & I2C_FUNC_I2C) != 0;
}

int ci2c_claim(int fd, uint16_t address) { return ioctl(fd, I2C_SLAVE, (unsigned long)address) < 0 ? -errno : 0; }

int ci2c_transfer(int fd, uint16_t address, const uint8_t *out, uint16_t written, uint8_t *in, uint16_t wanted) {
  struct i2c_msg messages[2];
  unsigned count = 0;
  if (written)
    messages[count++] = (struct i2c_msg){.addr = address, .flags = 0, .len = written, .buf = (uint8_t *)out};
  if (wanted) messages[count++] = (struct i2c_msg){.addr = address, .flags = I2C_M_RD, .len = wanted, .buf = in};
  struct i2c_rdwr_ioctl_data transaction = {.msgs = messages, .nmsgs = count};
  return ioctl(fd, I2C_RDWR, &transaction) < 0 ? -errno : 0;
}

/// libi2c returns the value, or the errno as a negative number.
static int smbus_read(int fd, uint8_t reg, uint8_t *in, uint16_t wanted) {
  int32_t value;
  switch (wanted) {
    case 1:
      value = i2c_smbus_read_byte_data(fd, reg);
      if (value >= 0) in[0] = (uint8_t)value;
      return value < 0 ? value : 0;
    case 2:
      value = i2c_smbus_read_word_data(fd, reg);  // the first byte on the wire is the low one
      if (value < 0) return value;
      in[0] = (uint8_t)value;
      in[1] = (uint8_t)(value >> 8);
      return 0;
    default:
      value = i2c_smbus_read_i2c_block_data(fd, reg, (uint8_t)wanted, in);
      return value < 0 ? value : value == wanted ? 0 : -EREMOTEIO;
  }
}

static int smbus_write(int fd, const uint8_t *out, uint16_t written) {
  switch (written) {
    case 1: return i2c_smbus_write_byte(fd, out[0]);
    case 2: return i2c_smbus_write_byte_data(fd, out[0], out[1]);
    case 3: return i2c_smbus_write_word_data(fd, out[0], (uint16_t)(out[1] | out[2] << 8));
    default: return i2c_smbus_write_i2c_block_data(fd, out[0], (uint8_t)(written - 1), out + 1);
  }
}

int ci2c_smbus_transfer(int fd, const uint8_t *out, uint16_t written, uint8_t *in, uint16_t wanted) {
  if (written == 1 && wanted >= 1 && wanted <= I2C_SMBUS_BLOCK_MAX) return smbus_read(fd, out[0], in, wanted);
  if (written >= 1 && written <= I2C_SMBUS_BLOCK_MAX + 1 && wanted == 0) return smbus_write(fd, out, written);
  if (written == 0 && wanted == 1) {
    int32_t value = i2c_smbus_read_byte(fd);
    if (value < 0) return value;
    in[0] = (uint8_t)value;
    return 0;
  }
  return -EOPNOTSUPP;
}
