// 1.1.0: fits the image into the box and names its rendition.
import { allocate, answer, hexadecimal, quoted, received } from "../json";
import {
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
  const url = renditionUrl(request.imageUrl, checksum(request.imageUrl), size, "");
  return answer(
    '{"version":"1.1.0","processedImageUrl":' +
      quoted(url) +
      "," +
      sizeFields(size) +
      ',"checksum":"' +
      hexadecimal(checksum(request.imageUrl), 8) +
      '"}',
  );
}
