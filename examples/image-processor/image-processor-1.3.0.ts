// 1.3.0: as 1.2.0, and tries five preview sizes, chosen by the image's URL. The bad one: the sizes are numbered
// from 0, so one URL in five divides by zero and the call traps.
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

const PREVIEW_SIZES: u32 = 5;

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
  const divisor: i32 = sum % PREVIEW_SIZES;
  const preview = new Size(max(1, size.width / divisor), max(1, size.height / divisor));
  return answer(
    '{"version":"1.3.0","processedImageUrl":' +
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
