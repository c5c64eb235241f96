// HTTP by a core module in C without a standard library: a request comes as JSON, a response goes back as JSON.
#include "../json.h"

#define ANSWER(literal) answer((const byte *)(literal), sizeof(literal) - 1)

static int is(const byte *text, const char *name) {
  while (*name != 0 && *text == (byte)*name) text++, name++;
  return *name == 0 && *text == '"';
}

__attribute__((export_name("health_check"))) unsigned long long
health_check(const byte *document, size length) {
  (void)document;
  (void)length;
  return ANSWER("\"OK\"");
}

/// Tea can be had, coffee can't (RFC 2324); a POST to /echo gets its own text back, escaped as it came.
__attribute__((export_name("handle_http"))) unsigned long long
handle_http(const byte *document, size length) {
  const byte *path = text_field(document, length, "path");
  if (path == 0) return ANSWER("{\"status\":400}");
  if (is(path, "/coffee")) {
    return ANSWER("{\"status\":418,\"headers\":{\"content-type\":\"text/plain\"},\"body\":\"I'm a teapot.\\n\"}");
  }
  if (is(path, "/tea")) {
    return ANSWER("{\"headers\":{\"content-type\":\"text/plain\",\"set-cookie\":[\"cup=1\",\"sugar=0\"]},\"body\":\"Here you are.\\n\"}");
  }
  if (!is(path, "/echo")) return ANSWER("{\"status\":404,\"body\":\"Tea or coffee?\\n\"}");
  const byte *body = text_field(document, length, "body");
  if (body == 0) return ANSWER("{\"status\":204}");
  const byte *end = body;
  while (*end != '"') end += *end == '\\' ? 2 : 1;
  static const byte open[] = "{\"body\":\"";
  byte *start = allocate(0, 0, 1, sizeof open + (size)(end - body) + 2);
  byte *at = start;
  for (size index = 0; index < sizeof open - 1; index++) *at++ = open[index];
  for (const byte *from = body; from < end; from++) *at++ = *from;
  *at++ = '"';
  *at++ = '}';
  return answer(start, at - start);
}
