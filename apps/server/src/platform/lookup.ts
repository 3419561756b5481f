/** How many keys one query asks for at most. */
const maxKeys = 500;

/**
 * Many callers that each want one row share queries: what is asked for while a query runs goes together in the next
 * one. No timer and nothing remembered: an answer is always read after it was asked for.
 * @param read the rows of these keys (each once), by key; a key without a row is left out
 */
export function createLookup<Row>(
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
): (key: string) => Promise<Row | undefined> {
  type Asked = { key: string; resolve(row: Row | undefined): void; reject(error: unknown): void };
  let waiting: Asked[] = [];
  let running = false;

  async function run(): Promise<void> {
    // What is asked for in the same turn of the event loop goes together.
    await Promise.resolve();
    while (waiting.length > 0) {
      const asked = waiting.slice(0, maxKeys);
      waiting = waiting.slice(maxKeys);
      try {
        const rows = await read([...new Set(asked.map(({ key }) => key))]);
        for (const { key, resolve } of asked) resolve(rows.get(key));
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    running = false;
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (running) return;
      running = true;
      void run();
    });
}
