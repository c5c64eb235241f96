// A component in C without a standard library: what its list asks for each thing, by the interface of prices.wit.
#include "../json.h"

typedef struct { const byte *start; size length; } text;
typedef struct { text name; unsigned count; } line;

/// result<u64, refusal>: a tag, then at 8 the sum, or the refusal's own tag and at 12 its text.
typedef struct {
  byte is_error;
  union {
    unsigned long long sum;
    struct { byte kind; text name; } refusal;
  };
} total_result;

enum { UNKNOWN = 0, EMPTY = 1 };

/// A name, a space, cents, and the end of the line.
static const char LIST[] = "pear 120\nplum 80\nmelon 450\n";

/// The cents after the name; 0 where the list doesn't have it.
static unsigned price(text name) {
  const char *at = LIST;
  while (*at != 0) {
    size length = 0;
    while (length < name.length && at[length] == (char)name.start[length]) length++;
    if (length == name.length && at[length] == ' ') {
      unsigned cents = 0;
      for (at += length + 1; *at != '\n'; at++) cents = cents * 10 + (unsigned)(*at - '0');
      return cents;
    }
    while (*at++ != '\n') {}
  }
  return 0;
}

static int is_forever(text name) {
  static const char FOREVER[] = "forever";
  if (name.length != sizeof FOREVER - 1) return 0;
  for (size at = 0; at < name.length; at++) if (name.start[at] != (byte)FOREVER[at]) return 0;
  return 1;
}

__attribute__((export_name("example:prices/catalog@1.0.0#total"))) total_result *
total(const line *lines, size length) {
  static total_result result;
  result.is_error = length == 0;
  if (length == 0) { result.refusal.kind = EMPTY; return &result; }
  unsigned long long sum = 0;
  for (size at = 0; at < length; at++) {
    if (is_forever(lines[at].name)) for (;;) {}
    unsigned cents = price(lines[at].name);
    if (cents == 0) {
      result.is_error = 1;
      result.refusal.kind = UNKNOWN;
      result.refusal.name = lines[at].name;
      return &result;
    }
    sum += (unsigned long long)cents * lines[at].count;
  }
  result.sum = sum;
  return &result;
}
