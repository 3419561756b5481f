import { unwrap } from "@jinqiao/contract/client";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createMerchant, type TestMerchant } from "../../../../test/support/merchants.ts";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";
import { manualClock } from "../platform/clock.ts";

const clock = manualClock(new Date().toISOString());
let world: World;
let shop: TestMerchant;
let payer: Awaited<ReturnType<World["customer"]>>;
let api: Session["api"];
let testApi: Session["api"];

const gbp = (amount: string) => ({ amount, currency: "GBP" });
const header = () => ({ header: attempt() });
const codeOf = async (answer: Promise<{ error?: unknown }>) =>
  ((await answer).error as { code?: string } | undefined)?.code;
const pdf = (text: string) => Buffer.from(`%PDF-1.7\n${text}\n%%EOF\n`, "latin1");

beforeAll(async () => {
  world = await createWorld({ overrides: { clock } });
  shop = await createMerchant(world);
  [api, testApi] = [await shop.withKey("live"), await shop.withKey("test")];
  payer = await world.customer("Emma Payer");
  const account = (await world.link(payer, "emma")).get("GBP") as LinkedAccount;
  await unwrap(
    payer.api.POST("/v1/top-ups", {
      params: header(),
      body: { linkedAccountId: account.id, amount: gbp("500.00") },
    }),
  );
  await world.settleJobs();
  await world.closeDay();
  // Fees are the shop's: what it has besides lets its disputes be held whole.
  await buy("20.00");
}, 120_000);
afterAll(() => world?.close());
afterEach(async () => {
  expect(await world.app.merchants.violations()).toEqual([]);
  expect(await world.app.ledger.violations()).toEqual([]);
});

/** The payer buys; answers the intent and the payer's payment. */
async function buy(amount = "60.00"): Promise<{ intentId: string; paymentId: string }> {
  clock.advance(1);
  const intent = await unwrap(
    api.POST("/v1/payment_intents", { params: header(), body: { amount: gbp(amount), reference: "A-17" } }),
  );
  await unwrap(
    payer.api.POST("/v1/payables/{token}/payments", {
      params: { path: { token: intent.clientSecret }, ...header() },
      body: { amount: gbp(amount), source: { kind: "balance" } },
    }),
  );
  const { items } = await unwrap(payer.api.GET("/v1/payments", { params: { query: { kind: "purchase" } } }));
  return { intentId: intent.id, paymentId: items[0]?.id as string };
}
const dispute = (paymentId: string, body: Record<string, unknown> = {}, who: Session = payer, key?: string) =>
  who.api.POST("/v1/payments/{paymentId}/disputes", {
    params: { path: { paymentId }, header: attempt(key) },
    body: { reason: "product_not_received", text: "Nothing has arrived for three weeks.", ...body } as {
      reason: "product_not_received";
      text: string;
    },
  });
const upload = (
  who: Session["api"],
  path: "/v1/disputes" | "/v1/purchase-disputes",
  id: string,
  bytes: Buffer,
) =>
  who.POST(`${path}/{disputeId}/files` as "/v1/disputes/{disputeId}/files", {
    params: { path: { disputeId: id }, query: { name: "paper.pdf" } },
    body: bytes as unknown as string,
    bodySerializer: (body) => body,
    headers: { "content-type": "application/octet-stream" },
  });
const ofMerchant = (id: string) =>
  unwrap(api.GET("/v1/disputes/{disputeId}", { params: { path: { disputeId: id }, query: {} } }));
const ofPayer = (id: string) =>
  unwrap(payer.api.GET("/v1/purchase-disputes/{disputeId}", { params: { path: { disputeId: id } } }));
const wallet = async () =>
  (await unwrap(payer.api.GET("/v1/balances"))).items.find(({ currency }) => currency === "GBP")?.total
    .amount;

/** Jobs run and a moment goes by: of one moment, nothing is newer than another thing. */
async function pass(): Promise<void> {
  await world.settleJobs();
  clock.advance(1_000);
}

/** One of staff says why they look, proposes, and another one approves; then the money moves. */
async function decide(disputeId: string, outcome: "payer" | "merchant"): Promise<void> {
  const [one, other] = [await world.staff("operations"), await world.staff("second")];
  const params = { path: { disputeId } };
  const body = { outcome, note: "The carrier's proof names another street." };
  await one.POST("/v1/console/customers/{customerId}/access", {
    params: { path: { customerId: payer.id } },
    body: { reason: "payment_inquiry", text: "A dispute is to be decided." },
  });
  const proposed = await unwrap(one.POST("/v1/console/disputes/{disputeId}/decisions", { params, body }));
  const proposalId = proposed.proposal?.id as string;
  const approval = { params: { path: { proposalId } } };
  expect(await codeOf(one.POST("/v1/console/proposals/{proposalId}/approval", approval))).toBe(
    "staff.second_person_needed",
  );
  expect((await ofMerchant(disputeId)).status).toBe("under_review");
  await unwrap(other.POST("/v1/console/proposals/{proposalId}/approval", approval));
  await world.settleJobs();
}

