// What the demo uses of autocannon, which brings no types of its own.
declare module "autocannon" {
  type Options = { url: string; connections: number; overallRate: number; duration: number };
  export type Result = {
    readonly "2xx": number;
    readonly non2xx: number;
    /** Of connections, and answers that did not come in time. */
    readonly errors: number;
    readonly duration: number;
    readonly latency: { readonly p50: number; readonly p99: number };
  };
  type Running = { stop: () => void };
  export default function autocannon(
    options: Options,
    done: (error: Error | null, result: Result) => void,
  ): Running;
}
