import * as contract from "@jinqiao/contract";
import { Refusal } from "../../platform/errors.ts";
import { handle, type RouteHandler } from "../../platform/http/handler.ts";
import type { PlainRoute } from "../../platform/http/plain-routes.ts";
import type { TransparencyLog } from "./index.ts";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const notFound = (): Refusal => new Refusal("request.not_found");

/** Key and proofs as JSON, for convenience: all of it can be computed from checkpoint and tiles. */
export function logRoutes(log: TransparencyLog): RouteHandler[] {
  return [
    handle(contract.getLogKey, () => log.keys()),
    handle(contract.getInclusionProof, async ({ query }) => {
      const size = query.size === undefined ? undefined : BigInt(query.size);
      const found = await log.inclusionProof(BigInt(query.position), size);
      if (found === undefined) throw notFound();
      return {
        position: query.position,
        size: found.size.toString(),
        leaf: base64(found.leaf),
        proof: found.proof.map(base64),
      };
    }),
    handle(contract.getConsistencyProof, async ({ query }) => {
      const to = query.to === undefined ? undefined : BigInt(query.to);
      const found = await log.consistencyProof(BigInt(query.from), to);
      if (found === undefined) throw notFound();
      return { from: query.from, to: found.to.toString(), proof: found.proof.map(base64) };
    }),
  ];
}

/** The log as C2SP tlog-tiles (https://c2sp.org/tlog-tiles) lays it out. */
export function logResources(log: TransparencyLog): PlainRoute[] {
  return [
    {
      path: "/log/checkpoint",
      async run() {
        const content = await log.checkpoint();
        return content === undefined
          ? undefined
          : { mediaType: "text/plain; charset=utf-8", content, immutable: false };
      },
    },
    {
      path: "/log/tile/*",
      async run(rest) {
        const content = await log.tile(`tile/${rest}`);
        return content === undefined
          ? undefined
          : { mediaType: "application/octet-stream", content, immutable: true };
      },
    },
  ];
}
