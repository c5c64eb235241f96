// A component in C without a standard library. It keeps letters as objects of its blobstore: those that are put to it by
// HTTP, and those that come as messages, each by its subject. It answers who wants to know, and asks others on the lattice.
#include "../json.h"
#include "../courier/wasi-http.h"
#include "wasmcloud.h"

enum { GET = 0, POST = 2, PUT = 3, DELETE = 4, OTHER = 9 };
enum { PIECE = 65536, PAGE = 2, PATIENCE_MS = 2000 };

typedef struct { const byte *start; size length; } text;
#define TEXT(literal) ((text){(const byte *)(literal), sizeof(literal) - 1})
#define OF(text) text.start, text.length

static const text LETTERS = TEXT("letters");

static int is(text one, text other) {
  if (one.length != other.length) return 0;
  for (size at = 0; at < one.length; at++) if (one.start[at] != other.start[at]) return 0;
  return 1;
}

/// What stands before the mark, which is taken away with it.
static text until(text *from, byte mark) {
  text before = {from->start, 0};
  while (before.length < from->length && from->start[before.length] != mark) before.length++;
  size taken = before.length < from->length ? before.length + 1 : before.length;
  from->start += taken;
  from->length -= taken;
  return before;
}

static handle respond(handle out, int status, handle *body) {
  small result;
  handle headers = fields();
  append(headers, "content-type", 12, "text/plain", 10, &result);
  handle response = outgoing_response(headers);
  set_status(response, status);
  response_body(response, &result);
  *body = result.held;
  body_write(*body, &result);
  set_response(out, 0, response, 0, 0, 0, 0, 0, 0);
  return result.held;
}

/// Waits for room; 0 once nobody takes any more.
static int write_all(handle output, text from) {
  while (from.length > 0) {
    wide room;
    check_write(output, &room);
    if (room.kind != 0) return 0;
    if (room.number == 0) {
      handle ready = output_subscribe(output);
      block(ready);
      drop_pollable(ready);
      continue;
    }
    size length = room.number < from.length ? (size)room.number : from.length;
    small result;
    write_bytes(output, from.start, length, &result);
    if (result.kind != 0) return 0;
    from.start += length;
    from.length -= length;
  }
  return 1;
}

/// Each piece takes the room of the one before it.
static int copy_all(handle input, handle output) {
  small piece;
  byte *mark = free_room;
  int is_written = 1;
  for (;;) {
    free_room = mark;
    blocking_read(input, PIECE, &piece);
    if (piece.kind != 0) break;
    is_written = write_all(output, (text){piece.start, piece.length});
    if (!is_written) break;
  }
  drop_input(input);
  return is_written;
}

static void end(handle body, handle output) {
  large result;
  drop_output(output);
  finish(body, 0, 0, &result);
}

static void say(handle out, int status, text sentence) {
  handle body, output = respond(out, status, &body);
  write_all(output, sentence);
  end(body, output);
}

/// Why it can't be had, as the store tells it.
static void refuse(handle out, int status, small *result) {
  say(out, status, (text){result->start, result->length});
}

/// Another instance may make it at the same time.
static void letters(small *result) {
  get_container(OF(LETTERS), result);
  if (result->kind != 0) create_container(OF(LETTERS), result);
  if (result->kind != 0) get_container(OF(LETTERS), result);
}

/// From a stream or, where there is none, from the bytes.
static void keep(handle container, text name, handle input, text bytes, small *result) {
  handle value = new_outgoing_value();
  write_data(container, OF(name), value, result);
  if (result->kind != 0) return;
  small taken;
  outgoing_value_write_body(value, &taken);
  int is_written = input == 0 ? write_all(taken.held, bytes) : copy_all(input, taken.held);
  drop_output(taken.held);
  // What isn't finished is not kept.
  if (is_written) { finish_value(value, result); return; }
  drop_value(value);
  *result = (small){.kind = 1, .start = (const byte *)"It is too long.", .length = 15};
}

static u64 number(text digits) {
  u64 sum = 0;
  for (size at = 0; at < digits.length; at++) sum = sum * 10 + (digits.start[at] - '0');
  return sum;
}

/// `range`: `first-last`, or nothing for all of it.
static void read(handle out, handle container, text name, text range) {
  u64 first = 0, last = ~(u64)0;
  if (range.length > 0) { first = number(until(&range, '-')); last = number(range); }
  small result;
  get_data(container, OF(name), first, last, &result);
  if (result.kind != 0) { refuse(out, 404, &result); return; }
  consume_async(result.held, &result);
  if (result.kind != 0) { refuse(out, 502, &result); return; }
  handle body, input = result.held, output = respond(out, 200, &body);
  copy_all(input, output);
  end(body, output);
}

