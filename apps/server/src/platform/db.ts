import pg from "pg";

/** Rows come back as plain objects; `bigint` columns as BigInt, `date` columns as yyyy-mm-dd text. */
export type Queryable = {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
    /** For statements that run very often: lets the server keep the plan under this name. */
    name?: string,
  ): Promise<Row[]>;
};
/** A statement with its values; `name` lets the server keep its plan. */
export type Statement = { name: string; text: string; values: readonly unknown[] };
/** Statements of one connection, in the order they were sent; see `Db.line`. */
export type Line = { send<Row extends object>(statement: Statement): Promise<Row[]> };
/** A transaction in progress. Network calls are never made while one is open. */
export type Tx = Queryable & { readonly __tx: true };
export type Db = Queryable & {
  /** Runs `work` in one READ COMMITTED transaction; rolls back when it throws. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * One transaction in two round trips: `lock` goes with BEGIN, what `decide` makes of its rows goes with COMMIT. When
   * it makes nothing of them, nothing is written.
   */
  lockThenStore<Row extends object>(
    lock: Statement,
    decide: (rows: Row[]) => Statement | undefined,
  ): Promise<void>;
  /**
   * One connection outside the pool for statements that must keep their order: each is a transaction of its own and
   * goes to the server at once, also while the one before it runs. The server is never idle between two of them, and
   * they never wait for each other's locks. A broken connection fails what was under way; the next statement opens
   * another one.
   */
  line(): Line;
  /** One connection outside the pool, for LISTEN; `onDown` tells that notices are lost from now until `onUp`. */
  listen(
    channel: string,
    onPayload: (payload: string) => void,
    onUp: () => void,
    onDown?: () => void,
  ): Promise<{ close(): Promise<void> }>;
  readonly pool: pg.Pool;
  close(): Promise<void>;
};

/**
 * A place to break things in tests: called around every statement. Throwing "before" means that the server never
 * saw the statement, "after" that it ran and the answer was lost. Either way the connection is gone.
 */
export type StatementFault = (when: "before" | "after", text: string) => void;

const types = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === pg.types.builtins.INT8) return BigInt;
    if (oid === pg.types.builtins.DATE) return (text: string) => text;
    return pg.types.getTypeParser(oid, format);
  },
};

export function createDb(options: {
  url: string;
  maxConnections?: number;
  applicationName?: string;
  fault?: StatementFault;
}): Db {
  const settings = {
    connectionString: options.url,
    application_name: options.applicationName ?? "jinqiao",
    // Keys, locks and money rules assume these; a server default must not change them.
    options: "-c timezone=UTC -c default_transaction_isolation=read\\ committed",
    // Statements sent without waiting share one round trip.
    pipeline: true,
    types: types as pg.CustomTypesConfig,
  };
  const pool = new pg.Pool({ ...settings, max: options.maxConnections ?? 10 });
  // An idle connection may break at any time; the next query takes another one.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));

  const lines: { close(): Promise<void> }[] = [];

  async function run<Row extends object>(
    client: pg.Pool | pg.ClientBase,
    text: string,
    values: readonly unknown[] = [],
    name?: string,
  ): Promise<Row[]> {
    options.fault?.("before", text);
    const answer = await client.query(
      name === undefined
        ? { text, values: values as unknown[] }
        : { name, text, values: values as unknown[] },
    );
    options.fault?.("after", text);
    return answer.rows as Row[];
  }

  /** Lends a connection; rolls back when the work throws, and drops the connection when nobody knows its state. */
  async function withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      return await work(client);
    } catch (error) {
      broken = error instanceof Error ? error : new Error(String(error));
      try {
        await client.query("ROLLBACK");
        if (!isConnectionLoss(error)) broken = undefined;
      } catch {
        // The connection is gone; the server rolls back by itself.
      }
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return {
    pool,
    query: (text, values, name) => run(pool, text, values, name),
    transaction: (work) =>
      withClient(async (client) => {
        await run(client, "BEGIN");
        const tx: Tx = { __tx: true, query: (text, values, name) => run(client, text, values, name) };
        const result = await work(tx);
        await run(client, "COMMIT");
        return result;
      }),
    lockThenStore: (lock, decide) =>
      withClient(async (client) => {
        type Rows = Parameters<typeof decide>[0];
        const [, rows] = await Promise.all([
          run(client, "BEGIN"),
          run(client, lock.text, lock.values, lock.name),
        ]);
        const store = decide(rows as Rows);
        // Should the first of the two fail, the transaction is void and COMMIT rolls back.
        await Promise.all([
          ...(store ? [run(client, store.text, store.values, store.name)] : []),
          run(client, "COMMIT"),
        ]);
      }),
    line() {
      let closed = false;
      let client: Promise<pg.Client> | undefined;
      const connect = async (): Promise<pg.Client> => {
        const next = new pg.Client({ ...settings, keepAlive: true });
        const forget = () => {
          client = undefined;
        };
        next.on("error", forget);
        next.once("end", forget);
        await next.connect();
        return next;
      };
      lines.push({
        async close() {
          closed = true;
          await (await client?.catch(() => undefined))?.end();
        },
      });
      return {
        async send({ text, values, name }) {
          if (closed) throw new Error("the database is closed");
          client ??= connect();
          const open = client;
          try {
            return await run(await open, text, values, name);
          } catch (error) {
            if (isConnectionLoss(error)) {
              if (client === open) client = undefined;
              open.then((broken) => broken.end()).catch(() => {});
            }
            throw error;
          }
        },
      };
    },
    async listen(channel, onPayload, onUp, onDown) {
      let closed = false;
      let client: pg.Client | undefined;
      const connect = async (): Promise<void> => {
        const next = new pg.Client({ ...settings, keepAlive: true });
        next.on("notification", (message) => onPayload(message.payload ?? ""));
        next.on("error", () => {});
        next.once("end", () => {
          onDown?.();
          // Messages sent while nobody listened are lost: `onUp` tells readers to look again.
          if (!closed) setTimeout(() => void connect().catch(() => next.emit("end")), 500).unref();
        });
        await next.connect();
        await next.query(`LISTEN ${channel}`);
        client = next;
        // Closed while it was being connected again.
        if (closed) await next.end();
        else onUp();
      };
      await connect();
      return {
        async close() {
          closed = true;
          await client?.end();
        },
      };
    },
    async close() {
      await Promise.all(lines.map((line) => line.close()));
      await pool.end();
    },
  };
}

/** True when nobody can say whether the last statement took effect. */
export function isConnectionLoss(error: unknown): boolean {
  const code = (error as { code?: string } | null)?.code ?? "";
  const message = error instanceof Error ? error.message : "";
  return (
    [
      "ECONNRESET",
      "EPIPE",
      "ECONNREFUSED",
      "ETIMEDOUT",
      "57P01",
      "57P02",
      "57P03",
      "08006",
      "08003",
      "08000",
    ].includes(code) ||
    /Connection terminated|connection ended|Client has encountered a connection error/i.test(message)
  );
}
