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
  const char *consumer;
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

/// A line that is not requested yet; NULL with errno on failure.
static cgpio_line *line_of(const char *path, unsigned offset, const char *consumer) {
  cgpio_line *line = calloc(1, sizeof *line);
  if (!line) return NULL;
  line->consumer = consumer;
  if ((line->chip = gpiod_chip_open(path)) && (line->line = gpiod_chip_get_line(line->chip, offset))) return line;
  int error = errno;
  cgpio_close(line);
  errno = error;
  return NULL;
}

/// `result`: of the request.
static int requested(cgpio_line *line, int result, cgpio_line **out) {
  if (result < 0) {
    int error = errno;
    cgpio_close(line);
    return -error;
  }
  *out = line;
  return 0;
}

int cgpio_open_input(const char *path, unsigned offset, const char *consumer, enum cgpio_bias bias, bool active_low,
                     cgpio_line **out) {
  cgpio_line *line = line_of(path, offset, consumer);
  if (!line) return -errno;
  return requested(line, gpiod_line_request_input_flags(line->line, consumer, flags(bias, active_low)), out);
}

int cgpio_open_edges(const char *path, unsigned offset, const char *consumer, enum cgpio_bias bias, bool active_low,
                     cgpio_line **out) {
  cgpio_line *line = line_of(path, offset, consumer);
  if (!line) return -errno;
  return requested(
      line, gpiod_line_request_both_edges_events_flags(line->line, consumer, flags(bias, active_low)), out);
}

int cgpio_open_output(const char *path, unsigned offset, const char *consumer, bool active, cgpio_line **out) {
  cgpio_line *line = line_of(path, offset, consumer);
  if (!line) return -errno;
  return requested(line, gpiod_line_request_output(line->line, consumer, active), out);
}

int cgpio_set(cgpio_line *line, bool active) { return gpiod_line_set_value(line->line, active) < 0 ? -errno : 0; }

// An event line is another kind of handle of the kernel's: somebody else could take the line in between.
int cgpio_listen(cgpio_line *line, enum cgpio_bias bias) {
  gpiod_line_release(line->line);
  int result = gpiod_line_request_both_edges_events_flags(line->line, line->consumer, flags(bias, false));
  return result < 0 ? -errno : 0;
}

int cgpio_fd(cgpio_line *line) {
  int fd = gpiod_line_event_get_fd(line->line);
  return fd < 0 ? -errno : fd;
}

int cgpio_edges(cgpio_line *line, struct cgpio_edge *edges, int most, int milliseconds) {
  int count = 0;
  while (count < most) {
    struct timespec limit = {.tv_sec = 0, .tv_nsec = 0};
    if (count == 0) limit = (struct timespec){.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};
    int ready = gpiod_line_event_wait(line->line, &limit);
    if (ready < 0) return errno == EINTR && count > 0 ? count : -errno;
    if (ready == 0) break;
    struct gpiod_line_event event;
    if (gpiod_line_event_read(line->line, &event) < 0) return -errno;
    edges[count++] = (struct cgpio_edge){
        .at = (uint64_t)event.ts.tv_sec * 1000000000u + (uint64_t)event.ts.tv_nsec,
        .active = event.event_type == GPIOD_LINE_EVENT_RISING_EDGE,
    };
  }
  return count;
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
  struct gpiod_edge_event_buffer *buffer;
};

/// Edges that the kernel keeps for a line: a DHT22 sends 84 in a row.
#define EDGES 256

enum mode { INPUT, EDGE_INPUT, OUTPUT };

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

/// What a line is to be; NULL with errno on failure.
static struct gpiod_line_config *line_config(unsigned offset, enum mode mode, enum cgpio_bias bias, bool flag) {
  struct gpiod_line_settings *settings = gpiod_line_settings_new();
  struct gpiod_line_config *config = gpiod_line_config_new();
  int result = -1;
  if (settings && config) {
    if (mode == OUTPUT) {
      gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT);
      gpiod_line_settings_set_output_value(settings, flag ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
    } else {
      gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT);
      gpiod_line_settings_set_bias(settings, bias_of(bias));
      gpiod_line_settings_set_active_low(settings, flag);
      if (mode == EDGE_INPUT) gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_BOTH);
    }
    result = gpiod_line_config_add_line_settings(config, &offset, 1, settings);
  }
  int error = errno;
  gpiod_line_settings_free(settings);
  if (result < 0) {
    gpiod_line_config_free(config);
    config = NULL;
  }
  errno = error;
  return config;
}

