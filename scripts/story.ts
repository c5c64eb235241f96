// What a demo tells while it goes on, and at its end: each thing that it promised, and whether it was seen.

type Finding = { readonly claim: string; readonly seen: boolean; readonly detail: string };

export class Story {
  readonly #began = performance.now();
  readonly #findings: Finding[] = [];

  say(line: string): void {
    console.log(line);
  }

  /** Since the story began. */
  clock(): string {
    return secondsSince(this.#began);
  }

  found(claim: string, seen: boolean, detail: string): void {
    this.#findings.push({ claim, seen, detail });
  }

  /** True when everything that was promised was seen, and nothing went wrong: `failure` says what did. */
  report(failure: string | null): boolean {
    const isKept = failure === null && this.#findings.every(({ seen }) => seen);
    this.say("");
    for (const { claim, seen, detail } of this.#findings) {
      this.say(`${seen ? "seen    " : "NOT SEEN"}  ${claim}: ${detail}`);
    }
    if (failure !== null) console.error(failure);
    this.say(`${isKept ? "All of it was seen" : "Not all of it was seen"}, in ${this.clock()}.`);
    return isKept;
  }
}

/** `moment` is of `performance.now()`. */
export function secondsSince(moment: number): string {
  return `${((performance.now() - moment) / 1000).toFixed(1)} s`;
}
