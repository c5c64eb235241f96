// The modules that chaos rolls out: each tells its own number, so an answer shows which version really ran.
import wabt from "wabt";

const assembler = await wabt();

/** `work(n)` answers the version's number, and traps when the last digit of n is below `trapsOfTen`. */
export function guestOf(number: number, trapsOfTen: number): Uint8Array {
  const source = `(module
    (func (export "health_check") (result i32) (i32.const ${number}))
    (func (export "work") (param i32) (result i32)
      (if (i32.lt_u (i32.rem_u (local.get 0) (i32.const 10)) (i32.const ${trapsOfTen}))
        (then (unreachable)))
      (i32.const ${number})))`;
  return assembler.parseWat("guest.wat", source).toBinary({}).buffer;
}
