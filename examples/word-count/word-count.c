// A WASI program in C: the function's name is its first argument, the parameters stand in its input, and what it
// prints is the answer.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int count(void) {
  unsigned long words = 0, lines = 0, characters = 0;
  int inside = 0;
  for (int letter = getchar(); letter != EOF; letter = getchar()) {
    characters++;
    if (letter == '\n') lines++;
    if (isspace(letter)) inside = 0;
    else if (!inside) { inside = 1; words++; }
  }
  printf("{\"words\":%lu,\"lines\":%lu,\"bytes\":%lu}\n", words, lines, characters);
  return 0;
}

static int greet(void) {
  const char *greeting = getenv("GREETING");
  printf("{\"greeting\":\"%s\"}\n", greeting == NULL ? "hello" : greeting);
  return 0;
}

int main(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : "";
  if (strcmp(name, "health_check") == 0) return puts("\"OK\"") < 0;
  if (strcmp(name, "count") == 0) return count();
  if (strcmp(name, "greet") == 0) return greet();
  fprintf(stderr, "expected health_check, count or greet, got \"%s\"\n", name);
  return 64;
}
