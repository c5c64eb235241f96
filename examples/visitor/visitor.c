// HTTP by a WASI program: CGI, as RFC 3875 has it. What it was asked stands in its environment and on stdin.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *variable(const char *name) {
  const char *value = getenv(name);
  return value == 0 ? "" : value;
}

int main(void) {
  const char *path = variable("PATH_INFO");
  if (strcmp(path, "/moved") == 0) {
    printf("Location: %s/\r\n\r\n", variable("SCRIPT_NAME"));
    return 0;
  }
  if (strcmp(path, "/nonsense") == 0) {
    printf("no header at all\n\n");
    return 0;
  }
  if (strcmp(path, "/fail") == 0) return 3;
  printf("Status: 201 Created\nContent-Type: text/plain; charset=utf-8\n\n");
  printf("%s %s?%s\n", variable("REQUEST_METHOD"), path, variable("QUERY_STRING"));
  printf("type=%s length=%s\n", variable("CONTENT_TYPE"), variable("CONTENT_LENGTH"));
  printf("agent=%s proxy=%s\n", variable("HTTP_USER_AGENT"), variable("HTTP_PROXY"));
  for (int letter = getchar(); letter != EOF; letter = getchar()) putchar(letter);
  return 0;
}
