// oxlint-disable no-restricted-imports -- The examples are guests, not a room of the Worker: no alias leads to them.
import geometry from "../../examples/geometry/geometry.wasm?bytes";
import slug from "../../examples/slug/slug.wasm?bytes";
import wordCount from "../../examples/word-count/word-count.wasm?bytes";

export { geometry, slug, wordCount };
