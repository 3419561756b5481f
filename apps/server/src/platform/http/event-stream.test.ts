import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestServer, type TestServer } from "../../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { systemClock } from "../clock.ts";
import { createDb, type Db } from "../db.ts";
import { createSubscriptions, emit, event } from "../events.ts";
import { createIds } from "../ids.ts";
import { createEventHub } from "./event-hub.ts";

type Running = { server: TestServer; url: string; db: Db };
type Received = { id: string | undefined; event: string; data: Record<string, unknown> };

const ids = createIds(systemClock);
const logger = pino({ level: "silent" });
const heartbeatMs = 200;
let database: Awaited<ReturnType<typeof createServerDatabase>>;
let one: Running;
let two: Running;
const open: Stream[] = [];

async function run(): Promise<Running> {
  const db = createDb({ url: database.url, applicationName: "jinqiao-test-server" });
  const server = await createTestServer(db, { eventHub: await createEventHub({ db, logger, heartbeatMs }) });
  return { server, db, url: await server.listen({ host: "127.0.0.1", port: 0 }) };
}
async function stop({ server, db }: Running): Promise<void> {
  await server.close();
  await db.close();
}
beforeAll(async () => {
  database = await createServerDatabase();
  [one, two] = await Promise.all([run(), run()]);
});
afterEach(() => {
  for (const stream of open.splice(0)) stream.close();
});
afterAll(async () => {
  await Promise.all([stop(one), stop(two)]);
  await database.drop();
});

/** Reads a stream as a browser's EventSource would. */
type Stream = {
  status: number;
  headers: Headers;
  /** The next event, whatever it is. */
  next(): Promise<Received>;
  /** Everything that came so far and was not asked for. */
  rest(): Received[];
  comments: string[];
  ended: Promise<void>;
  close(): void;
};

