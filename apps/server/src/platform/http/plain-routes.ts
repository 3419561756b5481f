import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyInstance } from "fastify";

/** What another standard lays out as files to be fetched: bytes or text, for everybody, outside the contract's JSON. */
export type PlainRoute = {
  /** As the router writes it; what `*` stands for is given to `run`. */
  path: `/${string}`;
  /** True: pages of other sites must not read it. */
  sameSite?: boolean;
  /** Answers undefined where there is no such file. */
  run(rest: string): Promise<PlainFile | undefined>;
};
export type PlainFile = {
  mediaType: string;
  content: string | Uint8Array;
  /** True: it never changes and may be kept for ever. False: it must be asked for each time. */
  immutable: boolean;
  /** More headers of the answer, e.g. `Link`. */
  headers?: Readonly<Record<string, string>>;
};

/** Below this, packing costs more than it saves. */
const smallestPacked = 1_024;
const pack = promisify(gzip);

/** Registers files that anybody may fetch, mostly from pages of other sites too. */
export function registerPlainRoutes(http: FastifyInstance, routes: readonly PlainRoute[]): void {
  for (const { path, run, sameSite = false } of routes) {
    // Browsers ask for the headers alone where those lead on (Payment Method Manifest).
    const options = { exposeHeadRoute: true };
    http.get<{ Params: { "*"?: string } }>(path, options, async (request, reply) => {
      if (!sameSite)
        reply
          .header("access-control-allow-origin", "*")
          .header("cross-origin-resource-policy", "cross-origin");
      const file = await run(request.params["*"] ?? "");
      if (file === undefined)
        return reply.code(404).type("text/plain; charset=utf-8").send("There is no such file.\n");
      const content = Buffer.from(file.content);
      const packs =
        content.length >= smallestPacked && /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
      if (packs) reply.header("content-encoding", "gzip");
      return reply
        .header("vary", "accept-encoding")
        .header("cache-control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache")
        .headers(file.headers ?? {})
        .type(file.mediaType)
        .send(packs ? await pack(content) : content);
    });
  }
}
