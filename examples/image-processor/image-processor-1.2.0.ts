// 1.2.0: as 1.1.0, and the rendition is WebP; its preview, an eighth of the size, is named too.
import { allocate, answer, hexadecimal, quoted, received } from "../json";
import {
  Size,
  checksum,
  faultAnswer,
  fitted,
  imageRequest,
  renditionUrl,
  sizeFields,
  sizeRequest,
} from "./image";

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  return allocate(old, oldSize, align, size);
}

export function health_check(at: usize, length: usize): u64 {
  return answer('"OK"');
}

export function resize(at: usize, length: usize): u64 {
  const request = sizeRequest(received(at, length));
  if (request.fault != "") return answer(faultAnswer(request.fault));
  return answer("{" + sizeFields(fitted(request)) + "}");
}

export function process_image(at: usize, length: usize): u64 {
  const request = imageRequest(received(at, length));
  if (request.fault != "") return answer(faultAnswer(request.fault));
  const size = fitted(request);
  const url = renditionUrl(request.imageUrl, size, "webp");
  const preview = new Size(max(1, size.width / 8), max(1, size.height / 8));
  return answer(
    '{"version":"1.2.0","processedImageUrl":' +
      quoted(url) +
      "," +
      sizeFields(size) +
      ',"checksum":"' +
      hexadecimal(checksum(request.imageUrl), 8) +
      '","previewUrl":' +
      quoted(renditionUrl(request.imageUrl, preview, "webp")) +
      "}",
  );
}
