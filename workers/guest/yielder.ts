/**
 * What stands in the slot of a metered module: it suspends the guest where it can be suspended, and else lets it go on.
 * A function of JavaScript can't stand there. The loader compiles it beside the harness.
 *
 * (module
 *   (import "host" "suspend" (func $suspend))
 *   (import "host" "refill" (func $refill))
 *   (import "host" "canSuspend" (global $canSuspend (mut i32)))
 *   (func (export "turn")
 *     (if (global.get $canSuspend) (then (call $suspend)) (else (call $refill)))))
 */
export const YIELDER = Uint8Array.fromHex(
  "0061736d0100000001040160000002310304686f73740773757370656e64000004686f737406726566696c6c000004686f73740a63616e53757370656e64037f0103020100070801047475726e00020a0e010c002300044010000510010b0b",
);
