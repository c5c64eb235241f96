// Registered nodes as they were declared. How they are is theirs to tell.
import { changeNode, deleteNode, enableNode, registerNode } from "#control/nodes.ts";
import { Fault } from "#domain/fault.ts";
import { freshNode } from "#domain/node.ts";
import type { EdgeNode } from "#domain/node.ts";
import { database } from "#stores/database.ts";
import { allNodes, findNode } from "#stores/nodes.ts";
import type { Section } from "./section.ts";

type Declared = Omit<EdgeNode, "status" | "condition" | "registeredAt">;

export const nodes: Section = {
  async read(env) {
    const all = await allNodes(database(env));
    return Object.fromEntries(
      all.map(({ status: _, condition: __, registeredAt: ___, ...declared }) => [
        declared.id,
        declared satisfies Declared,
      ]),
    );
  },

  async put(env, { key: id, value }) {
    // Read by `read`.
    const wanted = value as Declared;
    const found = await findNode(database(env), id);
    if (found === null) {
      await registerNode(env, freshNode({ ...wanted, registeredAt: Date.now() }));
    } else if (found.region === wanted.region) {
      const { name, hostname, zone, capabilities, labels, resources } = wanted;
      await changeNode(env, id, { name, hostname, zone, capabilities, labels, resources });
    } else {
      const message = `Node ${id} is in ${found.region} now, and was in ${wanted.region}: a node does not move.`;
      throw new Fault("CONFLICT", message);
    }
    await enableNode(env, id, wanted.isEnabled);
  },

  async remove(env, id) {
    if ((await findNode(database(env), id)) !== null) await deleteNode(env, id);
  },
};
