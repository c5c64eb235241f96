// A component in C without a standard library. It asks another what things cost, by the interface that it has itself: what
// it answers, by HTTP or to who is linked to it, is that and the postage.
#include "../json.h"
#include "../courier/wasi-http.h"

typedef struct { const byte *start; size length; } text;
typedef struct { text name; unsigned count; } line;

/// result<u64, refusal>: a tag, then at 8 the sum, or the refusal's own tag and at 12 its text.
typedef struct {
  byte is_error;
  union {
    u64 sum;
    struct { byte kind; text name; } refusal;
  };
} total_result;

__attribute__((import_module("example:prices/catalog@1.0.0"), import_name("total"))) extern
void catalog_total(const line *, size, total_result *);

enum { POSTAGE = 490, LINES = 16, UNKNOWN = 0 };

__attribute__((export_name("example:prices/catalog@1.0.0#total"))) total_result *
total(const line *lines, size length) {
  static total_result result;
  catalog_total(lines, length, &result);
  if (!result.is_error) result.sum += POSTAGE;
  return &result;
}

static void say(handle out, int status, const byte *start, size length) {
  small result;
  large finished;
  handle headers = fields();
  append(headers, "content-type", 12, "text/plain", 10, &result);
  handle response = outgoing_response(headers);
  set_status(response, status);
  response_body(response, &result);
  handle body = result.held;
  body_write(body, &result);
  handle output = result.held;
  set_response(out, 0, response, 0, 0, 0, 0, 0, 0);
  wide room;
  check_write(output, &room);
  write_bytes(output, start, length, &result);
  drop_output(output);
  finish(body, 0, 0, &finished);
}

static size decimal(byte *to, u64 number) {
  byte digits[20];
  size count = 0, length = 0;
  do digits[count++] = (byte)('0' + number % 10);
  while ((number /= 10) > 0);
  while (count > 0) to[length++] = digits[--count];
  return length;
}

/// `pear,plum:3`: how many lines that is.
static size parse(text from, line *lines) {
  size count = 0;
  for (size at = 0; at < from.length && count < LINES; at++) {
    line next = {{from.start + at, 0}, 1};
    for (; at < from.length && from.start[at] != ',' && from.start[at] != ':'; at++) next.name.length++;
    if (at < from.length && from.start[at] == ':') {
      next.count = 0;
      for (at++; at < from.length && from.start[at] != ','; at++) next.count = next.count * 10 + (from.start[at] - '0');
    }
    lines[count++] = next;
  }
  return count;
}

__attribute__((export_name("wasi:http/incoming-handler@0.2.0#handle"))) void
handle_request(handle request, handle out) {
  static line lines[LINES];
  static byte told[32];
  small path;
  path_with_query(request, &path);
  size count = parse((text){path.start + 1, path.length - 1}, lines);
  total_result *result = total(lines, count);
  if (!result->is_error) say(out, 200, told, decimal(told, result->sum));
  else if (result->refusal.kind == UNKNOWN) say(out, 404, result->refusal.name.start, result->refusal.name.length);
  else say(out, 400, (const byte *)"Nothing is asked for.", 21);
}
