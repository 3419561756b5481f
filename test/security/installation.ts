import { readFileSync } from "node:fs";
import { type Route, routes, type Staff } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { startQuickWorld } from "../../apps/server/src/banks/connectors/quick-payment/testing/quick-world.ts";
import { createMerchant } from "../support/merchants.ts";
import { attempt, createWorld, type Session, type World } from "../support/world.ts";
import { credentialsOf } from "./owner-credentials.ts";
import { addressOf, type SampleRequest, samplesOf } from "./samples.ts";

/** An answer as a test looks at it. */
export type Answer = {
  status: number;
  /** Code of the problem, where it is one. */
  code: string | undefined;
  headers: Headers;
  text: string;
};

/** A Jinqiao with two banks and a customer who has a record of every kind that an address can name. */
export type Installation = {
  world: World;
  owner: Session & { id: string };
  /** Ids of the owner's records: by route where it needs one of its own, else by address: `/v1/payments/`. */
  records: ReadonlyMap<string, string>;
  /** Asks with the cookies of a session; streams are answered by their first bytes. */
  ask(route: Route, request: SampleRequest, who: Pick<Session, "fetch"> | undefined): Promise<Answer>;
  close(): Promise<void>;
};

/** Every role that staff can have, as the contract knows them. */
export type Role = Staff["role"];

export async function createInstallation(): Promise<Installation> {
  const quick = await startQuickWorld();
  const world = await createWorld({ moreBanks: [quick.config] });
  const owner = await world.customer("Owner of Everything");
  return {
    world,
    owner,
    records: await recordsOf(world, owner, quick),
    ask: (route, request, who) => askAt(world.url, route, request, who),
    async close() {
      await world.close();
      await quick.close();
    },
  };
}

/** Requests that schemas alone do not tell how to make. */
const knownBodies: Readonly<Record<string, unknown>> = {
  confirmBankBinding: { code: "123456" },
  createCheckoutSession: {
    lineItems: [{ name: "Tea", quantity: 1, unitAmount: { amount: "4.50", currency: "GBP" } }],
    successUrl: "https://shop.example.com/thanks",
    cancelUrl: "https://shop.example.com/basket",
  },
  createMerchant: {
    tradingName: { en: "Corner Shop", zh: "街角小店" },
    country: "GB",
    currency: "GBP",
    timeZone: "Europe/London",
  },
  proposeFeePlan: {
    key: "small",
    name: { en: "Small", zh: "小额" },
    reason: "for a test of rights",
    terms: {
      rates: [{ method: null, currency: null, tiers: [{ from: "0", basisPoints: 50, fixed: "0" }] }],
      promotion: null,
      refundFee: "kept",
      settlement: { delayDays: 1, cutOffHour: 0 },
      reserve: null,
    },
  },
  createSettlementAccount: {
    currency: "GBP",
    holderName: "Ada Shopkeeper",
    account: { kind: "sort_code", sortCode: "200000", accountNumber: "12345678" },
  },
  createBankBinding: {
    bankId: "lotus",
    holderName: "林晓",
    idType: "resident_identity_card",
    idNumber: "11010519491231002X",
    cardNumber: "6299990000000009",
    phone: "13800138000",
  },
};

/**
 * Requests that the contract accepts in every field, one for each form of the body.
 * @throws when the schemas and the list above do not make them
 */
export function requestsOf(route: Route): SampleRequest[] {
  const samples = samplesOf(route);
  const requests = route.id in knownBodies ? samples.slice(0, 1) : samples;
  return requests.map((sample) => {
    const request = route.id in knownBodies ? { ...sample, body: knownBodies[route.id] } : sample;
    for (const part of ["params", "query", "body"] as const) {
      const read = route[part]?.safeParse(request[part]);
      if (read && !read.success)
        throw new Error(
          `${route.id}: add its ${part} to the known bodies of test/security: ${read.error.message}`,
        );
    }
    return request;
  });
}

/** One request that the contract accepts in every field. */
export function requestOf(route: Route): SampleRequest {
  return requestsOf(route)[0] as SampleRequest;
}

/** The part of an address before its first parameter. */
export const stemOf = (route: Route): string => route.path.slice(0, route.path.indexOf("{"));

/** The owner's record that a route's address names. */
export const recordFor = (records: Installation["records"], route: Route): string | undefined =>
  records.get(route.id) ?? records.get(stemOf(route));

let serial = 0;

/** Asks a route at an address with what a caller's browser or program sends. */
export async function askAt(
  url: string,
  route: Route,
  request: SampleRequest,
  who: Pick<Session, "fetch"> | undefined,
): Promise<Answer> {
  const stop = new AbortController();
  const headers: Record<string, string> = { origin: url };
  if (route.idempotent) headers["idempotency-key"] = `security-${++serial}`;
  let body: string | Uint8Array | undefined;
  if (route.acceptsFile) {
    headers["content-type"] = "application/octet-stream";
    body = new TextEncoder().encode("Date,Amount,Currency,Payee\n2026-01-02,1.00,CNY,Somebody");
  } else if (route.body) {
    headers["content-type"] = "application/json";
    body = JSON.stringify(request.body);
  }
  const response = await (who?.fetch ?? fetch)(`${url}${addressOf(route, request)}`, {
    method: route.method,
    headers,
    redirect: "manual",
    signal: stop.signal,
    ...(body === undefined ? {} : { body: body as BodyInit }),
  });
  const streams = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const text = streams ? "" : await response.text();
  if (streams) stop.abort();
  const problem = response.headers.get("content-type")?.startsWith("application/problem+json") ?? false;
  return {
    status: response.status,
    code: problem ? (JSON.parse(text) as { code: string }).code : undefined,
    headers: response.headers,
    text,
  };
}