async function listen(
  { url }: Running,
  path: "/v1/events" | "/v1/console/events",
  cookie: string,
  lastEventId?: string,
): Promise<Stream> {
  const abort = new AbortController();
  const response = await fetch(url + path, {
    headers: { cookie, ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) },
    signal: abort.signal,
  });
  const queue: Received[] = [];
  const comments: string[] = [];
  let wake: () => void = () => {};
  let over = false;
  const ended = (async () => {
    let text = "";
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          const lines = text.slice(0, end).split("\n");
          text = text.slice(end + 2);
          const field = (name: string) =>
            lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
          comments.push(...lines.filter((line) => line.startsWith(":")));
          const name = field("event");
          // That the listener signed up a moment ago may still be under way to the other server.
          if (name !== undefined && name !== "customer.signed_up")
            queue.push({ id: field("id"), event: name, data: JSON.parse(field("data") ?? "{}") });
          wake();
        }
      }
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    } finally {
      over = true;
      wake();
    }
  })();
  ended.catch(() => undefined);
  const stream: Stream = {
    status: response.status,
    headers: response.headers,
    comments,
    ended,
    rest: () => queue.splice(0),
    close: () => abort.abort(),
    async next() {
      for (;;) {
        const first = queue.shift();
        if (first) return first;
        if (over) throw new Error("the stream has ended");
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
  open.push(stream);
  return stream;
}

const say = (db: Db, customerId: string, currency: string) =>
  db.transaction((tx) =>
    emit(tx, createSubscriptions(), [
      event("balance.changed", { customerId: customerId as `cus_${string}`, currency }),
    ]),
  );
const sayBreak = (db: Db) => {
  const breakId = ids.next("brk");
  return db
    .transaction((tx) =>
      emit(tx, createSubscriptions(), [event("break.changed", { breakId, status: "open" })]),
    )
    .then(() => breakId);
};

let serial = 0;
const person = () => {
  serial += 1;
  return one.server.customer(`listener${serial}@people.example`);
};

describe("live events", () => {
  it("written by one server reach the pages of both, with the outbox's id, and are not kept by caches", async () => {
    const { id, cookie } = await person();
    const here = await listen(one, "/v1/events", cookie);
    const there = await listen(two, "/v1/events", cookie);
    expect(here.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(here.headers.get("cache-control")).toBe("no-store");
    expect(here.headers.get("x-content-type-options")).toBe("nosniff");
    await say(one.db, id, "CNY");
    const [a, b] = [await here.next(), await there.next()];
    expect(a).toEqual({
      id: expect.stringMatching(/^\d+$/),
      event: "balance.changed",
      data: { customerId: id, currency: "CNY" },
    });
    expect(b).toEqual(a);
  });

  it("of a rolled-back transaction are never seen", async () => {
    const { id, cookie } = await person();
    const stream = await listen(one, "/v1/events", cookie);
    await one.db
      .transaction(async (tx) => {
        await emit(tx, createSubscriptions(), [
          event("balance.changed", { customerId: id as `cus_${string}`, currency: "EUR" }),
        ]);
        throw new Error("thought better of it");
      })
      .catch(() => undefined);
    await say(two.db, id, "GBP");
    expect((await stream.next()).data.currency).toBe("GBP");
  });

  it("are a customer's own alone; staff see all", async () => {
    const [a, b] = [await person(), await person()];
    const staffCookie = await two.server.staff("viewer");
    const pageOfA = await listen(one, "/v1/events", a.cookie);
    const console_ = await listen(two, "/v1/console/events", staffCookie);
    await say(one.db, b.id, "EUR");
    const breakId = await sayBreak(one.db);
    await say(one.db, a.id, "CNY");
    expect(await pageOfA.next()).toMatchObject({ data: { customerId: a.id, currency: "CNY" } });
    expect(pageOfA.rest()).toEqual([]);
    expect([await console_.next(), await console_.next(), await console_.next()]).toMatchObject([
      { data: { customerId: b.id } },
      { event: "break.changed", data: { breakId } },
      { data: { customerId: a.id } },
    ]);
  });

  it("come many at a time, in order", async () => {
    const { id, cookie } = await person();
    const stream = await listen(two, "/v1/events", cookie);
    const count = 700;
    await one.db.transaction((tx) =>
      emit(
        tx,
        createSubscriptions(),
        Array.from({ length: count }, (_, n) =>
          event("balance.changed", { customerId: id as `cus_${string}`, currency: String(n) }),
        ),
      ),
    );
    for (let n = 0; n < count; n += 1) expect((await stream.next()).data.currency).toBe(String(n));
  });
});

describe("a page that comes back", () => {
  it("gets what it missed, once, and then what follows", async () => {
    const [{ id, cookie }, other] = [await person(), await person()];
    const before = await listen(one, "/v1/events", cookie);
    await say(one.db, id, "AAA");
    const { id: last } = await before.next();
    before.close();
    await say(one.db, id, "BBB");
    await say(one.db, other.id, "XXX");
    await say(two.db, id, "CCC");
    const after = await listen(two, "/v1/events", cookie, last);
    await say(one.db, id, "DDD");
    expect(
      [await after.next(), await after.next(), await after.next()].map(({ data }) => data.currency),
    ).toEqual(["BBB", "CCC", "DDD"]);
  });

  it("does not get an event twice whose notification comes after its replay", async () => {
    const { id, cookie } = await person();
    const [row] = await one.db.query<{ id: bigint }>(
      `INSERT INTO platform.outbox (name, payload)
       VALUES ('balance.changed', jsonb_build_object('customerId', $1::text, 'currency', 'AAA')) RETURNING id`,
      [id],
    );
    const stream = await listen(one, "/v1/events", cookie, String((row?.id ?? 0n) - 1n));
    expect((await stream.next()).data.currency).toBe("AAA");
    await one.db.query("SELECT pg_notify('jinqiao_outbox', $1)", [String(row?.id)]);
    await say(one.db, id, "BBB");
    expect((await stream.next()).data.currency).toBe("BBB");
  });

  it("is told to read everything anew when it missed too much", async () => {
    const { id, cookie } = await person();
    await say(one.db, id, "AAA");
    const [{ first }] = (await one.db.query<{ first: bigint }>(
      "SELECT max(id) AS first FROM platform.outbox",
    )) as [{ first: bigint }];
    await one.db.query(
      `INSERT INTO platform.outbox (name, payload)
       SELECT 'balance.changed', jsonb_build_object('customerId', $1::text, 'currency', 'CNY') FROM generate_series(1, 501)`,
      [id],
    );
    const stream = await listen(one, "/v1/events", cookie, String(first));
    expect(await stream.next()).toEqual({ id: undefined, event: "resync", data: {} });
  });

  it("with a nonsense id simply listens", async () => {
    const { id, cookie } = await person();
    const stream = await listen(one, "/v1/events", cookie, "1; DROP TABLE");
    await say(one.db, id, "CNY");
    expect((await stream.next()).data.currency).toBe("CNY");
  });
});

describe("the line to the database", () => {
  const cutLines = () =>
    database.db.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query = 'LISTEN jinqiao_outbox'`,
    );

  it("comes back after it was cut, and pages are told to read anew", async () => {
    const { id, cookie } = await person();
    const stream = await listen(one, "/v1/events", cookie);
    expect((await cutLines()).length).toBe(2);
    expect(await stream.next()).toEqual({ id: undefined, event: "resync", data: {} });
    await say(one.db, id, "CNY");
    expect((await stream.next()).data.currency).toBe("CNY");
  });

  it("is tried again for as long as the database refuses", async () => {
    const own = await createServerDatabase({ maxConnections: 3 });
    const name = new URL(own.url).pathname.slice(1);
    const hub = await createEventHub({ db: own.db, logger, heartbeatMs });
    let text = "";
    const told = new Promise<void>((resolve) => {
      void hub.open({
        customerId: null,
        ownerId: "page",
        lastEventId: null,
        isSignedIn: async () => true,
        end: () => {},
        send(more) {
          text += more;
          if (text.includes("event: resync")) resolve();
          return true;
        },
      });
    });
    await database.db.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await database.db.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [
      name,
    ]);
    // Long enough for tries that fail; the page stays, and is told once the line stands again.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(text).not.toContain("resync");
    await database.db.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await told;
    await hub.close();
    await own.drop();
  });
});

describe("a stream", () => {
  it("asks for a session", async () => {
    for (const path of ["/v1/events", "/v1/console/events"] as const)
      expect((await listen(one, path, "jinqiao_session=x; jinqiao_staff=x")).status).toBe(401);
  });

  it("shows that it lives, and ends when the session ends, at whichever server", async () => {
    const { cookie } = await person();
    const stream = await listen(two, "/v1/events", cookie);
    while (!stream.comments.includes(": still here")) await new Promise((resolve) => setImmediate(resolve));
    await one.server.ask("DELETE", "/v1/sessions/current", { cookie });
    await stream.ended;
    expect((await listen(two, "/v1/events", cookie)).status).toBe(401);
  });

  it("is one of at most ten of one person; the next is refused, until one is closed", async () => {
    const [{ cookie }, other] = [await person(), await person()];
    const streams = await Promise.all(Array.from({ length: 10 }, () => listen(one, "/v1/events", cookie)));
    expect(streams.map(({ status }) => status)).toEqual(Array(10).fill(200));
    const eleventh = await listen(one, "/v1/events", cookie);
    expect(eleventh.status).toBe(429);
    expect(eleventh.headers.get("retry-after")).toBe("30");
    expect((await listen(one, "/v1/events", other.cookie)).status).toBe(200);
    streams[0]?.close();
    let again = await listen(one, "/v1/events", cookie);
    while (again.status === 429) again = await listen(one, "/v1/events", cookie);
    expect(again.status).toBe(200);
  });

  it("ends at once when its server closes", async () => {
    const own = await run();
    const { cookie } = await own.server.customer("closing@people.example");
    const stream = await listen(own, "/v1/events", cookie);
    await stop(own);
    await stream.ended;
  });
});
