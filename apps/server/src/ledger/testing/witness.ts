import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VerifierKey } from "@jinqiao/transparency";
import { openWitness, type WitnessAnswer } from "../../../../cli/src/witness/witness.ts";
import { serveWitness } from "../../../../cli/src/witness/witness-server.ts";

/** The real witness, with a folder of its own, whose answers a test may replace. */
export async function startWitness(options: { log: VerifierKey; name?: string }) {
  const folder = await mkdtemp(join(tmpdir(), "jinqiao-witness-"));
  const name = options.name ?? "witness.example/w1";
  const witness = await openWitness({ folder, name, logs: [options.log] });
  const statuses: number[] = [];
  let instead: ((answer: WitnessAnswer) => WitnessAnswer | "hang") | undefined;
  const served = await serveWitness(
    {
      ...witness,
      async addCheckpoint(request) {
        const right = await witness.addCheckpoint(request);
        const given = instead?.(right) ?? right;
        if (given === "hang") return new Promise(() => undefined);
        statuses.push(given.status);
        return given;
      },
    },
    { host: "127.0.0.1", port: 0 },
  );
  return {
    key: witness.key,
    url: served.url,
    statuses,
    /** Sends it something by another way. */
    addCheckpoint: witness.addCheckpoint,
    misbehave(how: typeof instead) {
      instead = how;
    },
    async close() {
      await served.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