async function recordsOf(
  world: World,
  owner: Session & { id: string; email: string },
  quick: Awaited<ReturnType<typeof startQuickWorld>>,
): Promise<ReadonlyMap<string, string>> {
  const { api } = owner;
  const accounts = await world.link(owner, "emma");
  const [account] = [...accounts.values()];
  if (account === undefined) throw new Error("no account was linked");
  const [{ items: consents }, payment, binding, imported] = [
    await unwrap(api.GET("/v1/consents")),
    await unwrap(
      api.POST("/v1/top-ups", {
        params: { header: attempt() },
        body: {
          linkedAccountId: account.id,
          amount: { amount: "10.00", currency: account.currency },
        } as never,
      }),
    ),
    await unwrap(
      api.POST("/v1/bank-bindings", {
        params: { header: attempt() },
        body: { bankId: "lotus", ...(await quick.holder("linxiao")) },
      }),
    ),
    await importOf(world, owner),
  ];
  const payCodeKey = await unwrap(api.POST("/v1/pay-code-keys"));
  return new Map([
    ["/v1/payments/", payment.id],
    ["/v1/consents/", consents[0]?.id ?? ""],
    ["/v1/linked-accounts/", account.id],
    ["/v1/bank-bindings/", binding.id],
    ["/v1/statement-imports/", imported.importId],
    ["/v1/imported-accounts/", imported.accountId],
    ["/v1/pay-code-keys/", payCodeKey.id],
    ["/v1/merchant-invitations/", await invitationOf(world, owner)],
    ["/v1/purchase-disputes/", await disputeOf(world, owner, account.currency)],
    ...(await credentialsOf(world, owner)),
  ]);
}

/** A shop of somebody else's that invites the owner to its team. */
async function invitationOf(world: World, owner: { email: string }): Promise<string> {
  const shop = await createMerchant(world);
  const invited = await unwrap(
    shop.api().POST("/v1/merchant/members", {
      params: { header: attempt() },
      body: { email: owner.email, role: "viewer", locale: "en" },
    }),
  );
  return invited.id;
}

/** A purchase of the owner's that they dispute. */
async function disputeOf(world: World, owner: Session & { id: string }, currency: string): Promise<string> {
  const shop = await createMerchant(world, { currency: currency as "GBP" });
  await world.settleJobs();
  await world.closeDay();
  const amount = { amount: "1.00", currency } as never;
  const header = () => ({ header: attempt() });
  const intent = await unwrap(shop.api().POST("/v1/payment_intents", { params: header(), body: { amount } }));
  await unwrap(
    owner.api.POST("/v1/payables/{token}/payments", {
      params: { path: { token: intent.clientSecret }, ...header() },
      body: { amount, source: { kind: "balance" } },
    }),
  );
  const { items } = await unwrap(owner.api.GET("/v1/payments", { params: { query: { kind: "purchase" } } }));
  const dispute = await unwrap(
    owner.api.POST("/v1/payments/{paymentId}/disputes", {
      params: { path: { paymentId: items[0]?.id ?? "" }, ...header() },
      body: { reason: "general", text: "Something is wrong with this." },
    }),
  );
  return dispute.id;
}

async function importOf(world: World, owner: Session): Promise<{ importId: string; accountId: string }> {
  const file = readFileSync(new URL("../../vectors/statements/cn-bills/alipay.csv", import.meta.url));
  const response = await owner.fetch(`${world.url}/v1/statement-imports`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: file,
  });
  const { id: importId } = (await response.json()) as { id: string };
  await unwrap(
    owner.api.POST("/v1/statement-imports/{importId}/keep", {
      params: { path: { importId } },
      body: {},
    } as never),
  );
  const { items } = await unwrap(owner.api.GET("/v1/imported-accounts"));
  const [account] = items;
  if (account === undefined) throw new Error("nothing was imported");
  return { importId, accountId: account.id };
}

/** What an address names that is everybody's: also links of payments, and printed codes. */
const shared = ["/v1/me/lessons/", "/v1/codes/", "/v1/payables/"];
/** Addresses that name a record within a record: the tests of their own parts try them by strangers. */
const within = ["getPurchaseDisputeFile"];

/** Routes whose address names a record of a customer. */
export const routesOfRecords: readonly Route[] = routes.filter(
  (route) =>
    route.audience === "customer" &&
    route.path.includes("{") &&
    !shared.includes(stemOf(route)) &&
    !within.includes(route.id),
);
