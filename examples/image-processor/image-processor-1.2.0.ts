// 1.2.0: as 1.1.0, and the rendition is WebP; its preview, an eighth of the size, is named too. It works the checksum out
// once, quotes a URL in one piece, and so costs less gas than 1.1.0.
import { allocate, answer, hexadecimal, received } from "../json";
import {
  Size,
  checksum,
  faultAnswer,
  fitted,
  imageRequest,
  quotedUrl,
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
  const sum = checksum(request.imageUrl);
  const url = renditionUrl(request.imageUrl, sum, size, "webp");
  const preview = new Size(max(1, size.width / 8), max(1, size.height / 8));
  return answer(
    '{"version":"1.2.0","processedImageUrl":' +
      quotedUrl(url) +
      "," +
      sizeFields(size) +
      ',"checksum":"' +
      hexadecimal(sum, 8) +
      '","previewUrl":' +
      quotedUrl(renditionUrl(request.imageUrl, sum, preview, "webp")) +
      "}",
  );
}