it("from the wallet to the money: files on both sides, two people decide, new evidence, the end", async () => {
  const { intentId, paymentId } = await buy();
  const before = await wallet();
  const options = await unwrap(
    payer.api.GET("/v1/payments/{paymentId}/dispute-options", { params: { path: { paymentId } } }),
  );
  expect(options).toMatchObject({ possible: true, maxAmount: gbp("60.00"), disputeId: null });
  const key = attempt()["Idempotency-Key"];
  const opened = await unwrap(dispute(paymentId, {}, payer, key));
  expect((await unwrap(dispute(paymentId, {}, payer, key))).id).toBe(opened.id);
  expect(await codeOf(dispute(paymentId))).toBe("dispute.exists");
  await unwrap(upload(payer.api, "/v1/purchase-disputes", opened.id, pdf("order of the vase")));
  const { id } = opened;

  expect(await ofMerchant(id)).toMatchObject({
    paymentIntent: intentId,
    reference: "A-17",
    status: "needs_response",
    payer: { maskedName: "E***" },
    held: gbp("60.00"),
    exposure: gbp("0.00"),
    reason: { iso20022: { code: "MD06" }, cards: { visa: ["13.1"] } },
    statements: [{ by: "payer", files: [{ name: "paper.pdf" }] }],
  });
  const expanded = await unwrap(
    api.GET("/v1/disputes/{disputeId}", {
      params: { path: { disputeId: id }, query: { expand: "paymentIntent" } },
    }),
  );
  expect(expanded.paymentIntent).toMatchObject({ object: "payment_intent", dispute: id });

  await unwrap(upload(api, "/v1/disputes", id, pdf("carrier's proof")));
  expect((await ofMerchant(id)).drafts).toHaveLength(1);
  expect((await ofPayer(id)).statements).toHaveLength(1);
  await pass();
  const answered = await unwrap(
    api.POST("/v1/disputes/{disputeId}/evidence", {
      params: { path: { disputeId: id }, ...header() },
      body: { text: "The carrier handed it over on Tuesday." },
    }),
  );
  expect(answered).toMatchObject({ status: "under_review", drafts: [] });
  expect((await ofPayer(id)).statements[1]).toMatchObject({ by: "merchant", files: [{ name: "paper.pdf" }] });

  // Without a reason, staff see neither names nor words nor files.
  const viewer = await world.staff("compliance");
  const masked = await unwrap(
    viewer.GET("/v1/console/disputes/{disputeId}", { params: { path: { disputeId: id } } }),
  );
  expect(masked).toMatchObject({ customerName: "E***", namesHidden: true });
  expect(JSON.stringify(masked)).not.toMatch(/three weeks|Tuesday|paper\.pdf|Emma/);
  const [file] = masked.statements[0]?.files ?? [];
  expect(
    await codeOf(
      viewer.GET("/v1/console/disputes/{disputeId}/files/{fileId}", {
        params: { path: { disputeId: id, fileId: file?.id as string } },
      }),
    ),
  ).toBe("staff.reason_needed");

  await pass();
  await decide(id, "payer");
  await pass();
  expect(await ofMerchant(id)).toMatchObject({ status: "lost", final: false, held: gbp("0.00") });
  // Not yet the payer's: the shop may still bring new evidence.
  expect(await wallet()).toBe(before);
  await unwrap(
    api.POST("/v1/disputes/{disputeId}/represent", {
      params: { path: { disputeId: id }, ...header() },
      body: { text: "Here is the neighbour's signature." },
    }),
  );
  expect(await ofMerchant(id)).toMatchObject({ status: "under_review", stage: "representment" });
  await pass();
  await decide(id, "payer");
  const over = await ofPayer(id);
  expect(over).toMatchObject({ status: "lost", final: true, contested: gbp("60.00") });
  expect(Number(await wallet())).toBe(Number(before) + 60);
  // The money is a refund of the purchase in the payer's wallet.
  const purchase = await unwrap(
    payer.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }),
  );
  expect(purchase.refunds.map((one) => one.paymentId)).toEqual([over.refundPaymentId]);
  expect((await ofMerchant(id)).balanceTransactions).toHaveLength(1);
  const told = (await world.app.identity.messages.recent(60)).map(({ content }) => content);
  const news = told.flatMap((one) => (one.kind === "notice.dispute" ? [one.what] : []));
  expect(news.toReversed()).toEqual(["opened", "answered", "decided_for_you", "reviewed_again", "paid_back"]);
  const shopNews = told.flatMap((one) => (one.kind === "notice.shop_dispute" ? [one.what] : []));
  expect(shopNews.toReversed()).toEqual(["opened", "lost", "lost_for_good"]);
});

