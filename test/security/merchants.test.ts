import {
  errorsOf,
  merchantRoleScopes,
  merchantScopes,
  peopleOnly,
  type Route,
  routes,
} from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMerchant, type TestMerchant } from "../support/merchants.ts";
import { attempt, createWorld, type Session, type World } from "../support/world.ts";
import { askAt, requestOf } from "./installation.ts";

// Every route of merchants × everybody who might call it, on the real server. What must happen follows from the
// contract, so that a new route is tried as soon as it is declared.

type Caller = Pick<Session, "fetch">;
let world: World;
let shop: TestMerchant;
let stranger: TestMerchant;
let records: ReadonlyMap<string, string>;

const ofMerchants = routes.filter(({ audience }) => audience === "merchant");
const withRecord = ofMerchants.filter(({ path }) => path.includes("{"));

/** A program that sends these headers and no cookies. */
const bearing = (headers: Record<string, string>): Caller => ({
  fetch: (input, init) =>
    fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), ...headers } }),
});
const withKey = (secret: string): Caller => bearing({ authorization: `Bearer ${secret}` });
/** A person in the portal of a merchant. */
const inPortal = (person: Session, merchantId: string, mode: "live" | "test" = "test"): Caller => ({
  fetch: (input, init) =>
    person.fetch(input, {
      ...init,
      headers: {
        ...Object.fromEntries(new Headers(init?.headers)),
        "jinqiao-merchant": merchantId,
        "jinqiao-mode": mode,
      },
    }),
});

