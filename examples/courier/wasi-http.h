// The imports of courier.wit as the canonical ABI has them: a result of more than one value is written to where the
// last parameter points.

#define FROM(module, name) __attribute__((import_module(module "@0.2.0"), import_name(name))) extern
#define HTTP(name) FROM("wasi:http/types", name)
#define STREAMS(name) FROM("wasi:io/streams", name)

typedef int handle;
typedef unsigned long long u64;

/// A result, an option or a variant: what it is, and what it holds, which begins at 4 or, where it may be 64 bits, at 8.
typedef struct { byte kind; union { handle held; struct { const byte *start; size length; }; }; } small;
typedef struct { byte kind; u64 number; } wide;
/// Room for the largest of them: an error code is 40 bytes.
typedef struct { byte kind; u64 rest[8]; } large;

HTTP("[constructor]fields") handle fields(void);
HTTP("[method]fields.append") void append(handle, const char *, size, const char *, size, small *);
HTTP("[method]incoming-request.method") void method(handle, small *);
HTTP("[method]incoming-request.path-with-query") void path_with_query(handle, small *);
HTTP("[method]incoming-request.consume") void consume(handle, small *);
HTTP("[method]incoming-body.stream") void body_stream(handle, small *);
HTTP("[constructor]outgoing-response") handle outgoing_response(handle headers);
HTTP("[method]outgoing-response.set-status-code") int set_status(handle, int);
HTTP("[method]outgoing-response.body") void response_body(handle, small *);
HTTP("[method]outgoing-body.write") void body_write(handle, small *);
HTTP("[static]outgoing-body.finish") void finish(handle, int has_trailers, handle trailers, large *);
HTTP("[static]response-outparam.set")
void set_response(handle, int is_error, int response_or_code, int, long long, int, int, int, int);
HTTP("[constructor]outgoing-request") handle outgoing_request(handle headers);
HTTP("[method]outgoing-request.set-scheme") int set_scheme(handle, int is_some, int scheme, const byte *, size);
HTTP("[method]outgoing-request.set-authority") int set_authority(handle, int is_some, const byte *, size);
HTTP("[method]outgoing-request.set-path-with-query") int set_path(handle, int is_some, const byte *, size);
HTTP("[method]incoming-response.status") int response_status(handle);
HTTP("[method]incoming-response.consume") void response_consume(handle, small *);
HTTP("[method]future-incoming-response.subscribe") handle future_subscribe(handle);
HTTP("[method]future-incoming-response.get") void future_get(handle, large *);
HTTP("[resource-drop]incoming-request") void drop_request(handle);
FROM("wasi:http/outgoing-handler", "handle") void send_request(handle, int has_options, handle options, large *);

STREAMS("[method]input-stream.blocking-read") void blocking_read(handle, u64, small *);
STREAMS("[method]output-stream.check-write") void check_write(handle, wide *);
STREAMS("[method]output-stream.write") void write_bytes(handle, const byte *, size, small *);
STREAMS("[method]output-stream.subscribe") handle output_subscribe(handle);
STREAMS("[resource-drop]input-stream") void drop_input(handle);
STREAMS("[resource-drop]output-stream") void drop_output(handle);
FROM("wasi:io/poll", "[method]pollable.block") void block(handle);
FROM("wasi:io/poll", "[resource-drop]pollable") void drop_pollable(handle);
FROM("wasi:clocks/monotonic-clock", "subscribe-duration") handle subscribe_duration(u64);
