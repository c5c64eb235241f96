// The `json` convention for C guests without a standard library: room for the document that the host writes, and a
// reader of the text fields of one JSON object. The host wrote the document, so the reader trusts that it is JSON; it
// doesn't trust that a field is there.

typedef unsigned char byte;
typedef __SIZE_TYPE__ size;

/// Every call has an instance of its own, so nothing is ever given back.
extern byte __heap_base;
static byte *free_room = &__heap_base;

__attribute__((export_name("cabi_realloc"))) void *
allocate(void *old, size old_size, size align, size length) {
  byte *room = (byte *)(((size)free_room + align - 1) & ~(align - 1));
  free_room = room + length;
  size pages = ((size)free_room + 65535) >> 16;
  size present = __builtin_wasm_memory_size(0);
  if (pages > present && __builtin_wasm_memory_grow(0, pages - present) == (size)-1) {
    __builtin_trap();
  }
  if (old_size > 0) __builtin_memcpy(room, old, old_size < length ? old_size : length);
  return room;
}

/// What the linker puts in place of a built-in copy when the machine has no bulk memory.
void *memcpy(void *restrict to, const void *restrict from, size length) {
  for (size at = 0; at < length; at++) ((byte *)to)[at] = ((const byte *)from)[at];
  return to;
}

/// The answer as the host expects it: pointer and length in one i64.
__attribute__((unused)) static unsigned long long answer(const byte *start, size length) {
  return (unsigned long long)(size)start << 32 | length;
}

/// Where the text of a field begins, after its quote; 0 when there is none. Fields of inner objects count too.
__attribute__((unused)) static const byte *text_field(const byte *document, size length, const char *name) {
  const byte *end = document + length;
  for (const byte *at = document; at < end; at++) {
    if (*at == '\\') { at++; continue; }
    if (*at != '"') continue;
    size index = 0;
    while (name[index] != 0 && at + 1 + index < end && at[1 + index] == (byte)name[index]) index++;
    const byte *after = at + 1 + index;
    if (name[index] == 0 && after + 2 < end && after[0] == '"' && after[1] == ':' && after[2] == '"') return after + 3;
    for (at++; at < end && *at != '"'; at++) if (*at == '\\') at++;
  }
  return 0;
}
