// Where the demo shows itself: a picture that is redrawn in place on a terminal, else one line for each change.
import type { WriteStream } from "node:tty";
import type { Log } from "./log.ts";
import { picture } from "./picture.ts";
import { progressLines } from "./progress.ts";

const REDRAW_MS = 200;
const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_TO_END_OF_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

export class Screen {
  readonly #out: WriteStream;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #printed = 0;
  #isOpen = true;

  constructor(out: WriteStream, log: Log) {
    this.#out = out;
    this.#log = log;
    if (out.isTTY) out.write(ENTER);
    this.#timer = setInterval(() => this.#show(), REDRAW_MS);
  }

  /** Gives the terminal back, with the last picture left standing on it. Safe to call twice. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#timer);
    if (!this.#out.isTTY) return this.#progress();
    this.#out.write(`${LEAVE}${this.#lines().join("\n")}\n`);
  }

  #show(): void {
    if (!this.#out.isTTY) return this.#progress();
    const lines = this.#lines().map((line) => `${line}${CLEAR_TO_END_OF_LINE}`);
    this.#out.write(`${HOME}${lines.join("\r\n")}${CLEAR_BELOW}`);
  }

  #lines(): string[] {
    const { columns, rows } = this.#out;
    // A terminal that does not tell its size says 0.
    return picture(this.#log, { now: Date.now(), columns: columns || 80, rows: rows || 24 });
  }

  #progress(): void {
    const lines = progressLines(this.#log);
    for (const line of lines.slice(this.#printed)) this.#out.write(`${line}\n`);
    this.#printed = lines.length;
  }
}