static void list(handle out, handle container) {
  small result;
  list_objects(container, &result);
  if (result.kind != 0) { refuse(out, 502, &result); return; }
  handle names = result.held, body, output = respond(out, 200, &body);
  for (page page = {0}; page.kind == 0 && !page.is_last;) {
    read_names(names, PAGE, &page);
    for (size at = 0; page.kind == 0 && at < page.length; at++) {
      write_all(output, (text){page.names[at].start, page.names[at].length});
      write_all(output, TEXT("\n"));
    }
  }
  end(body, output);
}

/// Where the postbox has a secret seal, a letter must come with it.
static int is_sealed(text given) {
  union { large room; small told; } secret;
  secret_get(OF(TEXT("seal")), &secret.room);
  if (secret.told.kind != 0) return 1;
  small seal;
  reveal(secret.told.held, &seal);
  return is(given, (text){seal.start, seal.length});
}

static text body_of(handle request) {
  small result;
  consume(request, &result);
  body_stream(result.held, &result);
  blocking_read(result.held, PIECE, &result);
  return result.kind == 0 ? (text){result.start, result.length} : TEXT("");
}

static void ask(handle out, text subject, text body) {
  message answer;
  request_message(OF(subject), OF(body), PATIENCE_MS, &answer);
  if (answer.kind == 0) say(out, 200, (text){answer.body, answer.body_length});
  else say(out, 504, (text){answer.subject, answer.subject_length});
}

__attribute__((export_name("wasi:http/incoming-handler@0.2.0#handle"))) void
handle_request(handle request, handle out) {
  small result, verb;
  path_with_query(request, &result);
  text query = {result.start + 1, result.length - 1}, name = until(&query, '?');
  method(request, &verb);
  text other = {verb.start, verb.length};
  if (verb.kind == POST) { ask(out, name, body_of(request)); return; }
  letters(&result);
  if (result.kind != 0) { refuse(out, 503, &result); return; }
  handle container = result.held;
  if (verb.kind == GET && name.length == 0) { list(out, container); return; }
  if (verb.kind == GET) { read(out, container, name, query); return; }
  if (verb.kind == PUT && !is_sealed(query)) { say(out, 403, TEXT("That is not the seal.")); return; }
  if (verb.kind == PUT) {
    consume(request, &result);
    body_stream(result.held, &result);
    keep(container, name, result.held, TEXT(""), &result);
  } else if (verb.kind == DELETE) {
    if (name.length == 0) clear(container, &result);
    else delete_object(container, OF(name), &result);
  } else if (verb.kind == OTHER && is(other, TEXT("COPY"))) {
    copy_object(OF(LETTERS), OF(name), OF(LETTERS), OF(query), &result);
  } else if (verb.kind == OTHER && is(other, TEXT("MOVE"))) {
    move_object(OF(LETTERS), OF(name), OF(LETTERS), OF(query), &result);
  } else { say(out, 405, TEXT("GET, PUT, POST, DELETE, COPY or MOVE.")); return; }
  if (result.kind == 0) say(out, 200, TEXT("Done."));
  else refuse(out, 400, &result);
}

/// A result of an option of text: 4 bytes each before what they hold.
typedef struct { byte is_error; int is_some; text text; } setting;
__attribute__((import_module("wasi:config/store@0.2.0-draft"), import_name("get"))) extern
void config_get(const byte *, size, setting *);

/// Who waits for a reply is told what became of the letter; where the config names whom to forward to, it goes on there.
__attribute__((export_name("wasmcloud:messaging/handler@0.2.0#handle-message"))) const small *
handle_message(const byte *subject, size subject_length, const byte *body, size length, int has_reply, const byte *reply, size reply_length) {
  static small result;
  letters(&result);
  if (result.kind != 0) return &result;
  keep(result.held, (text){subject, subject_length}, 0, (text){body, length}, &result);
  setting forward;
  config_get(OF(TEXT("forward")), &forward);
  if (result.kind == 0 && !forward.is_error && forward.is_some)
    publish(OF(forward.text), body, length, 0, 0, 0, &result);
  if (result.kind != 0 || !has_reply) return &result;
  publish(reply, reply_length, OF(TEXT("Kept.")), 0, 0, 0, &result);
  return &result;
}
