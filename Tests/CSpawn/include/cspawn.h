// Starting a program from a test: what Swift's import of the C library does not have.
#pragma once
#include <sys/types.h>

// Starts it with nothing of ours but these: standard input is empty, standard output and standard error go to a pipe whose other
// end is *output, no signal is blocked, and no other descriptor is open. Returns 0, or an errno.
int cspawn(const char *path, char *const arguments[], char *const environment[], pid_t *pid, int *output);
