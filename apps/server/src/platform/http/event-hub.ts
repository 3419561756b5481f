import { setTimeout as sleep } from "node:timers/promises";
import type { Id } from "@jinqiao/money";
import type { Db } from "../db.ts";
import type { Logger } from "../logger.ts";

/** One open page. */
export type Listener = {
  /** Whose events it gets; null is a member of staff, who gets all. */
  customerId: Id<"cus"> | null;
  /** Whose connections are counted together. */
  ownerId: string;
  /** Id of the last event the page has seen; what came after it is sent again. */
  lastEventId: bigint | null;
  /** Sends text of the event stream; false when the page does not keep up. */
  send(text: string): boolean;
  end(): void;
  /** Whether the session behind the page still holds. */
  isSignedIn(): Promise<boolean>;
};

export type EventHub = {
  /** Begins to send; answers how to stop, or undefined when the owner has too many pages open. */
  open(listener: Listener): Promise<(() => void) | undefined>;
  /** Ends every stream, and listening. Safe to call twice. */
  close(): Promise<void>;
};

type OutboxRow = { id: bigint; name: string; payload: { customerId?: string } };
type Message = {
  /** Of the event; null for what is no event. */
  id: bigint | null;
  text: string;
};
type Connection = Listener & {
  /** Messages that wait while the past is read; null once the connection is up to date. */
  waiting: Message[] | null;
  /** Events that were replayed and whose notification may still come. */
  replayed: Set<bigint>;
};

/** Pages of one person at one process. */
const maxPerOwner = 10;
const maxConnections = 10_000;
/** A page that missed more than this is told to read everything anew. */
const maxReplay = 500;

const greeting: Message = { id: null, text: "retry: 2000\n: connected\n\n" };
const heartbeat: Message = { id: null, text: ": still here\n\n" };
/** Tells a page that events may have been lost, and that what it shows must be read again. */
const resync: Message = { id: null, text: "event: resync\ndata: {}\n\n" };

/**
 * Hands events of the outbox to the open pages of this process. One LISTEN connection carries the ids of what was
 * committed, by this process or any other; the rows are read once and given to whom they concern.
 */
export async function createEventHub(deps: {
  db: Db;
  logger: Logger;
  heartbeatMs?: number;
}): Promise<EventHub> {
  const { db, logger, heartbeatMs = 5_000 } = deps;
  const connections = new Set<Connection>();
  const closing = new AbortController();
  let closed: Promise<void> | undefined;
  let listening = false;
  // One reading at a time keeps the events in the order of their commits.
  let reading: Promise<void> = Promise.resolve();

  function drop(connection: Connection): void {
    if (connections.delete(connection)) connection.end();
  }
  function send(connection: Connection, message: Message): void {
    if (connection.waiting !== null) connection.waiting.push(message);
    else if (message.id !== null && connection.replayed.delete(message.id)) return;
    else if (!connection.send(message.text)) drop(connection);
  }
  function resyncAll(): void {
    for (const connection of connections) send(connection, resync);
  }

  async function deliver(ids: readonly string[]): Promise<void> {
    if (connections.size === 0) return;
    const rows = await db.query<OutboxRow>(
      "SELECT id, name, payload FROM platform.outbox WHERE id = ANY($1::bigint[]) ORDER BY id",
      [ids],
    );
    for (const row of rows)
      for (const connection of connections) if (concerns(row, connection)) send(connection, messageOf(row));
  }

  const line = await db.listen(
    "jinqiao_outbox",
    (payload) => {
      const ids = payload.split(",").filter((id) => /^\d+$/.test(id));
      reading = reading
        .then(() => deliver(ids))
        .catch((error: unknown) => {
          logger.warn({ err: error }, "events could not be read; pages are told to read anew");
          resyncAll();
        });
    },
    () => {
      // The first time there is nobody yet; later the line was lost, and with it whatever was said meanwhile.
      if (listening) resyncAll();
      listening = true;
    },
  );

  async function beat(): Promise<void> {
    await Promise.all(
      [...connections].map(async (connection) => {
        // When nobody can say whether the session holds, the page may stay: the next beat asks again.
        if (await connection.isSignedIn().catch(() => true)) send(connection, heartbeat);
        else drop(connection);
      }),
    );
  }
  const beating = (async () => {
    while (!closing.signal.aborted) {
      await sleep(heartbeatMs, undefined, { signal: closing.signal }).catch(() => undefined);
      if (!closing.signal.aborted) await beat();
    }
  })();

  return {
    async open(listener) {
      const mine = [...connections].filter(({ ownerId }) => ownerId === listener.ownerId);
      if (closing.signal.aborted || mine.length >= maxPerOwner || connections.size >= maxConnections)
        return undefined;
      // What happens while the past is read waits its turn.
      const connection: Connection = { ...listener, waiting: [], replayed: new Set() };
      connections.add(connection);
      const missed = await missedBy(db, listener).catch((error: unknown) => {
        connections.delete(connection);
        throw error;
      });
      const early = connection.waiting ?? [];
      connection.waiting = null;
      const sendAll = (messages: readonly Message[]) => {
        for (const message of messages) if (connections.has(connection)) send(connection, message);
      };
      sendAll([greeting, ...missed]);
      // The notification of what was replayed may be under way, or among the early ones: it is not sent twice.
      connection.replayed = new Set(missed.flatMap(({ id }) => (id === null ? [] : [id])));
      sendAll(early);
      return () => drop(connection);
    },
    close() {
      closed ??= (async () => {
        closing.abort();
        await line.close();
        for (const connection of connections) drop(connection);
        await reading;
        await beating;
      })();
      return closed;
    },
  };
}

/**
 * What a page missed while it was away. Commits may become visible in another order than their ids, so a page that
 * comes back reads its records anew as well; the replay spares it from missing what matters in between.
 */
async function missedBy(db: Db, { customerId, lastEventId }: Listener): Promise<Message[]> {
  if (lastEventId === null) return [];
  const rows = await db.query<OutboxRow>(
    `SELECT id, name, payload FROM platform.outbox
      WHERE id > $1 AND ($2::text IS NULL OR payload ->> 'customerId' = $2)
      ORDER BY id LIMIT $3`,
    [lastEventId, customerId, maxReplay + 1],
  );
  return rows.length > maxReplay ? [resync] : rows.map(messageOf);
}

/** Customers see what carries their own id, and nothing else. */
function concerns(row: OutboxRow, { customerId }: Listener): boolean {
  return customerId === null || row.payload.customerId === customerId;
}

/** One event as server-sent events write it (WHATWG HTML, section 9.2). JSON has no raw line breaks. */
function messageOf({ id, name, payload }: OutboxRow): Message {
  return { id, text: `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(payload)}\n\n` };
}
