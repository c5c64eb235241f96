import { readFile, writeFile } from "node:fs/promises";

/** Writes a generated file only when its content changed, so that watchers rest. */
export async function keep(url: URL, content: string | Buffer): Promise<void> {
  const bytes = Buffer.from(content);
  const before = await readFile(url).catch(() => null);
  if (before === null || !before.equals(bytes)) await writeFile(url, bytes);
}
