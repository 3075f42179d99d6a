// The C targets CI2C and CGPIO against a real kernel: a TMP105 at 0x48 on /dev/i2c-1, nothing at 0x4a, and
// /dev/gpiochip2. One line for each check; the exit status tells whether all held.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cgpio.h"
#include "ci2c.h"

enum { chip = 0x48, nobody = 0x4a };
enum { temperature = 0, configuration = 1, lower_limit = 2 };

static int failures;

static void check(const char *what, int got, int wanted) {
  if (got != wanted) failures++;
  if (got == wanted) printf("SHIM ok %s\n", what);
  else printf("SHIM FAILED %s: %d instead of %d\n", what, got, wanted);
}

/// Reads a register through I2C_RDWR and through libi2c: 0 when both succeed and say the same.
static int compare(int bus, uint8_t reg, uint16_t count) {
  uint8_t plain[4] = {0}, smbus[4] = {1, 1, 1, 1};
  int error = ci2c_transfer(bus, chip, &reg, 1, plain, count);
  if (!error) error = ci2c_smbus_transfer(bus, &reg, 1, smbus, count);
  return error ? error : memcmp(plain, smbus, count) != 0;
}

static int written_word(int bus) {
  const uint8_t out[] = {lower_limit, 0x12, 0x30}, reg = lower_limit;
  uint8_t in[2];
  int error = ci2c_smbus_transfer(bus, out, sizeof out, NULL, 0);
  if (!error) error = ci2c_transfer(bus, chip, &reg, 1, in, 2);
  return error ? error : in[0] << 8 | in[1];
}

static int written_byte(int bus) {
  const uint8_t out[] = {configuration, 0x60}, reg = configuration;
  uint8_t in;
  int error = ci2c_smbus_transfer(bus, out, sizeof out, NULL, 0);
  if (!error) error = ci2c_transfer(bus, chip, &reg, 1, &in, 1);
  return error ? error : in;
}

/// Sets the pointer with one call and reads without a register with the next.
static int pointed_byte(int bus) {
  const uint8_t reg = lower_limit;
  uint8_t in;
  int error = ci2c_smbus_transfer(bus, &reg, 1, NULL, 0);
  if (!error) error = ci2c_smbus_transfer(bus, NULL, 0, &in, 1);
  return error ? error : in;
}

static void i2c(void) {
  const uint8_t reg = temperature, pair[2] = {0};
  uint8_t in[33];
  int bus = ci2c_open("/dev/i2c-1");
  check("the bus opens", bus < 0 ? bus : 0, 0);
  check("the adapter can do plain I2C", ci2c_has_plain_i2c(bus), 1);
  check("an address without a driver can be claimed", ci2c_claim(bus, chip), 0);
  check("a byte through libi2c reaches the chip", written_byte(bus), 0x60);
  check("a word through libi2c reaches the chip, first byte first", written_word(bus), 0x1230);
  check("a byte without a register through libi2c", pointed_byte(bus), 0x12);
  check("libi2c and I2C_RDWR read the same byte", compare(bus, configuration, 1), 0);
  check("libi2c and I2C_RDWR read the same word", compare(bus, lower_limit, 2), 0);
  check("libi2c and I2C_RDWR read the same block", compare(bus, lower_limit, 3), 0);
  check("an SMBus transfer without an SMBus command is refused", ci2c_smbus_transfer(bus, pair, 2, in, 1), -EOPNOTSUPP);
  check("a block longer than SMBus has is refused", ci2c_smbus_transfer(bus, &reg, 1, in, 33), -EOPNOTSUPP);
  check("nobody answers at a free address", ci2c_transfer(bus, nobody, &reg, 1, in, 2) < 0, 1);
  check("an address that is not one cannot be claimed", ci2c_claim(bus, 0x80), -EINVAL);
  check("what is no bus does not open", ci2c_open("/dev/null"), -ENOTTY);
}

static void gpio(void) {
  static const char path[] = "/dev/gpiochip2";
  char label[64];
  cgpio_line *line = NULL, *again = NULL;
  check("libgpiod's version", cgpio_api(), 2);
  check("the chip has 32 lines", cgpio_chip(path, label, sizeof label), 32);
  check("the chip's label", strcmp(label, "30220000.gpio"), 0);
  check("a long label is cut", (cgpio_chip(path, label, 5), strcmp(label, "3022")), 0);
  check("a line is found by its name", cgpio_find(path, "GPIO17"), 9);
  check("no line has this name", cgpio_find(path, "GPIO99"), -ENOENT);
  check("what is no chip does not open", cgpio_chip("/dev/null", label, sizeof label), -ENODEV);
  check("a line is taken", cgpio_open_input(path, 6, "shims", CGPIO_BIAS_AS_IS, false, &line), 0);
  check("a taken line is busy", cgpio_open_input(path, 6, "shims", CGPIO_BIAS_AS_IS, false, &again), -EBUSY);
  check("its level is low", cgpio_get(line), 0);
  cgpio_close(line);
  check("it can be taken again once it was given back",
        cgpio_open_input(path, 6, "shims", CGPIO_BIAS_AS_IS, true, &line), 0);
  check("active low, its level is the active one", cgpio_get(line), 1);
  cgpio_close(line);
  struct cgpio_edge edges[4];
  check("a line is taken with its edges", cgpio_open_edges(path, 6, "shims", CGPIO_BIAS_AS_IS, false, &line), 0);
  check("it has a descriptor", cgpio_fd(line) >= 0, 1);
  check("no edge comes in 20 ms", cgpio_edges(line, edges, 4, 20), 0);
  cgpio_close(line);
  check("an output is taken", cgpio_open_output(path, 6, "shims", true, &line), 0);
  check("it is driven", cgpio_set(line, false), 0);
  check("its level is the one that it is driven to", cgpio_get(line), 0);
  check("it becomes an input with edges", cgpio_listen(line, CGPIO_BIAS_AS_IS), 0);
  check("whose edges can be asked for", cgpio_edges(line, edges, 4, 5) >= 0, 1);
  cgpio_close(line);
  check("a line that the chip has not", cgpio_open_input(path, 32, "shims", CGPIO_BIAS_AS_IS, false, &line), -EINVAL);
}

int main(void) {
  i2c();
  gpio();
  return failures != 0;
}
