// The configuration file of the 003 document, which `npm start` makes so before it says that it has started.
import { readFileSync } from "node:fs";
import { extname } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".toml": "application/toml",
  ".json": "application/json",
  ".yaml": "application/yaml",
  ".yml": "application/yaml",
};

export async function configure(url: string, token: string, path: string): Promise<void> {
  const type = TYPES[extname(path)];
  if (type === undefined) {
    const known = Object.keys(TYPES).join(", ");
    throw new Error(`${path} has no form that is known: expected a name that ends in ${known}.`);
  }
  const answer = await fetch(`${url}/webhooks`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": type },
    body: readFileSync(path),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} was refused: ${text}`);
}
