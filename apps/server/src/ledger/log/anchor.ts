import { open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../../platform/clock.ts";
import type { Db } from "../../platform/db.ts";
import { readLimited } from "./read-limited.ts";
import * as sql from "./sql.ts";

/**
 * A place outside of this system that keeps checkpoints: whoever rewrites the database cannot rewrite it too.
 * `reference` says where in that place the checkpoint stands.
 */
export type Anchor = {
  name: string;
  publish(checkpointNote: string): Promise<{ reference: string; at: Date }>;
};

/** Appends checkpoints to a file, meant to lie on another machine or on a medium that cannot be rewritten. */
export function createFileAnchor(path: string, clock: Clock): Anchor {
  return {
    name: `file:${path}`,
    async publish(note) {
      const file = await open(path, "a", 0o644);
      try {
        const { size: offset } = await file.stat();
        // One write call: what others append at the same time does not come between.
        await file.appendFile(`${note}\n`);
        await file.sync();
        if (offset === 0) await syncFolder(dirname(path));
        return { reference: `byte ${offset}`, at: clock.now() };
      } finally {
        await file.close();
      }
    },
  };
}

/** A new file's name must outlive a power cut too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const timeoutMs = 10_000;

/**
 * Posts checkpoints as text to a service, which answers 2xx and says where it keeps the checkpoint: in `Location`, or
 * in the first line of its answer.
 */
export function createHttpAnchor(url: string, clock: Clock): Anchor {
  return {
    // Queries may carry a token.
    name: url.replace(/[?#].*$/, ""),
    async publish(note) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "text/plain; charset=utf-8" },
        body: note,
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      });
      const body = await readLimited(response);
      if (!response.ok) throw new Error(`the anchor answered ${response.status}`);
      const reference = response.headers.get("location") ?? body.split("\n", 1)[0]?.trim() ?? "";
      if (reference === "" || reference.length > 500)
        throw new Error("the anchor does not say where it keeps the checkpoint");
      return { reference, at: clock.now() };
    },
  };
}

/**
 * Anchors the newest checkpoint when the log has grown since the last time and `everyMs` have passed.
 * @returns true when a checkpoint was anchored
 */
export async function anchorNewest(
  deps: { db: Db; clock: Clock },
  anchor: Anchor,
  everyMs: number,
): Promise<boolean> {
  const newest = await sql.selectNewestCheckpoint(deps.db);
  const last = await sql.selectLastAnchor(deps.db, anchor.name);
  if (newest === undefined || newest.size === 0n || newest.size <= (last?.size ?? 0n)) return false;
  if (last && deps.clock.now().getTime() - last.at.getTime() < everyMs) return false;
  const { reference, at } = await anchor.publish(newest.note);
  await sql.insertAnchor(deps.db, { name: anchor.name, size: newest.size, reference, at });
  return true;
}
