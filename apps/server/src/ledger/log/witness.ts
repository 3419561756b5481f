import { setTimeout as sleep } from "node:timers/promises";
import {
  addSignature,
  type NoteSignature,
  parseCheckpoint,
  parseNote,
  type VerifierKey,
  verifyNote,
} from "@jinqiao/transparency";
import type { Clock } from "../../platform/clock.ts";
import type { Db } from "../../platform/db.ts";
import type { Logger } from "../../platform/logger.ts";
import { readLimited } from "./read-limited.ts";
import * as sql from "./sql.ts";
import { treeReader } from "./tree.ts";

/** Somebody else who watches that the log only grows, and says so by signing its checkpoints too. */
export type Witness = {
  key: VerifierKey;
  /** Submission prefix, without a trailing slash. */
  url: string;
};

const timeoutMs = 5_000;
const firstPauseMs = 5_000;
const longestPauseMs = 300_000;

/**
 * Asks the witnesses to cosign the newest checkpoint: C2SP tlog-witness (https://c2sp.org/tlog-witness),
 * `add-checkpoint`. A witness that does not answer is asked again after a growing pause and stops nothing; nothing is
 * asked within a transaction.
 */
export function createCosigning(deps: {
  db: Db;
  clock: Clock;
  logger: Logger | undefined;
  witnesses: readonly Witness[];
}): { cosign(signal?: AbortSignal): Promise<number> } {
  const states = deps.witnesses.map((witness) => ({ witness, knows: 0n, pauseMs: 0, askAfterMs: 0 }));

  /** @returns how many cosignatures the newest checkpoint has now */
  async function cosign(signal?: AbortSignal): Promise<number> {
    const newest = states.length === 0 ? undefined : await sql.selectNewestCheckpoint(deps.db);
    // There is nothing to witness in an empty log.
    if (newest === undefined || newest.size === 0n) return 0;
    const signed = new Set(parseNote(newest.note).signatures.map(({ name, keyId }) => `${name}+${keyId}`));
    const nowMs = deps.clock.now().getTime();
    const asked = states.filter(
      ({ witness: { key }, askAfterMs }) => !signed.has(`${key.name}+${key.id}`) && askAfterMs <= nowMs,
    );
    if (asked.length === 0) return newest.cosignatures;
    const answers = await Promise.all(asked.map((state) => tryWitness(state, newest, signal)));
    const signatures = answers.filter((answer) => answer !== undefined);
    if (signatures.length === 0) return newest.cosignatures;
    return deps.db.transaction(async (tx) => {
      const row = await sql.lockCheckpoint(tx, newest.size);
      if (row === undefined) return 0;
      const note = signatures.reduce(addSignature, row.note);
      const cosignatures = parseNote(note).signatures.length - 1;
      await sql.updateCheckpointNote(tx, { size: newest.size, note, cosignatures });
      return cosignatures;
    });
  }

  async function tryWitness(
    state: (typeof states)[number],
    checkpoint: { size: bigint; note: string },
    signal: AbortSignal | undefined,
  ): Promise<NoteSignature | undefined> {
    try {
      const signature = await askWitness(deps.db, state, checkpoint, signal);
      state.pauseMs = 0;
      state.askAfterMs = 0;
      return signature;
    } catch (error) {
      state.pauseMs = Math.min(longestPauseMs, state.pauseMs * 2 || firstPauseMs);
      state.askAfterMs = deps.clock.now().getTime() + state.pauseMs;
      if (!signal?.aborted)
        deps.logger?.[error instanceof WitnessObjects ? "error" : "warn"](
          { witness: state.witness.key.name, size: checkpoint.size.toString(), err: error },
          "a witness has not cosigned",
        );
      return undefined;
    }
  }

  return { cosign };
}

/** The witness has answered, and its answer speaks against the log. */
class WitnessObjects extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WitnessObjects";
  }
}

/** One exchange; a second one when the witness names another size than the one it was believed to know. */
async function askWitness(
  db: Db,
  state: { witness: Witness; knows: bigint },
  checkpoint: { size: bigint; note: string },
  signal: AbortSignal | undefined,
): Promise<NoteSignature> {
  const { witness } = state;
  for (let exchange = 1; ; exchange += 1) {
    const old = state.knows <= checkpoint.size ? state.knows : 0n;
    const proof = await treeReader(db, checkpoint.size).consistencyProof(old, checkpoint.size);
    const lines = [`old ${old}`, ...proof.map((hash) => Buffer.from(hash).toString("base64")), ""];
    const limits = [AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])];
    const response = await fetch(`${witness.url}/add-checkpoint`, {
      method: "POST",
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: `${lines.join("\n")}\n${checkpoint.note}`,
      redirect: "error",
      signal: AbortSignal.any(limits),
    });
    const body = await readLimited(response);
    if (response.status === 200) {
      const signature = await cosignatureIn(checkpoint.note, body, witness.key);
      state.knows = checkpoint.size;
      return signature;
    }
    if (response.status !== 409 || exchange > 1) throw refused(response.status);
    const knows = /^(0|[1-9][0-9]{0,18})\n$/.exec(body)?.[1];
    if (knows === undefined) throw new Error("the witness names no size it knows");
    state.knows = BigInt(knows);
    if (state.knows > checkpoint.size)
      throw new WitnessObjects(
        `the witness has seen ${knows} entries and the log has ${checkpoint.size}: the log may have been set back`,
      );
    await sleep(0);
  }
}

function refused(status: number): Error {
  return status === 422 || status === 403
    ? new WitnessObjects(`the witness answered ${status}: it holds the log to be inconsistent or unsigned`)
    : new Error(`the witness answered ${status}`);
}

/** The signature lines, read as part of the checkpoint they belong to, and checked. */
async function cosignatureIn(note: string, lines: string, key: VerifierKey): Promise<NoteSignature> {
  const { note: together } = parseCheckpoint(`${note}${lines}`);
  const verified = await verifyNote(together, [key]);
  const found = together.signatures.find(({ name, keyId }) => name === key.name && keyId === key.id);
  if (verified.length !== 1 || found === undefined)
    throw new Error("the answer holds no cosignature by the key");
  return found;
}
