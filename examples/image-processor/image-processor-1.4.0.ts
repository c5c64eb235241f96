// 1.4.0: as 1.2.0, and names the quality of the rendition. The wasteful one: it asks for the checksum of the URL anew for
// each quality that it tries, so every call is right and costs about twenty times the gas.
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

// In thousandths.
const QUALITY_MAX: u32 = 950;
const QUALITY_MIN: u32 = 420;

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
    '{"version":"1.4.0","processedImageUrl":' +
      quotedUrl(url) +
      "," +
      sizeFields(size) +
      ',"checksum":"' +
      hexadecimal(sum, 8) +
      '","previewUrl":' +
      quotedUrl(renditionUrl(request.imageUrl, sum, preview, "webp")) +
      ',"quality":' +
      qualityOf(request.imageUrl).toString() +
      "}",
  );
}

/** The highest quality that divides the URL's checksum, or the lowest of all. */
function qualityOf(imageUrl: string): u32 {
  let found = QUALITY_MIN;
  for (let quality = QUALITY_MIN; quality <= QUALITY_MAX; quality++) {
    if (checksum(imageUrl) % quality == 0) found = quality;
  }
  return found;
}
