// One mistake of each kind that the C targets are searched for: "memory" reads behind a block, "arithmetic" overflows.
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **words) {
  volatile int large = INT_MAX;
  char *block = malloc(8);
  memset(block, 'x', 8);
  if (count > 1 && !strcmp(words[1], "memory")) printf("%d\n", block[7 + count - 1]);
  if (count > 1 && !strcmp(words[1], "arithmetic")) printf("%d\n", large + count);
  free(block);
  return 0;
}