/** The name of a parameter is the name of a kind of record. */
const namesOf = (route: Route): string[] =>
  [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");

beforeAll(async () => {
  world = await createWorld();
  shop = await createMerchant(world, { account: { number: "20000012345678", holderName: "Ada Shopkeeper" } });
  stranger = await createMerchant(world, { owner: await world.customer("Stranger Shopkeeper") });
  records = await recordsOf(shop);
}, 120_000);
afterAll(() => world?.close());

async function recordsOf({ id, storeId, tillId, api }: TestMerchant): Promise<ReadonlyMap<string, string>> {
  const test = api("test");
  const header = () => ({ params: { header: attempt() } });
  const amount = { amount: "12.00", currency: "GBP" };
  const intent = await unwrap(test.POST("/v1/payment_intents", { ...header(), body: { amount } }));
  await unwrap(
    test.POST("/v1/payment_intents/{paymentIntentId}/confirm", {
      params: { path: { paymentIntentId: intent.id }, ...header().params },
      body: { paymentMethod: { type: "test", outcome: "succeeds" } },
    }),
  );
  const refund = await unwrap(
    test.POST("/v1/refunds", {
      ...header(),
      body: { paymentIntent: intent.id, amount: { amount: "1.00", currency: "GBP" } },
    }),
  );
  const key = await unwrap(test.POST("/v1/api_keys", { body: { name: "another" } }));
  const endpoint = await unwrap(
    test.POST("/v1/webhook_endpoints", {
      body: { url: "https://shop.example.com/hooks", eventTypes: ["refund.created"] } as never,
    }),
  );
  const code = await unwrap(test.POST("/v1/codes", { ...header(), body: { storeId } as never }));
  const customer = await unwrap(
    test.POST("/v1/merchant_customers", { ...header(), body: { name: "Nora Buyer" } as never }),
  );
  const rows = await world.app.db.query<{ kind: string; id: string }>(
    `SELECT 'memberId' AS kind, max(id) AS id FROM merchants.member WHERE merchant_id = $1
      UNION ALL SELECT 'accountId', max(id) FROM merchants.settlement_account WHERE merchant_id = $1
      UNION ALL SELECT 'eventId', max(id) FROM merchants.event WHERE merchant_id = $1`,
    [id],
  );
  return new Map<string, string>([
    ["paymentIntentId", intent.id],
    ["refundId", refund.id],
    ["balanceTransactionId", refund.balanceTransaction ?? ""],
    ["storeId", storeId],
    ["tillId", tillId],
    ["keyId", (key as unknown as { key: { id: string } }).key?.id ?? (key as unknown as { id: string }).id],
    [
      "webhookEndpointId",
      (endpoint as unknown as { id: string; endpoint?: { id: string } }).endpoint?.id ??
        (endpoint as unknown as { id: string }).id,
    ],
    ["codeId", (code as unknown as { id: string }).id],
    ["customerId", customer.id],
    ...rows.map(({ kind, id: found }) => [kind, found] as const),
  ]);
}

/** Records that need a receiver, a day's settlement or a dispute: the tests of their own parts try them by strangers. */
const elsewhere = ["webhookDeliveryId", "payoutId", "disputeId", "fileId", "checkoutSessionId"];

describe("without a right", () => {
  it("every route of merchants names a scope that exists", () => {
    for (const route of ofMerchants) {
      expect(merchantScopes, route.id).toContain(route.scope);
      expect(errorsOf(route), route.id).toEqual(
        expect.arrayContaining(["merchant.not_authenticated", "merchant.not_allowed"]),
      );
    }
  });

  it("nobody, a made-up or ended key, another's session and a person outside the team stay at the door", async () => {
    const made = (await shop.withKey("test")) as { secret: string };
    await world.app.db.query(
      "UPDATE developers.api_key SET revoked_at = now() WHERE secret_hash = sha256($1)",
      [Buffer.from(made.secret)],
    );
    const callers: [string, Caller][] = [
      ["nobody", bearing({})],
      ["a made-up key", withKey(`sk_test_${"A".repeat(32)}`)],
      ["a revoked key", withKey(made.secret)],
      ["a session that names no merchant", shop.owner],
      ["a person of another team", inPortal(stranger.owner, shop.id)],
      ["a merchant's id alone", bearing({ "jinqiao-merchant": shop.id })],
    ];
    const wrong: string[] = [];
    for (const route of ofMerchants)
      for (const [who, caller] of callers) {
        const { status, code } = await askAt(world.url, route, requestOf(route), caller);
        if (status !== 401 || code !== "merchant.not_authenticated")
          wrong.push(`${route.id} by ${who}: ${status} ${code}`);
      }
    expect(wrong).toEqual([]);
  });

  it("a restricted key does what its scopes say; no key does what only people may", async () => {
    const restricted = await unwrap(
      shop.api("test").POST("/v1/api_keys", { body: { name: "reads", scopes: ["payments.read"] } as never }),
    );
    const full = (await shop.withKey("test")) as { secret: string };
    const wrong: string[] = [];
    for (const route of ofMerchants) {
      const asked = async (secret: string) =>
        (await askAt(world.url, route, requestOf(route), withKey(secret))).code;
      const narrow =
        (await asked((restricted as unknown as { secret: string }).secret)) === "merchant.not_allowed";
      if (narrow === (route.scope === "payments.read")) wrong.push(`${route.id} with a restricted key`);
      if (
        route.scope &&
        peopleOnly.includes(route.scope) &&
        (await asked(full.secret)) !== "merchant.not_allowed"
      )
        wrong.push(`${route.id} with a key`);
    }
    expect(wrong).toEqual([]);
  });

  it("who stands at the till takes money, and nothing of the rest", async () => {
    const cashier = await world.customer("Till Cashier");
    await world.app.db.query(
      `INSERT INTO merchants.member (id, merchant_id, customer_id, status, role, locale, version, created_at)
       VALUES ('mbr_' || repeat('1', 26), $1, $2, 'active', 'cashier', 'en', 1, now())`,
      [shop.id, cashier.id],
    );
    const wrong: string[] = [];
    for (const route of ofMerchants) {
      const { code } = await askAt(world.url, route, requestOf(route), inPortal(cashier, shop.id));
      const may = route.scope !== undefined && merchantRoleScopes.cashier.includes(route.scope);
      if ((code === "merchant.not_allowed") === may) wrong.push(`${route.id}: ${code}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe("another merchant's records", () => {
  it("every address that names one is tried", () => {
    const missing = withRecord
      .flatMap(namesOf)
      .filter((name) => !records.get(name) && !elsewhere.includes(name));
    expect([...new Set(missing)]).toEqual([]);
  });

  it("are answered as if they did not exist; those of the other mode too", async () => {
    const wrong: string[] = [];
    for (const route of withRecord) {
      const names = namesOf(route);
      if (names.some((name) => !records.get(name))) continue;
      const request = requestOf(route);
      const params = {
        ...request.params,
        ...Object.fromEntries(names.map((name) => [name, records.get(name) ?? ""])),
      };
      const nobodys = Object.fromEntries(
        Object.entries(params).map(([name, id]) => [
          name,
          names.includes(name) ? `${String(id).slice(0, -8)}${"0".repeat(8)}` : id,
        ]),
      );
      const told = async (of: Record<string, unknown>) => {
        const asked = { ...request, params: of } as typeof request;
        const { status, code } = await askAt(world.url, route, asked, inPortal(stranger.owner, stranger.id));
        return `${status} ${code}`;
      };
      const [foreign, unknown] = [await told(params), await told(nobodys)];
      // What is refused for its form alone is so whoever asks, and says nothing of the record.
      if (foreign !== unknown || !/^(404 request\.not_found|422 webhook\.url_refused)$/.test(foreign))
        wrong.push(`${route.id}: ${foreign}, of nobody's: ${unknown}`);
    }
    expect(wrong).toEqual([]);
    const other = await askAt(
      world.url,
      routes.find(({ id }) => id === "getPaymentIntent") as Route,
      {
        ...requestOf(routes.find(({ id }) => id === "getPaymentIntent") as Route),
        params: { paymentIntentId: records.get("paymentIntentId") ?? "" },
      },
      inPortal(shop.owner, shop.id, "live"),
    );
    expect(other.code).toBe("request.not_found");
  });
});
