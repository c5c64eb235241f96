// oxlint-disable no-restricted-imports -- The examples are guests, not a room of the Worker: no alias leads to them.
import checkout from "../../examples/checkout/checkout.wasm?bytes";
import prices from "../../examples/checkout/prices.wasm?bytes";
import counter from "../../examples/counter/counter.wasm?bytes";
import courier from "../../examples/courier/courier.wasm?bytes";
import geometry from "../../examples/geometry/geometry.wasm?bytes";
import imageProcessor110 from "../../examples/image-processor/image-processor-1.1.0.wasm?bytes";
import imageProcessor120 from "../../examples/image-processor/image-processor-1.2.0.wasm?bytes";
import imageProcessor140 from "../../examples/image-processor/image-processor-1.4.0.wasm?bytes";
import postbox from "../../examples/postbox/postbox.wasm?bytes";
import redact from "../../examples/redact/redact.wasm?bytes";
import shop from "../../examples/shop/shop.wasm?bytes";
import slug from "../../examples/slug/slug.wasm?bytes";
import teapot from "../../examples/teapot/teapot.wasm?bytes";
import visitor from "../../examples/visitor/visitor.wasm?bytes";
import wordCount from "../../examples/word-count/word-count.wasm?bytes";

export const imageProcessors = {
  "1.1.0": imageProcessor110,
  "1.2.0": imageProcessor120,
  "1.4.0": imageProcessor140,
};
export {
  checkout,
  counter,
  courier,
  geometry,
  postbox,
  prices,
  redact,
  shop,
  slug,
  teapot,
  visitor,
  wordCount,
};
