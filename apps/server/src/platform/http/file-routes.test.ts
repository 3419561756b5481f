import { createStatementImport, createTransfer, maxStatementFileBytes } from "@jinqiao/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestServer, type TestServer, testUrl } from "../../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { Refusal } from "../errors.ts";
import { handle } from "./handler.ts";

let database: Awaited<ReturnType<typeof createServerDatabase>>;
let server: TestServer;
let cookie: string;
let received: Uint8Array | undefined;

beforeAll(async () => {
  database = await createServerDatabase();
  server = await createTestServer(database.db, {
    handlers: [
      handle(createStatementImport, async ({ file }) => {
        received = file;
        throw new Refusal("statement_import.unreadable", {
          detail: { en: "Line 3: no.", zh: "第 3 行：不行。" },
        });
      }),
      handle(createTransfer, async () => undefined as never),
    ],
  });
  ({ cookie } = await server.customer("sends@files.example"));
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

const post = (
  url: string,
  type: string,
  payload: string | Buffer,
  headers: Record<string, string> = { cookie },
) =>
  server.http.inject({
    method: "POST",
    url,
    payload,
    headers: { origin: testUrl, ...headers, "content-type": type },
  });
const file = "application/octet-stream";

test("a file arrives byte by byte, and a refusal tells its own reason in both languages", async () => {
  const bytes = Buffer.from([0, 0xff, 0x0a, 0x80, 0x22]);
  const answer = await post("/v1/statement-imports?currency=GBP", file, bytes);
  expect(Buffer.from(received ?? []).equals(bytes)).toBe(true);
  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject({
    code: "statement_import.unreadable",
    detail: { en: "Line 3: no.", zh: "第 3 行：不行。" },
  });
});

test("a file over the limit is refused, and JSON where a file belongs, and a file where JSON belongs", async () => {
  const large = await post("/v1/statement-imports", file, Buffer.alloc(maxStatementFileBytes + 1));
  expect([large.statusCode, large.json().code]).toEqual([413, "request.body_too_large"]);
  const json = await post("/v1/statement-imports", "application/json", "{}");
  expect([json.statusCode, json.json().code]).toEqual([400, "request.invalid"]);
  const form = await post("/v1/statement-imports", "text/csv", "a,b");
  expect([form.statusCode, form.json().code]).toEqual([415, "request.media_type"]);
  const other = await post("/v1/transfers", file, "{}");
  expect([other.statusCode, other.json().code]).toEqual([415, "request.media_type"]);
  const query = await post("/v1/statement-imports?currency=XYQ", file, "x");
  expect([query.statusCode, query.json().errors[0].field]).toEqual([400, "currency"]);
});

test("a stranger's file is not read", async () => {
  received = undefined;
  const answer = await post("/v1/statement-imports", file, "x", {});
  expect([answer.statusCode, received]).toEqual([401, undefined]);
});
