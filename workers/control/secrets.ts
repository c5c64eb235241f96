// The secrets that a lattice keeps for its components, and what of them a manifest may name.
import { Fault } from "#domain/fault.ts";
import { SECRETS_MAX, valueOf } from "#domain/secret.ts";
import type { NamedSecret, Secret } from "#domain/secret.ts";
import { countOthers, findSecret, putSecret } from "#stores/secrets.ts";

export async function keepSecret(
  env: Env,
  of: { readonly lattice: string; readonly name: string },
  given: { readonly secret: Secret; readonly by: string; readonly now: number },
): Promise<void> {
  if ((await countOthers(env, of)) >= SECRETS_MAX) {
    const message = `A lattice keeps at most ${SECRETS_MAX} secrets; remove one before you put ${of.name}.`;
    throw new Fault("CONFLICT", message);
  }
  await putSecret(env, of, given);
}

/** Throws where one of them is not there as it is asked for. */
export async function assertSecrets(
  env: Env,
  lattice: string,
  secrets: readonly NamedSecret[],
): Promise<void> {
  for (const { key, field } of secrets) {
    const secret = await findSecret(env, { lattice, name: key });
    if (secret === null) {
      throw new Fault("NOT_FOUND", `Lattice ${lattice} has no secret ${key}.`);
    }
    if (valueOf(secret, field) !== null) continue;
    const message =
      field === null
        ? `The secret ${key} has fields: name one of them.`
        : `The secret ${key} has no field ${field}.`;
    throw new Fault("NOT_FOUND", message);
  }
}
