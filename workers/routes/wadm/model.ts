// The operations on models, the same for both transports: what a request asks for in, what the document answers out.
import * as control from "#control/models.ts";
import type { ManifestFormat } from "#domain/oam/parse.ts";
import type { ModelOperation, ModelRequest } from "#domain/oam/subject.ts";
import type { Action, Principal } from "#domain/role.ts";
import { deleteBody, readBody, undeployBody, versionBody } from "./schema.ts";
import {
  deletedView,
  deployedView,
  getView,
  listView,
  putView,
  statusView,
  undeployedView,
  versionsView,
} from "./view.ts";

export type Asked = ModelRequest & {
  readonly payload: string;
  /** Of the manifest that is put. */
  readonly format: ManifestFormat;
  readonly principal: Principal;
  /** Refuses who may not put a model of that name. */
  readonly permit: (name: string) => Promise<void>;
  /** Today's NATS clients want an object where the document has an array. */
  readonly over: "nats" | "http";
};

/** What each operation is to roles and the ledger. */
export const ACTIONS: Readonly<Record<ModelOperation, Action>> = {
  put: "model:put",
  list: "model:read",
  get: "model:read",
  versions: "model:read",
  del: "model:delete",
  deploy: "model:deploy",
  undeploy: "model:deploy",
  status: "model:read",
};

/** Throws a fault for what could not be done. */
export async function answerModel(env: Env, asked: Asked): Promise<object> {
  const { lattice, name, payload, format, principal, permit } = asked;
  switch (asked.operation) {
    case "put":
      return putView(await control.putModel(env, payload, { lattice, format, principal, permit }));
    case "list":
      return listView(await control.listModels(env, lattice));
    case "get": {
      const { version } = readBody(versionBody, payload);
      return getView(await control.getModel(env, asked, version ?? null));
    }
    case "versions":
      return versionsView(await control.modelVersions(env, asked), asked.over);
    case "del": {
      const { version, delete_all: isAll, non_destructive: isKept } = readBody(deleteBody, payload);
      const one = isAll === true ? null : (version ?? null);
      const of = { ...asked, isDestructive: isKept !== true };
      return deletedView(name, await control.deleteModel(env, of, one));
    }
    case "deploy": {
      const { version } = readBody(versionBody, payload);
      return deployedView(await control.deployModel(env, asked, version ?? null));
    }
    case "undeploy": {
      const { non_destructive: isKept } = readBody(undeployBody, payload);
      const isDestructive = isKept !== true;
      const wasDeployed = await control.undeployModel(env, { ...asked, isDestructive });
      return undeployedView(name, { wasDeployed, isDestructive });
    }
    case "status":
      return statusView(await control.modelStatus(env, asked));
  }
}
