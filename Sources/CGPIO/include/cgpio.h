// GPIO lines, over libgpiod 1.6 and 2.x alike. Each function returns -errno on failure.
#ifndef FIELDPOST_CGPIO_H
#define FIELDPOST_CGPIO_H

#include <stdbool.h>
#include <stdint.h>

/// A line that was requested.
typedef struct cgpio_line cgpio_line;

/// The resistor inside the chip.
enum cgpio_bias { CGPIO_BIAS_AS_IS, CGPIO_BIAS_PULL_UP, CGPIO_BIAS_PULL_DOWN, CGPIO_BIAS_DISABLED };

/// The version of the libgpiod that this was compiled against: 1 or 2.
int cgpio_api(void);

/// The number of lines of the chip at `path`; its label goes to `label`, cut to its size.
int cgpio_chip(const char *path, char *label, unsigned size);

/// The offset of the line of this name on the chip at `path`; -ENOENT when it has none.
int cgpio_find(const char *path, const char *line);

/// Takes a line as an input.
int cgpio_open_input(const char *path, unsigned offset, const char *consumer, enum cgpio_bias bias, bool active_low,
                     cgpio_line **out);

/// Takes a line as an input that keeps its edges.
int cgpio_open_edges(const char *path, unsigned offset, const char *consumer, enum cgpio_bias bias, bool active_low,
                     cgpio_line **out);

/// Takes a line as an output, at first active or not. It can become an input with edges.
int cgpio_open_output(const char *path, unsigned offset, const char *consumer, bool active, cgpio_line **out);

/// Drives an output.
int cgpio_set(cgpio_line *line, bool active);

/// Lets go of an output: from now on it is an input that keeps its edges.
int cgpio_listen(cgpio_line *line, enum cgpio_bias bias);

/// Readable while there are edges to be read.
int cgpio_fd(cgpio_line *line);

struct cgpio_edge {
  /// CLOCK_MONOTONIC, nanoseconds: when the kernel saw it.
  uint64_t at;
  /// It became active.
  bool active;
};

/// The edges that have come, at most `most`, oldest first; waits for the first one so many milliseconds. Their number.
int cgpio_edges(cgpio_line *line, struct cgpio_edge *edges, int most, int milliseconds);

/// 1 active, 0 inactive.
int cgpio_get(cgpio_line *line);

/// Gives the line back.
void cgpio_close(cgpio_line *line);

#endif
