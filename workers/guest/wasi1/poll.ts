// poll_oneoff: it suspends the guest until the first clock is due, and never spins. Every descriptor here is
// always ready, so that a poll with one in it comes back at once.
import { ERRNO, Refusal } from "./errno.ts";
import type { World } from "./world.ts";

const SUBSCRIPTIONS_MAX = 1_024;
const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
/** The longest that a timer can wait. */
const SLEEP_MS_MAX = 2_147_483_647;
const ABSOLUTE = 1;

type Event = { user: bigint; type: number; errno: number; bytes: bigint };
type Timer = { event: Event; dueNs: bigint };

export async function poll(
  world: World,
  ...[from, into, count, usedAt]: [number, number, number, number]
): Promise<void> {
  const { memory, machine } = world;
  const many = count >>> 0;
  if (many === 0 || many > SUBSCRIPTIONS_MAX) throw new Refusal("inval");
  const list = memory.view(from, many * SUBSCRIPTION_BYTES);
  memory.view(into, many * EVENT_BYTES);
  memory.view(usedAt, 4);
  const ready: Event[] = [];
  const timers: Timer[] = [];
  for (let at = 0; at < list.byteLength; at += SUBSCRIPTION_BYTES) {
    subscribe(world, new DataView(list.buffer, list.byteOffset + at, SUBSCRIPTION_BYTES), {
      ready,
      timers,
    });
  }
  if (ready.length === 0) {
    const first = timers.reduce(
      (least, { dueNs }) => (dueNs < least ? dueNs : least),
      timers[0]?.dueNs ?? 0n,
    );
    await machine.sleep(Math.min(SLEEP_MS_MAX, Math.ceil(Number(first) / 1e6)));
    for (const { event, dueNs } of timers) if (dueNs === first) ready.push(event);
  }
  const events = memory.view(into, ready.length * EVENT_BYTES);
  for (const [index, event] of ready.entries()) {
    const at = index * EVENT_BYTES;
    for (let word = 0; word < EVENT_BYTES; word += 8) events.setBigUint64(at + word, 0n, true);
    events.setBigUint64(at, event.user, true);
    events.setUint16(at + 8, event.errno, true);
    events.setUint8(at + 10, event.type);
    events.setBigUint64(at + 16, event.bytes, true);
  }
  memory.setU32(usedAt, ready.length);
}

function subscribe(world: World, view: DataView, to: { ready: Event[]; timers: Timer[] }): void {
  const [user, type] = [view.getBigUint64(0, true), view.getUint8(8)];
  const event: Event = { user, type, errno: ERRNO.success, bytes: 0n };
  if (type === 0) {
    const id = view.getUint32(16, true);
    if (id > 1) to.ready.push({ ...event, errno: id > 3 ? ERRNO.inval : ERRNO.notsup });
    else to.timers.push({ event, dueNs: waitNs(world, view, id) });
    return;
  }
  if (type > 2) throw new Refusal("inval");
  try {
    const open = world.descriptors.get(view.getUint32(16, true));
    const bytes =
      open.type === "stream" && "available" in open.stream ? BigInt(open.stream.available) : 0n;
    to.ready.push({ ...event, bytes: type === 1 ? bytes : 65_536n });
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    to.ready.push({ ...event, errno: thrown.errno });
  }
}

function waitNs({ machine }: World, view: DataView, id: number): bigint {
  const timeout = view.getBigUint64(24, true);
  if ((view.getUint16(40, true) & ABSOLUTE) === 0) return timeout;
  const left = timeout - (id === 0 ? machine.realtime() : machine.monotonic());
  return left > 0n ? left : 0n;
}
