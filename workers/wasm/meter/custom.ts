// Which custom sections a metered module loses: those that tell where in the code something stands,
// which is no longer true.

const holdOffsets =
  /^(?:\.debug_.*|reloc\..*|linking|sourceMappingURL|external_debug_info|metadata\.code\..*)$/s;

const decoder = new TextDecoder();

export function dropped(name: Uint8Array): boolean {
  return holdOffsets.test(decoder.decode(name));
}
