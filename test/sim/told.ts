/** What a world tells of itself while it runs: what happened, and how much simulated time that was. */
export type Told = { readonly history: string[]; simulatedMs: number };
