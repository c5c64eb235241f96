// An HTTP component in C without a standard library. It counts what it is asked in the store that its link leads to, by the
// path that was asked, and says the count with the greeting of its config; on the subject of its config it tells it others.
#include "../json.h"
#include "../courier/wasi-http.h"

#define DRAFT(module, name) __attribute__((import_module(module "@0.2.0-draft"), import_name(name))) extern

/// A result of an option of text: 4 bytes each before what they hold.
typedef struct { byte is_error; int is_some; const byte *start; size length; } setting;

DRAFT("wasi:config/store", "get") void config_get(const char *, size, setting *);
DRAFT("wasi:keyvalue/store", "open") void store_open(const char *, size, small *);
DRAFT("wasi:keyvalue/store", "[method]bucket.delete") void bucket_delete(handle, const byte *, size, large *);
DRAFT("wasi:keyvalue/atomics", "increment") void increment(handle, const byte *, size, u64 delta, large *);

FROM("wasmcloud:messaging/consumer", "publish")
void publish(const byte *subject, size, const byte *body, size, int has_reply, const byte *reply, size, small *);

enum { DELETE = 4 };

static handle output_of(handle response, handle *body) {
  small result;
  response_body(response, &result);
  *body = result.held;
  body_write(*body, &result);
  return result.held;
}

static void say(handle out, int status, const byte *text, size length) {
  small result;
  large finished;
  handle headers = fields();
  append(headers, "content-type", 12, "text/plain", 10, &result);
  handle response = outgoing_response(headers), body;
  set_status(response, status);
  handle output = output_of(response, &body);
  set_response(out, 0, response, 0, 0, 0, 0, 0, 0);
  wide room;
  check_write(output, &room);
  write_bytes(output, text, length, &result);
  drop_output(output);
  finish(body, 0, 0, &finished);
}
#define SAY(out, status, literal) say(out, status, (const byte *)(literal), sizeof(literal) - 1)

/// `greeting`, a space, the number in decimal, and the end of the line.
static size sentence(byte *line, setting greeting, u64 number) {
  size length = 0;
  if (greeting.is_some && greeting.length <= 64) {
    for (; length < greeting.length; length++) line[length] = greeting.start[length];
    line[length++] = ' ';
  }
  byte digits[20];
  size count = 0;
  do digits[count++] = (byte)('0' + number % 10);
  while ((number /= 10) > 0);
  while (count > 0) line[length++] = digits[--count];
  line[length++] = '\n';
  return length;
}

__attribute__((export_name("wasi:http/incoming-handler@0.2.0#handle"))) void
handle_request(handle request, handle out) {
  small path, verb, store;
  path_with_query(request, &path);
  method(request, &verb);
  store_open("counts", 6, &store);
  if (store.kind != 0) { SAY(out, 503, "There is no store.\n"); return; }
  large counted;
  if (verb.kind == DELETE) {
    bucket_delete(store.held, path.start, path.length, &counted);
    if ((byte)counted.kind != 0) SAY(out, 503, "The store did not forget it.\n");
    else SAY(out, 200, "Forgotten.\n");
    return;
  }
  increment(store.held, path.start, path.length, 1, &counted);
  if (counted.kind != 0) { SAY(out, 503, "The store did not count.\n"); return; }
  setting greeting;
  config_get("greeting", 8, &greeting);
  static byte line[128];
  size length = sentence(line, greeting, counted.rest[0]);
  setting subject;
  config_get("subject", 7, &subject);
  small told = {0};
  if (subject.is_some) publish(subject.start, subject.length, line, length, 0, 0, 0, &told);
  if (told.kind != 0) say(out, 502, told.start, told.length);
  else say(out, 200, line, length);
}
