// oxlint-disable no-restricted-imports -- The examples are guests, not a room of the Worker: no alias leads to them.
import hello from "../../examples/hello/hello.wasm";
import first from "../../examples/image-processor/image-processor-1.1.0.wasm";
import sound from "../../examples/image-processor/image-processor-1.2.0.wasm";
import slug from "../../examples/slug/slug.wasm";
import bad from "../../examples/image-processor/image-processor-1.3.0.wasm";
import wasteful from "../../examples/image-processor/image-processor-1.4.0.wasm";

export { bad, first, hello, slug, sound, wasteful };
