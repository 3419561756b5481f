import { unwrap } from "@jinqiao/contract/client";
import {
  appendLeaves,
  decodeEntryBundle,
  emptyEdge,
  formatReceipt,
  fromBase64,
  hashEntry,
  parseCheckpoint,
  parseVerifierKey,
  verifyConsistency,
  verifyInclusion,
  verifyNote,
  verifyReceipt,
} from "@jinqiao/transparency";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";

let world: World;
let lin: Session & { id: string };
let wang: Session & { id: string };
let accounts: Map<string, LinkedAccount>;
let topUpId: string;
let transferId: string;

const cny = (amount: string) => ({ amount, currency: "CNY" });
const receiptsOf = (session: Session, paymentId: string) =>
  session.api.GET("/v1/payments/{paymentId}/receipt", { params: { path: { paymentId } } });

beforeAll(async () => {
  world = await createWorld();
  lin = await world.customer("Lin Test");
  wang = await world.customer("Wang Test");
  accounts = await world.link(lin, "linxiao");
  const linkedAccountId = accounts.get("CNY")?.id ?? "";
  const topUp = await unwrap(
    lin.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId, amount: cny("120.50") },
    }),
  );
  topUpId = topUp.id;
  await world.settleJobs();
  transferId = (
    await unwrap(
      lin.api.POST("/v1/transfers", {
        params: { header: attempt() },
        body: { payeeId: wang.id, amount: cny("20.00") },
      }),
    )
  ).id;
});
afterAll(() => world.close());

async function trust() {
  const { origin, key, witnesses } = await unwrap(lin.api.GET("/log/key"));
  expect(origin).toBe(`${new URL(world.url).host}/log`);
  expect(witnesses).toEqual([]);
  return { log: [parseVerifierKey(key)] };
}

it("gives payer and payee a receipt each, which tells each only their own side", async () => {
  for (const [session, amount] of [
    [lin, "2000"],
    [wang, "-2000"],
  ] as const) {
    const { receipts } = await unwrap(receiptsOf(session, transferId));
    expect(receipts).toHaveLength(1);
    const [receipt] = receipts;
    const verdict = await verifyReceipt(formatReceipt(receipt as never), await trust());
    expect(verdict).toMatchObject({
      ok: true,
      facts: {
        header: { subject: transferId },
        sides: [{ account: `customer:${session.id}`, currency: "CNY", amount }],
        hiddenSides: 1,
      },
    });
    expect(JSON.stringify(receipt)).not.toContain(session === lin ? wang.id : lin.id);
  }
});

it("gives a receipt for a top-up, and keeps it true while the log goes on", async () => {
  const [before] = (await unwrap(receiptsOf(lin, topUpId))).receipts;
  expect(before?.header.kind).toBe("top_up.instant_credit");
  const old = parseCheckpoint(before?.checkpoint ?? "");
  await world.closeDay();
  await world.app.ledger.log.integrate();
  const { to, proof } = await unwrap(
    lin.api.GET("/log/proof/consistency", { params: { query: { from: old.size.toString() } } }),
  );
  const newest = parseCheckpoint(await (await fetch(`${world.url}/log/checkpoint`)).text());
  expect(newest.size.toString()).toBe(to);
  expect(newest.size).toBeGreaterThan(old.size);
  expect(
    verifyConsistency({
      oldSize: old.size,
      oldRoot: old.root,
      size: newest.size,
      root: newest.root,
      proof: proof.map((hash) => fromBase64(hash) as Uint8Array),
    }),
  ).toBe(true);
});

it("has none for strangers, for what is not there, and for what has moved no money", async () => {
  const stranger = await world.customer("Zhao Test");
  expect((await receiptsOf(stranger, transferId)).error).toMatchObject({ code: "request.not_found" });
  expect((await receiptsOf(lin, "pay_nothing")).error).toMatchObject({ code: "request.not_found" });
  const waiting = await unwrap(
    lin.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: accounts.get("CNY")?.id ?? "", amount: cny("1.00") },
    }),
  );
  const answer = await receiptsOf(lin, waiting.id);
  expect(answer.response.status).toBe(409);
  expect(answer.error).toMatchObject({ code: "payment.nothing_booked", retryable: true });
});

it("serves the log to everybody as tiles, with types and caching that fit", async () => {
  const checkpoint = await fetch(`${world.url}/log/checkpoint`);
  expect(checkpoint.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(checkpoint.headers.get("cache-control")).toBe("no-cache");
  expect(checkpoint.headers.get("access-control-allow-origin")).toBe("*");
  const { size, root, note } = parseCheckpoint(await checkpoint.text());
  expect(await verifyNote(note, (await trust()).log)).toHaveLength(1);

  const tile = await fetch(`${world.url}/log/tile/0/000.p/${size}`);
  expect(tile.status).toBe(200);
  expect(tile.headers.get("content-type")).toBe("application/octet-stream");
  expect(tile.headers.get("cache-control")).toContain("immutable");
  const hashes = new Uint8Array(await tile.arrayBuffer());
  const bundle = await fetch(`${world.url}/log/tile/entries/000.p/${size}`);
  const entries = decodeEntryBundle(new Uint8Array(await bundle.arrayBuffer())) as Uint8Array[];
  const leaves = entries.map((entry) => hashEntry(entry));
  expect(Buffer.concat(leaves)).toEqual(Buffer.from(hashes));
  expect(Buffer.from(appendLeaves(emptyEdge, leaves).root)).toEqual(Buffer.from(root));

  const { leaf, proof } = await unwrap(
    lin.api.GET("/log/proof/inclusion", { params: { query: { position: "0" } } }),
  );
  expect(
    verifyInclusion({
      index: 0n,
      size,
      root,
      leaf: fromBase64(leaf) as Uint8Array,
      proof: proof.map((hash) => fromBase64(hash) as Uint8Array),
    }),
  ).toBe(true);
});

it.each([
  "/log/tile/0/000",
  "/log/tile/9/000",
  "/log/tile/0/0",
  "/log/tile/entries/001",
  "/log/tile/keys/000",
])("answers 404 in text for %s", async (path) => {
  const response = await fetch(`${world.url}${path}`);
  expect(response.status).toBe(404);
  expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(response.headers.get("cache-control")).toBe("no-store");
});

it("refuses positions and sizes that are none, and has no proof of what is not there", async () => {
  for (const position of ["-1", "1.5", "", "x", "99999999999999999999"]) {
    const { error } = await lin.api.GET("/log/proof/inclusion", { params: { query: { position } } });
    expect(error).toMatchObject({ code: "request.invalid" });
  }
  const { error } = await lin.api.GET("/log/proof/inclusion", { params: { query: { position: "1000000" } } });
  expect(error).toMatchObject({ code: "request.not_found" });
  const none = await lin.api.GET("/log/proof/consistency", { params: { query: { from: "5", to: "2" } } });
  expect(none.error).toMatchObject({ code: "request.not_found" });
});
