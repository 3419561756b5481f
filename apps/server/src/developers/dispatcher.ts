import type { Id } from "@jinqiao/money";
import type { Clock } from "../platform/clock.ts";
import type { Db, Tx } from "../platform/db.ts";
import type { Logger } from "../platform/logger.ts";
import { personalData, type Vault } from "../vault/index.ts";
import * as sql from "./delivery-sql.ts";
import type { Endpoints } from "./endpoints.ts";
import { payloadOf } from "./payload.ts";
import { pauseAfterMs, retryWaitMs } from "./retries.ts";
import type { Attempt, Sender } from "./sender.ts";
import { signedHeaders } from "./signatures.ts";
import type { EndpointRow } from "./webhook-sql.ts";

/** Sends what is due. Several processes may run one each: a delivery is claimed by one of them at a time. */
export type Dispatcher = {
  /** Follows new events and looks every second for what is due again. */
  start(): Promise<void>;
  /** Sends all that is due now and waits for the answers; for tests and benches. */
  drain(): Promise<void>;
  /** Takes nothing more, and waits for what is under way. */
  close(): Promise<void>;
};

export type DispatcherDeps = {
  db: Db;
  clock: Clock;
  vault: Vault;
  logger: Logger;
  sender: Sender;
  endpoints: Pick<Endpoints, "secretsOf" | "urlOf">;
  /** Reads whom to tell that an endpoint is paused, and answers what tells them in that transaction. */
  pauseNotifier(
    endpoint: Pick<EndpointRow, "id" | "merchant_id" | "url_sealed">,
  ): Promise<(tx: Tx) => Promise<void>>;
  /** From 0 up to and without 1. */
  chance?: () => number;
};

