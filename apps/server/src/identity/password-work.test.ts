import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createTestServer, type TestServer } from "../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../test/support/server-database.ts";

/** What was asked of argon2, in order: the parameters that decide how long it takes. */
const work = vi.hoisted(() => ({ asked: [] as string[] }));
vi.mock("@node-rs/argon2", async (original) => {
  const real = await original<typeof import("@node-rs/argon2")>();
  return {
    ...real,
    verify: (hash: string, password: string) => {
      work.asked.push(hash.split("$").slice(0, 4).join("$"));
      return real.verify(hash, password);
    },
  };
});

let database: Awaited<ReturnType<typeof createServerDatabase>>;
let server: TestServer;

beforeAll(async () => {
  database = await createServerDatabase();
  server = await createTestServer(database.db);
  await server.customer("known@people.example");
  await server.staff("operations");
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

// The times themselves are measured by `npx jinqiao bench sign-in`: in a test they would be those of the machine.
it.each([
  ["customers", "/v1/sessions", "known@people.example"],
  ["staff", "/v1/console/sessions", "operations@staff.example"],
])("an unknown address of %s costs the same argon2id as a wrong password", async (_who, path, known) => {
  const workFor = async (email: string): Promise<string[]> => {
    work.asked.length = 0;
    const answer = await server.ask("POST", path, {
      body: { kind: "password", email, password: "not the password at all" },
    });
    expect(answer).toMatchObject({ status: 401, json: { code: "identity.credentials_invalid" } });
    return [...work.asked];
  };
  const wrong = await workFor(known);
  expect(wrong).toEqual(["$argon2id$v=19$m=19456,t=2,p=1"]);
  expect(await workFor("nobody@people.example")).toEqual(wrong);
});
