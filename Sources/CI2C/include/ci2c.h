// I2C buses: the ioctls of <linux/i2c-dev.h>, and libi2c's SMBus calls. Each returns -errno on failure.
#ifndef FIELDPOST_CI2C_H
#define FIELDPOST_CI2C_H

#include <stdint.h>

/// Opens /dev/i2c-N, close-on-exec. ENOTTY when it is not an I2C bus.
int ci2c_open(const char *path);

/// 1 when the adapter can do I2C_RDWR transfers; 0 when it can do SMBus only.
int ci2c_has_plain_i2c(int fd);

/// Sets the address for the SMBus calls. EBUSY when a kernel driver is bound to it: I2C_RDWR would not notice.
int ci2c_claim(int fd, uint16_t address);

/// One I2C_RDWR transaction: writes `written` bytes, then, after a repeated start, reads `wanted`; either may be 0.
int ci2c_transfer(int fd, uint16_t address, const uint8_t *out, uint16_t written, uint8_t *in, uint16_t wanted);

/// The same for an adapter that can do SMBus only, through libi2c, at the claimed address: up to 32 bytes of a register
/// are read, or written, or one byte without a register. EOPNOTSUPP for anything else.
int ci2c_smbus_transfer(int fd, const uint8_t *out, uint16_t written, uint8_t *in, uint16_t wanted);

#endif
