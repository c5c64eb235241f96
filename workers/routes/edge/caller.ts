// Where who asks is, as Cloudflare tells it of each request from outside.
import { nearestRegion } from "#domain/placement/proximity.ts";
import { CALLER } from "./workload-schema.ts";
import type { Given } from "./workload-schema.ts";

/** With the region that the caller's place stands for: none where nobody tells it, as on a laptop. */
export function placed(given: Given, request: Request): Given {
  const { placement } = given;
  if (placement?.region !== CALLER) return given;
  return { ...given, placement: { ...placement, region: regionOf(request) } };
}

function regionOf({ cf }: Request): string | null {
  const [latitude, longitude] = [degrees(cf?.["latitude"]), degrees(cf?.["longitude"])];
  return latitude === null || longitude === null ? null : nearestRegion([latitude, longitude]);
}

/** Cloudflare writes them as text. */
function degrees(told: unknown): number | null {
  const value = typeof told === "string" && told !== "" ? Number(told) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}