it("nobody else sees it, acts on it, or opens one on what is not theirs", async () => {
  const { paymentId } = await buy();
  const { id } = await unwrap(dispute(paymentId));
  const [stranger, other] = [await world.customer("Stranger"), await createMerchant(world)];
  const params = { path: { disputeId: id } };
  expect(await codeOf(dispute(paymentId, {}, stranger))).toBe("request.not_found");
  expect(await codeOf(stranger.api.GET("/v1/purchase-disputes/{disputeId}", { params }))).toBe(
    "request.not_found",
  );
  expect(
    await codeOf(
      stranger.api.POST("/v1/purchase-disputes/{disputeId}/withdrawal", {
        params: { ...params, ...header() },
      }),
    ),
  ).toBe("request.not_found");
  const file = await unwrap(upload(payer.api, "/v1/purchase-disputes", id, pdf("for two only")));
  const fileParams = { path: { disputeId: id, fileId: file.id } };
  expect(
    await codeOf(
      stranger.api.GET("/v1/purchase-disputes/{disputeId}/files/{fileId}", { params: fileParams }),
    ),
  ).toBe("request.not_found");
  const foreign = await other.withKey("live");
  expect(await codeOf(foreign.GET("/v1/disputes/{disputeId}/files/{fileId}", { params: fileParams }))).toBe(
    "request.not_found",
  );
  for (const one of [foreign, testApi])
    expect(await codeOf(one.GET("/v1/disputes/{disputeId}", { params: { ...params, query: {} } }))).toBe(
      "request.not_found",
    );
  expect(
    await codeOf(foreign.POST("/v1/disputes/{disputeId}/accept", { params: { ...params, ...header() } })),
  ).toBe("request.not_found");
  expect(await codeOf(upload(foreign, "/v1/disputes", id, pdf("x")))).toBe("request.not_found");
  expect((await unwrap(foreign.GET("/v1/disputes"))).items).toEqual([]);
  await unwrap(api.POST("/v1/disputes/{disputeId}/accept", { params: { ...params, ...header() } }));
  expect(await ofPayer(id)).toMatchObject({ status: "accepted", final: true });
});

it("a refund of a disputed payment by the API counts against it; withdrawing frees the rest", async () => {
  const { intentId, paymentId } = await buy("40.00");
  const { id } = await unwrap(dispute(paymentId));
  await unwrap(
    api.POST("/v1/refunds", {
      params: header(),
      body: { paymentIntent: intentId, amount: gbp("15.00") },
    }),
  );
  expect(await ofMerchant(id)).toMatchObject({ contested: gbp("25.00"), held: gbp("25.00") });
  await unwrap(
    payer.api.POST("/v1/purchase-disputes/{disputeId}/withdrawal", {
      params: { path: { disputeId: id }, ...header() },
    }),
  );
  expect(await ofMerchant(id)).toMatchObject({ status: "withdrawn", held: gbp("0.00") });
  const events = await world.app.db.query<{ type: string }>(
    "SELECT type FROM merchants.event WHERE object_id = $1 ORDER BY seq",
    [id],
  );
  expect(events.map(({ type }) => type)).toEqual(["dispute.created", "dispute.updated", "dispute.closed"]);
});

it("files that are too large or of another kind are refused, and nothing is kept of them", async () => {
  const { paymentId } = await buy("20.00");
  const { id } = await unwrap(dispute(paymentId));
  const large = Buffer.alloc(5 * 1024 * 1024 + 1, "x");
  expect(await codeOf(upload(payer.api, "/v1/purchase-disputes", id, large))).toBe("request.body_too_large");
  expect(await codeOf(upload(payer.api, "/v1/purchase-disputes", id, Buffer.from("<html>")))).toBe(
    "dispute.file_kind",
  );
  expect((await ofPayer(id)).statements[0]?.files).toEqual([]);
});

it("in test mode a shop opens and decides disputes itself, with play money; live keys may not", async () => {
  const intent = await unwrap(
    testApi.POST("/v1/payment_intents", { params: header(), body: { amount: gbp("30.00") } }),
  );
  await unwrap(
    testApi.POST("/v1/payment_intents/{paymentIntentId}/confirm", {
      params: { path: { paymentIntentId: intent.id }, ...header() },
      body: { paymentMethod: { type: "test", outcome: "succeeds" } },
    }),
  );
  const open = (by: Session["api"]) =>
    by.POST("/v1/test_helpers/payment_intents/{paymentIntentId}/dispute", {
      params: { path: { paymentIntentId: intent.id }, ...header() },
      body: { reason: "fraudulent" },
    });
  expect(await codeOf(open(api))).toBe("dispute.test_mode_only");
  const { id } = await unwrap(open(testApi));
  const outcome = (to: "payer" | "expired") =>
    testApi.POST("/v1/test_helpers/disputes/{disputeId}/decide", {
      params: { path: { disputeId: id }, ...header() },
      body: { outcome: to },
    });
  expect(await codeOf(outcome("payer"))).toBe("dispute.not_open");
  expect(await unwrap(outcome("expired"))).toMatchObject({ status: "expired", payer: null });
  const staff = await world.staff("operations");
  expect((await unwrap(staff.GET("/v1/console/disputes"))).items.map((one) => one.id)).not.toContain(id);
});
