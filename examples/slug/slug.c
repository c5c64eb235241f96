// A guest in C without a standard library: makes of a title what can stand in a URL.
#include "../json.h"

static const byte OK[] = "\"OK\"";
static const byte NO_TITLE[] = "{\"error\":\"expected {\\\"title\\\": text}\"}";

__attribute__((export_name("health_check"))) unsigned long long
health_check(const byte *document, size length) {
  (void)document;
  (void)length;
  return answer(OK, sizeof OK - 1);
}

/// `{"title": "Hello, World!"}` becomes `{"slug":"hello-world"}`. Letters and digits of ASCII stay, the rest parts words.
__attribute__((export_name("slug"))) unsigned long long
slug(const byte *document, size length) {
  const byte *title = text_field(document, length, "title");
  if (title == 0) return answer(NO_TITLE, sizeof NO_TITLE - 1);
  static const byte open[] = "{\"slug\":\"";
  byte *start = allocate(0, 0, 1, length + sizeof open + 2);
  byte *at = start;
  for (size index = 0; index < sizeof open - 1; index++) *at++ = open[index];
  byte *first = at;
  for (const byte *from = title; from < document + length && *from != '"'; from++) {
    byte letter = *from >= 'A' && *from <= 'Z' ? *from + 32 : *from;
    int stays = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    if (*from == '\\') from++;
    if (stays) *at++ = letter;
    else if (at > first && at[-1] != '-') *at++ = '-';
  }
  if (at > first && at[-1] == '-') at--;
  *at++ = '"';
  *at++ = '}';
  return answer(start, at - start);
}
