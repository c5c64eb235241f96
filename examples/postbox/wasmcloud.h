// The imports of postbox.wit beside those of HTTP, as the canonical ABI has them.

#define BLOBS(module, name) __attribute__((import_module("wasi:blobstore/" module "@0.2.0-draft"), import_name(name))) extern
#define SECRETS(module, name) __attribute__((import_module("wasmcloud:secrets/" module "@0.1.0-draft"), import_name(name))) extern
#define MESSAGING(name) FROM("wasmcloud:messaging/consumer", name)

/// A result of names and whether they are the last.
typedef struct { byte kind; const struct { const byte *start; size length; } *names; size length; byte is_last; } page;
/// A result of a message; where it is an error, that stands in the subject's place.
typedef struct { byte kind; const byte *subject; size subject_length; const byte *body; size body_length; int has_reply; const byte *reply; size reply_length; } message;

BLOBS("blobstore", "create-container") void create_container(const byte *, size, small *);
BLOBS("blobstore", "get-container") void get_container(const byte *, size, small *);
BLOBS("blobstore", "copy-object") void copy_object(const byte *, size, const byte *, size, const byte *, size, const byte *, size, small *);
BLOBS("blobstore", "move-object") void move_object(const byte *, size, const byte *, size, const byte *, size, const byte *, size, small *);
BLOBS("container", "[method]container.get-data") void get_data(handle, const byte *, size, u64, u64, small *);
BLOBS("container", "[method]container.write-data") void write_data(handle, const byte *, size, handle, small *);
BLOBS("container", "[method]container.list-objects") void list_objects(handle, small *);
BLOBS("container", "[method]container.delete-object") void delete_object(handle, const byte *, size, small *);
BLOBS("container", "[method]container.clear") void clear(handle, small *);
BLOBS("container", "[method]stream-object-names.read-stream-object-names") void read_names(handle, u64, page *);
BLOBS("types", "[static]outgoing-value.new-outgoing-value") handle new_outgoing_value(void);
BLOBS("types", "[method]outgoing-value.outgoing-value-write-body") void outgoing_value_write_body(handle, small *);
BLOBS("types", "[static]outgoing-value.finish") void finish_value(handle, small *);
BLOBS("types", "[resource-drop]outgoing-value") void drop_value(handle);
BLOBS("types", "[static]incoming-value.incoming-value-consume-async") void consume_async(handle, small *);

SECRETS("store", "get") void secret_get(const byte *, size, large *);
/// What is revealed is text or bytes: its kind tells which.
SECRETS("reveal", "reveal") void reveal(handle, small *);

MESSAGING("publish") void publish(const byte *, size, const byte *, size, int has_reply, const byte *, size, small *);
MESSAGING("request") void request_message(const byte *, size, const byte *, size, int timeout_ms, message *);
