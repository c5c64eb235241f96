// What the versions share: reading a request, fitting an image into a box, naming what comes out of it.
import { hexadecimal, numberField, quoted, textField } from "../json";

const SIDE_MAX: f64 = 65_535;
const BOX_SIDE: f64 = 1024;

/** What a request asks for, or why it can't be done. */
export class Request {
  fault: string = "";
  imageUrl: string = "";
  width: i32 = 0;
  height: i32 = 0;
  maxWidth: i32 = 0;
  maxHeight: i32 = 0;
}

export class Size {
  constructor(
    public width: i32,
    public height: i32,
  ) {}
}

/** {imageUrl, width, height, maxWidth?, maxHeight?}: the image's own size, and the box that it must fit. */
export function imageRequest(document: string): Request {
  const request = sizeRequest(document);
  const imageUrl = textField(document, "imageUrl");
  if (imageUrl === null) request.fault = "imageUrl: expected a text";
  else request.imageUrl = imageUrl;
  return request;
}

/** {width, height, maxWidth?, maxHeight?}; the box is 1024 by 1024 unless it is given. */
export function sizeRequest(document: string): Request {
  const request = new Request();
  request.width = side(request, document, "width", NaN);
  request.height = side(request, document, "height", NaN);
  request.maxWidth = side(request, document, "maxWidth", BOX_SIDE);
  request.maxHeight = side(request, document, "maxHeight", BOX_SIDE);
  return request;
}

/** The largest size in the box with the image's aspect ratio: never larger than the image, no side below 1. */
export function fitted(request: Request): Size {
  const byWidth = <f64>request.maxWidth / <f64>request.width;
  const byHeight = <f64>request.maxHeight / <f64>request.height;
  const scale = min(1.0, min(byWidth, byHeight));
  return new Size(scaled(request.width, scale), scaled(request.height, scale));
}

export function sizeFields(size: Size): string {
  return '"width":' + size.width.toString() + ',"height":' + size.height.toString();
}

/** `https://host/cat.jpg` with the checksum 1a2b3c4d becomes, at 640 by 480, `https://host/cat_640x480_1a2b3c4d.jpg`. */
export function renditionUrl(imageUrl: string, sum: u32, size: Size, format: string): string {
  const dot = imageUrl.lastIndexOf(".");
  const hasExtension = dot > imageUrl.lastIndexOf("/");
  const stem = hasExtension ? imageUrl.substring(0, dot) : imageUrl;
  const extension = format != "" ? "." + format : hasExtension ? imageUrl.substring(dot) : "";
  const name = size.width.toString() + "x" + size.height.toString() + "_" + hexadecimal(sum, 8);
  return stem + "_" + name + extension;
}

/** CRC-32 (ISO 3309) of the text's UTF-8 bytes. */
export function checksum(text: string): u32 {
  const bytes = Uint8Array.wrap(String.UTF8.encode(text));
  let sum: u32 = 0xffffffff;
  for (let index = 0; index < bytes.length; index++) {
    sum ^= bytes[index];
    for (let bit = 0; bit < 8; bit++) sum = (sum >> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum;
}

/** As `quoted`; a URL has seldom anything to escape, and a look is cheaper than a copy of each letter. */
export function quotedUrl(url: string): string {
  for (let index = 0; index < url.length; index++) {
    const code = url.charCodeAt(index);
    if (code < 0x20 || code == 0x22 || code == 0x5c) return quoted(url);
  }
  return '"' + url + '"';
}

export function faultAnswer(fault: string): string {
  return '{"error":' + quoted(fault) + "}";
}

function side(request: Request, document: string, name: string, fallback: f64): i32 {
  const given = numberField(document, name);
  const value = isNaN(given) ? fallback : given;
  if (value >= 1 && value <= SIDE_MAX && Math.floor(value) == value) return <i32>value;
  request.fault = name + ": expected a whole number from 1 to 65535";
  return 1;
}

function scaled(length: i32, scale: f64): i32 {
  return max(1, <i32>Math.round(<f64>length * scale));
}
