// An HTTP app: a page that takes some work, a health page, and a line to its log for each order.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Steps of the work for one page: about what a template and a few queries would take.
#define STEPS 400000u

static const char *variable(const char *name) {
  const char *value = getenv(name);
  return value == 0 ? "" : value;
}

static unsigned page(unsigned seed) {
  for (unsigned step = 0; step < STEPS; step++) seed = seed * 1664525u + 1013904223u + (seed >> 7);
  return seed;
}

static void head(const char *status) {
  printf("Status: %s\nContent-Type: text/plain; charset=utf-8\n\n", status);
}

int main(void) {
  const char *path = variable("PATH_INFO");
  if (strcmp(path, "/health") == 0) {
    head("200 OK");
    printf("OK\n");
    return 0;
  }
  if (strcmp(path, "/order") == 0) {
    fprintf(stderr, "INFO order taken\n");
    head("201 Created");
    printf("ordered\n");
    return 0;
  }
  if (strcmp(path, "/broken") == 0) {
    fprintf(stderr, "ERROR nothing works here\n");
    head("500 Internal Server Error");
    return 0;
  }
  head("200 OK");
  printf("%s %08x\n", variable("GREETING"), page((unsigned)strlen(path)));
  return 0;
}