/// `flag`: active low of an input, active of an output.
static int open_line(const char *path, unsigned offset, const char *consumer, enum mode mode, enum cgpio_bias bias,
                     bool flag, cgpio_line **out) {
  cgpio_line *line = calloc(1, sizeof *line);
  if (!line) return -ENOMEM;
  struct gpiod_chip *chip = gpiod_chip_open(path);
  struct gpiod_line_config *lines = chip ? line_config(offset, mode, bias, flag) : NULL;
  struct gpiod_request_config *config = lines ? gpiod_request_config_new() : NULL;
  if (config) {
    gpiod_request_config_set_consumer(config, consumer);
    if (mode != INPUT) gpiod_request_config_set_event_buffer_size(config, EDGES);
    if (mode == INPUT || (line->buffer = gpiod_edge_event_buffer_new(EDGES)))
      line->request = gpiod_chip_request_lines(chip, config, lines);
  }
  int error = errno;
  gpiod_request_config_free(config);
  gpiod_line_config_free(lines);
  if (chip) gpiod_chip_close(chip);
  if (!line->request) {
    gpiod_edge_event_buffer_free(line->buffer);
    free(line);
    return -error;
  }
  line->offset = offset;
  *out = line;
  return 0;
}

int cgpio_open_input(const char *path, unsigned offset, const char *consumer, enum cgpio_bias bias, bool active_low,
                     cgpio_line **out) {
  return open_line(path, offset, consumer, INPUT, bias, active_low, out);
}

int cgpio_open_edges(const char *path, unsigned offset, const char *consumer, enum cgpio_bias bias, bool active_low,
                     cgpio_line **out) {
  return open_line(path, offset, consumer, EDGE_INPUT, bias, active_low, out);
}

int cgpio_open_output(const char *path, unsigned offset, const char *consumer, bool active, cgpio_line **out) {
  return open_line(path, offset, consumer, OUTPUT, CGPIO_BIAS_AS_IS, active, out);
}

int cgpio_set(cgpio_line *line, bool active) {
  enum gpiod_line_value value = active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
  return gpiod_line_request_set_value(line->request, line->offset, value) < 0 ? -errno : 0;
}

int cgpio_listen(cgpio_line *line, enum cgpio_bias bias) {
  struct gpiod_line_config *config = line_config(line->offset, EDGE_INPUT, bias, false);
  if (!config) return -errno;
  int result = gpiod_line_request_reconfigure_lines(line->request, config);
  int error = errno;
  gpiod_line_config_free(config);
  return result < 0 ? -error : 0;
}

int cgpio_fd(cgpio_line *line) { return gpiod_line_request_get_fd(line->request); }

int cgpio_edges(cgpio_line *line, struct cgpio_edge *edges, int most, int milliseconds) {
  if (!line->buffer) return -EINVAL;
  int count = 0;
  while (count < most) {
    int ready = gpiod_line_request_wait_edge_events(line->request, count == 0 ? milliseconds * 1000000LL : 0);
    if (ready < 0) return errno == EINTR && count > 0 ? count : -errno;
    if (ready == 0) break;
    int read = gpiod_line_request_read_edge_events(line->request, line->buffer, (size_t)(most - count));
    if (read < 0) return -errno;
    for (int i = 0; i < read; i++) {
      struct gpiod_edge_event *event = gpiod_edge_event_buffer_get_event(line->buffer, (unsigned long)i);
      edges[count++] = (struct cgpio_edge){
          .at = gpiod_edge_event_get_timestamp_ns(event),
          .active = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE,
      };
    }
  }
  return count;
}

int cgpio_get(cgpio_line *line) {
  enum gpiod_line_value value = gpiod_line_request_get_value(line->request, line->offset);
  return value == GPIOD_LINE_VALUE_ERROR ? -errno : value == GPIOD_LINE_VALUE_ACTIVE;
}

void cgpio_close(cgpio_line *line) {
  if (!line) return;
  gpiod_line_request_release(line->request);
  gpiod_edge_event_buffer_free(line->buffer);
  free(line);
}

#endif