/** How many webhooks one process has under way: in all, to one endpoint, and to one that fails at the moment. */
const mostRunning = 512;
const mostPerEndpoint = 48;
const mostPerFailing = 2;
/** Longer than an attempt may take: what was claimed and not finished by then is sent again. */
const leaseMs = 60_000;
const pollMs = 1_000;

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { db, clock, vault, logger } = deps;
  const chance = deps.chance ?? Math.random;
  const responses = personalData(vault, sql.deliveryData);
  const running = new Map<string, number>();
  let runningInAll = 0;
  let closed = false;
  let claimedInAll = 0;
  let claimError: unknown;
  let claiming: Promise<void> | undefined;
  let claimAgain = false;
  type Waiting = sql.Finished & {
    claimed: sql.Claimed;
    resolve(): void;
    reject(error: unknown): void;
  };
  let finished: Waiting[] = [];
  let finishing: Promise<void> | undefined;

  /** Claims and sends until nothing is due or nothing more may be under way. One claim at a time. */
  function pump(): Promise<void> {
    claimAgain = true;
    claiming ??= (async () => {
      try {
        while (claimAgain && !closed) {
          claimAgain = false;
          const limit = mostRunning - runningInAll;
          if (limit <= 0) break;
          const claimed = await sql.claimDue(db, {
            now: clock.now(),
            leaseMs,
            running,
            perEndpoint: mostPerEndpoint,
            perFailing: mostPerFailing,
            limit,
          });
          claimedInAll += claimed.length;
          for (const delivery of claimed) void deliver(delivery);
        }
      } catch (error) {
        claimError = error;
        logger.warn({ err: error }, "webhooks not claimed; tried again soon");
      } finally {
        claiming = undefined;
      }
    })();
    return claiming;
  }

  async function deliver(claimed: sql.Claimed): Promise<void> {
    const { endpoint_id: endpointId } = claimed;
    running.set(endpointId, (running.get(endpointId) ?? 0) + 1);
    runningInAll += 1;
    try {
      const attempt = await attemptOf(claimed);
      await finish(claimed, attempt);
    } catch (error) {
      // The lease ends by itself, and it is sent again.
      logger.warn({ err: error, deliveryId: claimed.id }, "webhook not noted down; it will be sent again");
    } finally {
      const left = (running.get(endpointId) ?? 1) - 1;
      if (left === 0) running.delete(endpointId);
      else running.set(endpointId, left);
      runningInAll -= 1;
      if (!closed) void pump();
    }
  }

  async function attemptOf(claimed: sql.Claimed): Promise<Attempt> {
    const body = payloadOf(vault, claimed);
    // The event was forgotten: there is nothing left to send.
    if (body === undefined)
      return { status: undefined, failure: "unreadable", body: undefined, durationMs: 0 };
    const secrets = deps.endpoints.secretsOf({ ...claimed, id: claimed.endpoint_id });
    const url = deps.endpoints.urlOf({ ...claimed, id: claimed.endpoint_id });
    const headers = {
      "content-type": "application/json",
      "user-agent": "Jinqiao-Webhooks/1",
      ...signedHeaders({ id: claimed.event_id, at: clock.now(), body, secrets }),
    };
    return deps.sender.send(url, { headers, body });
  }

  /** Waits until the outcome stands in the database; outcomes that come meanwhile go together. */
  function finish(claimed: sql.Claimed, attempt: Attempt): Promise<void> {
    const { id, attempts, lease_end: leaseEnd } = claimed;
    const wait =
      attempt.failure === undefined || claimed.event_type === "ping"
        ? undefined
        : retryWaitMs(attempts, chance());
    return new Promise((resolve, reject) => {
      finished.push({
        claimed,
        id,
        leaseEnd,
        attempt,
        responseSealed: responses.seal("response", { id }, attempt.body ?? null),
        status: attempt.failure === undefined ? "delivered" : wait === undefined ? "failed" : "pending",
        nextAt: new Date(clock.now().getTime() + (wait ?? 0)),
        resolve,
        reject,
      });
      finishing ??= noteDown();
    });
  }

  async function noteDown(): Promise<void> {
    // What ends in the same turn of the event loop goes together.
    await Promise.resolve();
    while (finished.length > 0) {
      const set = finished;
      finished = [];
      try {
        await sql.finishDeliveries(db, set);
        await judge(set);
        for (const { resolve } of set) resolve();
      } catch (error) {
        for (const { reject } of set) reject(error);
      }
    }
    finishing = undefined;
  }

  /** Which endpoints answer again, which have begun to fail, and which have failed for too long. */
  async function judge(set: readonly { claimed: sql.Claimed; attempt: Attempt }[]): Promise<void> {
    const answered = new Set<string>();
    const failed = new Set<string>();
    for (const { claimed, attempt } of set) {
      // A test that fails says nothing of three days.
      if (attempt.failure === undefined) answered.add(claimed.endpoint_id);
      else if (claimed.event_type !== "ping") failed.add(claimed.endpoint_id);
    }
    const failing = new Set(
      set.flatMap(({ claimed }) => (claimed.failing_since === null ? [] : [claimed.endpoint_id])),
    );
    const recovered = [...answered].filter((id) => failing.has(id as Id<"we">) || failed.has(id));
    if (recovered.length > 0) await sql.clearFailing(db, recovered.sort());
    const silent = [...failed].filter((id) => !answered.has(id)).sort();
    if (silent.length === 0) return;
    const now = clock.now();
    const at = { now, longSince: new Date(now.getTime() - pauseAfterMs) };
    for (const endpoint of await sql.noteFailing(db, silent, at)) {
      const notify = await deps.pauseNotifier(endpoint);
      await db.transaction(async (tx) => {
        if (await sql.pauseEndpoint(tx, endpoint.id, at)) await notify(tx);
      });
    }
  }

  let listener: { close(): Promise<void> } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const idle = async () => {
    while (claiming !== undefined || runningInAll > 0 || finishing !== undefined) {
      await claiming;
      await finishing;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  return {
    async start() {
      const wake = () => void pump();
      listener = await db.listen("merchant_event", wake, wake);
      timer = setInterval(wake, pollMs);
      timer.unref();
    },
    async drain() {
      let before: number;
      do {
        before = claimedInAll;
        claimError = undefined;
        await pump();
        await idle();
        if (claimError !== undefined) throw claimError;
      } while (claimedInAll > before);
    },
    async close() {
      closed = true;
      clearInterval(timer);
      await listener?.close();
      await idle();
    },
  };
}
