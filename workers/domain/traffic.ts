// What a guest's gateway counts: requests that it let pass, those that it refused, and bytes of bodies both ways.
export type Traffic = {
  readonly requests: number;
  readonly refused: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
};

export const NO_TRAFFIC: Traffic = { requests: 0, refused: 0, sentBytes: 0, receivedBytes: 0 };

export function sumOf(one: Traffic, other: Traffic): Traffic {
  return {
    requests: one.requests + other.requests,
    refused: one.refused + other.refused,
    sentBytes: one.sentBytes + other.sentBytes,
    receivedBytes: one.receivedBytes + other.receivedBytes,
  };
}
