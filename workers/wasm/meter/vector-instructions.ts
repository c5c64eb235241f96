// The vector instructions, relaxed ones included, in the order of their opcodes after 0xfd.
// A dash stands for an opcode that isn't given out.

const integerComparisons = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const floatComparisons = "eq ne lt gt le ge";

function each(shape: string, names: string): string {
  return names.replaceAll(/\S+/g, (name) => (name === "-" ? name : `${shape}.${name}`));
}

export const vectorNames = [
  each(
    "v128",
    `load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u load8_splat load16_splat
     load32_splat load64_splat store const`,
  ),
  "i8x16.shuffle i8x16.swizzle",
  "i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat",
  each("i8x16", "extract_lane_s extract_lane_u replace_lane"),
  each("i16x8", "extract_lane_s extract_lane_u replace_lane"),
  ...["i32x4", "i64x2", "f32x4", "f64x2"].map((shape) => each(shape, "extract_lane replace_lane")),
  ...["i8x16", "i16x8", "i32x4"].map((shape) => each(shape, integerComparisons)),
  ...["f32x4", "f64x2"].map((shape) => each(shape, floatComparisons)),
  each(
    "v128",
    `not and andnot or xor bitselect any_true load8_lane load16_lane load32_lane load64_lane
     store8_lane store16_lane store32_lane store64_lane load32_zero load64_zero`,
  ),
  "f32x4.demote_f64x2_zero f64x2.promote_low_f32x4",
  each("i8x16", "abs neg popcnt all_true bitmask narrow_i16x8_s narrow_i16x8_u"),
  each("f32x4", "ceil floor trunc nearest"),
  each("i8x16", "shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u"),
  "f64x2.ceil f64x2.floor",
  each("i8x16", "min_s min_u max_s max_u"),
  "f64x2.trunc i8x16.avgr_u",
  each("i16x8", "extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u"),
  each("i32x4", "extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u"),
  each(
    "i16x8",
    `abs neg q15mulr_sat_s all_true bitmask narrow_i32x4_s narrow_i32x4_u extend_low_i8x16_s
     extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u shl shr_s shr_u add add_sat_s
     add_sat_u sub sub_sat_s sub_sat_u`,
  ),
  "f64x2.nearest",
  each(
    "i16x8",
    `mul min_s min_u max_s max_u - avgr_u extmul_low_i8x16_s extmul_high_i8x16_s
     extmul_low_i8x16_u extmul_high_i8x16_u`,
  ),
  each(
    "i32x4",
    `abs neg - all_true bitmask - - extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u
     extend_high_i16x8_u shl shr_s shr_u add - - sub - - - mul min_s min_u max_s max_u
     dot_i16x8_s - extmul_low_i16x8_s extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u`,
  ),
  each(
    "i64x2",
    `abs neg - all_true bitmask - - extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u
     extend_high_i32x4_u shl shr_s shr_u add - - sub - - - mul eq ne lt_s gt_s le_s ge_s
     extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u`,
  ),
  each("f32x4", "abs neg - sqrt add sub mul div min max pmin pmax"),
  each("f64x2", "abs neg - sqrt add sub mul div min max pmin pmax"),
  "i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u",
  each("i32x4", "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero"),
  "f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u",
  "i8x16.relaxed_swizzle",
  each(
    "i32x4",
    `relaxed_trunc_f32x4_s relaxed_trunc_f32x4_u relaxed_trunc_f64x2_s_zero
     relaxed_trunc_f64x2_u_zero`,
  ),
  "f32x4.relaxed_madd f32x4.relaxed_nmadd f64x2.relaxed_madd f64x2.relaxed_nmadd",
  ...["i8x16", "i16x8", "i32x4", "i64x2"].map((shape) => `${shape}.relaxed_laneselect`),
  "f32x4.relaxed_min f32x4.relaxed_max f64x2.relaxed_min f64x2.relaxed_max",
  "i16x8.relaxed_q15mulr_s i16x8.relaxed_dot_i8x16_i7x16_s i32x4.relaxed_dot_i8x16_i7x16_add_s",
].join(" ");
