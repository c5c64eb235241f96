// What a server's plan says of its size: "2xCPU-4 GB" is two cores and four gigabytes.
const PLAN = /^(\d{1,4})xCPU-(\d{1,6}) ?(GB|MB)$/;

/** Kubernetes quantities; null when the text is no plan. */
export function parsePlan(plan: string): { readonly cpu: string; readonly memory: string } | null {
  const [, cores, amount, unit] = PLAN.exec(plan) ?? [];
  if (cores === undefined || amount === undefined || Number(cores) === 0) return null;
  return { cpu: cores, memory: `${amount}${unit === "GB" ? "Gi" : "Mi"}` };
}
