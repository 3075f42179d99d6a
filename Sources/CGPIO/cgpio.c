#include "cgpio.h"

#include <errno.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>

// Neither version says in its header which it is; this macro exists in version 1 only.
#ifdef GPIOD_LINE_BULK_MAX_LINES

struct cgpio_line {
  struct gpiod_chip *chip;
  struct gpiod_line *line;
};

int cgpio_api(void) { return 1; }

int cgpio_chip(const char *path, char *label, unsigned size) {
  struct gpiod_chip *chip = gpiod_chip_open(path);
  if (!chip) return -errno;
  snprintf(label, size, "%s", gpiod_chip_label(chip));
  int lines = (int)gpiod_chip_num_lines(chip);
  gpiod_chip_close(chip);
  return lines;
}

int cgpio_find(const char *path, const char *line) {
  struct gpiod_chip *chip = gpiod_chip_open(path);
  if (!chip) return -errno;
  struct gpiod_line *found = gpiod_chip_find_line(chip, line);
  int offset = found ? (int)gpiod_line_offset(found) : -ENOENT;
  gpiod_chip_close(chip);
  return offset;
}

static int flags(enum cgpio_bias bias, bool active_low) {
  int flags = active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
  switch (bias) {
    case CGPIO_BIAS_AS_IS: return flags;
    case CGPIO_BIAS_PULL_UP: return flags | GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
    case CGPIO_BIAS_PULL_DOWN: return flags | GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
    case CGPIO_BIAS_DISABLED: return flags | GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE;
  }
  return flags;
}

int cgpio_open_input(const char *path, unsigned offset, const char *consumer, enum cgpio_bias bias, bool active_low,
                     cgpio_line **out) {
  cgpio_line *line = calloc(1, sizeof *line);
  if (!line) return -ENOMEM;
  if (!(line->chip = gpiod_chip_open(path)) || !(line->line = gpiod_chip_get_line(line->chip, offset)) ||
      gpiod_line_request_input_flags(line->line, consumer, flags(bias, active_low)) < 0) {
    int error = errno;
    cgpio_close(line);
    return -error;
  }
  *out = line;
  return 0;
}

int cgpio_get(cgpio_line *line) {
  int value = gpiod_line_get_value(line->line);
  return value < 0 ? -errno : value;
}

void cgpio_close(cgpio_line *line) {
  if (!line) return;
  if (line->chip) gpiod_chip_close(line->chip);  // releases its lines
  free(line);
}

#else  // libgpiod 2

struct cgpio_line {
  struct gpiod_line_request *request;
  unsigned offset;
};

int cgpio_api(void) { return 2; }

int cgpio_chip(const char *path, char *label, unsigned size) {
  struct gpiod_chip *chip = gpiod_chip_open(path);
  if (!chip) return -errno;
  struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
  int lines = info ? (int)gpiod_chip_info_get_num_lines(info) : -errno;
  if (info) snprintf(label, size, "%s", gpiod_chip_info_get_label(info));
  gpiod_chip_info_free(info);
  gpiod_chip_close(chip);
  return lines;
}

int cgpio_find(const char *path, const char *line) {
  struct gpiod_chip *chip = gpiod_chip_open(path);
  if (!chip) return -errno;
  int offset = gpiod_chip_get_line_offset_from_name(chip, line);
  int error = errno;
  gpiod_chip_close(chip);
  return offset < 0 ? -error : offset;
}

static enum gpiod_line_bias bias_of(enum cgpio_bias bias) {
  switch (bias) {
    case CGPIO_BIAS_AS_IS: return GPIOD_LINE_BIAS_AS_IS;
    case CGPIO_BIAS_PULL_UP: return GPIOD_LINE_BIAS_PULL_UP;
    case CGPIO_BIAS_PULL_DOWN: return GPIOD_LINE_BIAS_PULL_DOWN;
    case CGPIO_BIAS_DISABLED: return GPIOD_LINE_BIAS_DISABLED;
  }
  return GPIOD_LINE_BIAS_AS_IS;
}

/// The request; NULL with errno on failure.
static struct gpiod_line_request *request_input(struct gpiod_chip *chip, unsigned offset, const char *consumer,
                                                enum cgpio_bias bias, bool active_low) {
  struct gpiod_line_request *request = NULL;
  struct gpiod_line_settings *settings = gpiod_line_settings_new();
  struct gpiod_line_config *lines = gpiod_line_config_new();
  struct gpiod_request_config *config = gpiod_request_config_new();
  if (settings && lines && config) {
    gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT);
    gpiod_line_settings_set_bias(settings, bias_of(bias));
    gpiod_line_settings_set_active_low(settings, active_low);
    gpiod_request_config_set_consumer(config, consumer);
    if (gpiod_line_config_add_line_settings(lines, &offset, 1, settings) == 0)
      request = gpiod_chip_request_lines(chip, config, lines);
  }
  int error = errno;
  gpiod_request_config_free(config);
  gpiod_line_config_free(lines);
  gpiod_line_settings_free(settings);
  errno = error;
  return request;
}

int cgpio_open_input(const char *path, unsigned offset, const char *consumer, enum cgpio_bias bias, bool active_low,
                     cgpio_line **out) {
  cgpio_line *line = calloc(1, sizeof *line);
  if (!line) return -ENOMEM;
  struct gpiod_chip *chip = gpiod_chip_open(path);
  if (chip) line->request = request_input(chip, offset, consumer, bias, active_low);
  int error = errno;
  if (chip) gpiod_chip_close(chip);
  if (!line->request) {
    free(line);
    return -error;
  }
  line->offset = offset;
  *out = line;
  return 0;
}

int cgpio_get(cgpio_line *line) {
  enum gpiod_line_value value = gpiod_line_request_get_value(line->request, line->offset);
  return value == GPIOD_LINE_VALUE_ERROR ? -errno : value == GPIOD_LINE_VALUE_ACTIVE;
}

void cgpio_close(cgpio_line *line) {
  if (!line) return;
  gpiod_line_request_release(line->request);
  free(line);
}

#endif
