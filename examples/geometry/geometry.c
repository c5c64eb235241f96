// A component in C without a standard library: its functions follow the canonical ABI of geometry.wit by hand.
#include "../json.h"

typedef struct { double x, y; } point;

static const byte OK[] = "OK";
static const byte NEGATIVE[] = "expected a radius of at least 0";
static const byte TOO_FEW[] = "expected at least 3 points";

typedef struct { const byte *start; size length; } text;

__attribute__((export_name("health-check"))) text *health_check(void) {
  static text said = {OK, sizeof OK - 1};
  return &said;
}

/// result<f64, string>: a tag, then at 8 the number or the text.
typedef struct { byte is_error; union { double number; text sentence; }; } area_result;

static area_result *failed(const byte *sentence, size length) {
  static area_result result;
  result.is_error = 1;
  result.sentence.start = sentence;
  result.sentence.length = length;
  return &result;
}

/// A variant's payloads share what they are passed in: f64 and a pointer join to i64.
__attribute__((export_name("example:geometry/shapes@1.0.0#area"))) area_result *
area(int shape, unsigned long long payload, size length) {
  static area_result result;
  result.is_error = 0;
  result.number = 0;
  if (shape == 0) {
    double radius;
    __builtin_memcpy(&radius, &payload, sizeof radius);
    if (!(radius >= 0)) return failed(NEGATIVE, sizeof NEGATIVE - 1);
    result.number = 3.141592653589793 * radius * radius;
  }
  if (shape == 1) {
    const point *points = (const point *)(size)payload;
    if (length < 3) return failed(TOO_FEW, sizeof TOO_FEW - 1);
    double twice = 0;
    for (size at = 0; at < length; at++) {
      const point *next = &points[at + 1 < length ? at + 1 : 0];
      twice += points[at].x * next->y - next->x * points[at].y;
    }
    result.number = (twice < 0 ? -twice : twice) / 2;
  }
  return &result;
}

/// option<point>: a tag, then at 8 the point.
typedef struct { byte is_some; point value; } point_option;

__attribute__((export_name("example:geometry/shapes@1.0.0#centroid"))) point_option *
centroid(const point *points, size length) {
  static point_option result;
  result.is_some = length > 0;
  result.value.x = result.value.y = 0;
  for (size at = 0; at < length; at++) {
    result.value.x += points[at].x / (double)length;
    result.value.y += points[at].y / (double)length;
  }
  return &result;
}
