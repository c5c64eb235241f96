// An HTTP component in C without a standard library. It says hello, sends back what it is sent while it comes, tells the
// time in ticks, and fetches for others what its network lets it.
#include "../json.h"
#include "wasi-http.h"

enum { GET = 0, OTHER = 9 };
enum { PIECE = 65536, TICKS = 5 };
static const u64 TICK_NS = 100000000;

typedef struct { const byte *start; size length; } text;
typedef struct { handle body, output; } writer;

#define TEXT(literal) ((text){(const byte *)(literal), sizeof(literal) - 1})

static void wait_for(handle pollable) {
  block(pollable);
  drop_pollable(pollable);
}

/// The response is on its way from here on; its body follows.
static writer respond(handle out, int status, const char *type, size type_length) {
  small result;
  handle headers = fields();
  append(headers, "content-type", 12, type, type_length, &result);
  handle response = outgoing_response(headers);
  set_status(response, status);
  response_body(response, &result);
  writer to = {result.held, 0};
  body_write(to.body, &result);
  to.output = result.held;
  set_response(out, 0, response, 0, 0, 0, 0, 0, 0);
  return to;
}
#define PLAIN(out, status) respond(out, status, "text/plain", 10)

/// Waits for room; 0 once nobody reads any more.
static int write_all(writer to, text from) {
  while (from.length > 0) {
    wide room;
    check_write(to.output, &room);
    if (room.kind != 0) return 0;
    if (room.number == 0) { wait_for(output_subscribe(to.output)); continue; }
    size length = room.number < from.length ? (size)room.number : from.length;
    small result;
    write_bytes(to.output, from.start, length, &result);
    if (result.kind != 0) return 0;
    from.start += length;
    from.length -= length;
  }
  return 1;
}

static void end(writer to) {
  large result;
  drop_output(to.output);
  finish(to.body, 0, 0, &result);
}

/// Each piece takes the room of the one before it: the instance has no other use for it.
static void copy(handle body, writer to) {
  small result;
  body_stream(body, &result);
  handle input = result.held;
  byte *mark = free_room;
  do {
    free_room = mark;
    blocking_read(input, PIECE, &result);
  } while (result.kind == 0 && write_all(to, (text){result.start, result.length}));
  drop_input(input);
}

static int is(text path, const char *name) {
  size at = 0;
  while (at < path.length && name[at] != 0 && path.start[at] == (byte)name[at]) at++;
  return name[at] == 0 && (at == path.length || path.start[at] == '?');
}

static void say(handle out, int status, text sentence) {
  writer to = PLAIN(out, status);
  write_all(to, sentence);
  end(to);
}

static void tick(handle out) {
  writer to = PLAIN(out, 200);
  for (int count = 0; count < TICKS; count++) {
    if (count > 0) wait_for(subscribe_duration(TICK_NS));
    if (!write_all(to, TEXT("tick\n"))) break;
  }
  end(to);
}

/// What stands behind `/fetch?`: `host/path` by https, `http:host/path` without.
static void fetch(handle out, text path) {
  text url = {path.start + sizeof "/fetch?" - 1, path.length - (sizeof "/fetch?" - 1)};
  int is_plain = url.length > 5 && url.start[4] == ':';
  if (is_plain) { url.start += 5; url.length -= 5; }
  size host = 0;
  while (host < url.length && url.start[host] != '/') host++;
  handle request = outgoing_request(fields());
  set_scheme(request, 1, is_plain ? 0 : 1, 0, 0);
  set_authority(request, 1, url.start, host);
  if (host < url.length) set_path(request, 1, url.start + host, url.length - host);
  else set_path(request, 1, (const byte *)"/", 1);
  large result;
  send_request(request, 0, 0, &result);
  if (result.kind != 0) { say(out, 502, TEXT("The request was denied.\n")); return; }
  handle future = (handle)result.rest[0];
  wait_for(future_subscribe(future));
  future_get(future, &result);
  // An option of a result of a result: 8 bytes each before what they hold.
  if ((byte)result.rest[1] != 0) { say(out, 502, TEXT("There was no answer.\n")); return; }
  handle response = (handle)result.rest[2];
  writer to = PLAIN(out, response_status(response));
  small body;
  response_consume(response, &body);
  copy(body.held, to);
  end(to);
}

__attribute__((export_name("wasi:http/incoming-handler@0.2.0#handle"))) void
handle_request(handle request, handle out) {
  small result, verb;
  path_with_query(request, &result);
  text path = {result.start, result.length};
  method(request, &verb);
  if (is(path, "/echo")) {
    consume(request, &result);
    writer to = respond(out, 200, "application/octet-stream", 24);
    copy(result.held, to);
    end(to);
  } else if (is(path, "/method")) {
    static const text NAMES[] = {TEXT("get"), TEXT("head"), TEXT("post"), TEXT("put"), TEXT("delete"), TEXT("connect"), TEXT("options"), TEXT("trace"), TEXT("patch")};
    say(out, 200, verb.kind == OTHER ? (text){verb.start, verb.length} : NAMES[verb.kind]);
  } else if (is(path, "/ticks")) tick(out);
  else if (is(path, "/fetch")) fetch(out, path);
  else if (is(path, "/trap")) __builtin_trap();
  else if (is(path, "/spin")) for (volatile int turn = 0;; turn++) {}
  else if (is(path, "/silent")) return;
  else if (is(path, "/health")) say(out, 200, TEXT("OK"));
  else if (is(path, "/")) say(out, 200, TEXT("Hello from a component.\n"));
  else say(out, 404, TEXT("There is nothing here.\n"));
}
