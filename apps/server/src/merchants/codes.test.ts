import { unwrap } from "@jinqiao/contract/client";
import { decodeMerchantCode, encodeMerchantCode, type MerchantCode, readCode } from "@jinqiao/qr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMerchant, type TestMerchant } from "../../../../test/support/merchants.ts";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";

type Person = Session & { id: string; email: string };
let world: World;
let shop: TestMerchant;
let payer: Person;
let api: Awaited<ReturnType<TestMerchant["withKey"]>>;

beforeAll(async () => {
  world = await createWorld();
  shop = await createMerchant(world, { currency: "CNY", country: "CN", timeZone: "Asia/Shanghai" });
  api = await shop.withKey("live");
  payer = await world.customer("Payer Test");
  const account = (await world.link(payer, "linxiao")).get("CNY") as LinkedAccount;
  await unwrap(
    payer.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account.id, amount: { amount: "2000.00", currency: "CNY" } },
    }),
  );
  await world.settleJobs();
  await world.closeDay();
}, 120_000);
afterAll(() => world?.close());

const codeOf = async (answer: Promise<{ error?: unknown }>) =>
  ((await answer).error as { code?: string } | undefined)?.code;
const cny = (amount: string) => ({ amount, currency: "CNY" });
const make = (body: Record<string, unknown> = {}, by = api) =>
  unwrap(
    by.POST("/v1/codes", {
      params: { header: attempt() },
      body: { storeId: shop.storeId, tillId: shop.tillId, ...body } as never,
    }),
  );
const read = (text: string, by: Session = payer) => unwrap(by.api.POST("/v1/codes/read", { body: { text } }));
const begin = (codeId: string, amount: string, currency = "CNY") =>
  payer.api.POST("/v1/codes/{codeId}/payment_intents", {
    params: { path: { codeId }, header: attempt() },
    body: { amount: { amount, currency } },
  });
const pay = (token: string, amount: string, by: Session = payer) =>
  by.api.POST("/v1/payables/{token}/payments", {
    params: { path: { token }, header: attempt() },
    body: { amount: cny(amount), source: { kind: "balance" } },
  });
const changed = (payload: string, change: (code: MerchantCode) => MerchantCode) =>
  encodeMerchantCode(change(decodeMerchantCode(payload)));

describe("a static code of a store", () => {
  it("is signed EMVCo text, is genuine when it is read, and takes the amount that the payer types", async () => {
    const code = await make({ label: "Counter 柜台" });
    const said = decodeMerchantCode(code.payload);
    expect(said).toMatchObject({
      initiation: "static",
      amount: undefined,
      currency: "CNY",
      category: "5812",
      name: "First store",
      city: "Bridgetown",
      translated: { language: "ZH", name: "一号店" },
    });
    expect(readCode(code.payload).schemes.map(({ id }) => id)).toEqual(["jinqiao"]);
    for (const text of [code.payload, code.link])
      expect(await read(text)).toMatchObject({
        kind: "static_code",
        verdict: "genuine",
        code: {
          id: code.id,
          storeName: { en: "First store", zh: "一号店" },
          limits: { perPayerPerDay: cny("500.00") },
        },
      });
    const { token } = await unwrap(begin(code.id, "12.50"));
    const paid = await unwrap(pay(token, "12.50"));
    expect(paid.payable.status).toBe("succeeded");
    const { items } = await unwrap(api.GET("/v1/payment_intents", { params: { query: { limit: 1 } } }));
    expect(items[0]).toMatchObject({
      origin: { kind: "static_code", id: code.id },
      storeId: shop.storeId,
      tillId: shop.tillId,
      amountReceived: cny("12.50"),
    });
  });

  it("is told apart from one whose amount, name, merchant or signature was exchanged", async () => {
    const [code, other] = [await make(), await make()];
    const otherAccounts = decodeMerchantCode(other.payload).accounts;
    const forgeries = [
      changed(code.payload, (said) => ({ ...said, amount: 100n })),
      changed(code.payload, (said) => ({ ...said, name: "Another shop" })),
      changed(code.payload, (said) => ({ ...said, accounts: otherAccounts })),
      changed(code.payload, (said) => ({ ...said, own: [] })),
      code.link.replace(code.id, other.id),
      code.link.replace(/s=.{4}/, "s=AAAA"),
      `${world.url}/t/${code.id}`,
    ];
    for (const text of forgeries) expect(await read(text)).toMatchObject({ verdict: "forged", code: null });
  });

  it("takes nothing once it is withdrawn, and its successor does", async () => {
    const code = await make();
    const at = { path: { codeId: code.id } };
    const next = await unwrap(
      api.POST("/v1/codes/{codeId}/replace", { params: { ...at, header: attempt() } }),
    );
    expect(next).toMatchObject({ status: "active", storeId: shop.storeId });
    expect(await unwrap(api.GET("/v1/codes/{codeId}", { params: at }))).toMatchObject({
      status: "revoked",
      replacedBy: next.id,
      version: 2,
    });
    expect(await read(code.payload)).toMatchObject({ verdict: "revoked", code: null });
    expect(await codeOf(begin(code.id, "1.00"))).toBe("code.revoked");
    expect(
      await codeOf(api.POST("/v1/codes/{codeId}/revoke", { params: { ...at, header: attempt() } })),
    ).toBe("code.revoked");
    expect(await read(next.payload)).toMatchObject({ verdict: "genuine" });
  });

  it("is withdrawn once, also when several ask in the same moment", async () => {
    const code = await make();
    const answers = await Promise.all(
      [1, 2, 3].map(() =>
        api.POST("/v1/codes/{codeId}/replace", {
          params: { path: { codeId: code.id }, header: attempt() },
        }),
      ),
    );
    expect(answers.filter(({ data }) => data)).toHaveLength(1);
    expect(answers.flatMap(({ error }) => (error ? [(error as { code: string }).code] : []))).toEqual([
      "code.revoked",
      "code.revoked",
    ]);
  });

  it("is printed as SVG and as PDF with the store's name in both languages", async () => {
    const code = await make({ label: "Door 门口" });
    const fileOf = (format: "svg" | "pdf") =>
      shop.owner.fetch(`${world.url}/v1/codes/${code.id}/file?format=${format}`, {
        headers: { "Jinqiao-Merchant": shop.id },
      });
    const svg = await fileOf("svg");
    expect(svg.headers.get("content-type")).toContain("image/svg+xml");
    const text = await svg.text();
    for (const words of ["一号店", "First store", "扫码付款", "Scan to pay", code.id])
      expect(text).toContain(words);
    // What the merchant calls it is for the merchant alone.
    expect(text).not.toContain("Door");
    const pdf = await fileOf("pdf");
    expect(pdf.headers.get("content-disposition")).toContain(`${code.id}.pdf`);
    expect(
      Buffer.from(await pdf.arrayBuffer())
        .subarray(0, 8)
        .toString("latin1"),
    ).toBe("%PDF-1.7");
  });

  it("lets no more through than the limits of the country, at once and in a day", async () => {
    const code = await make();
    expect(await codeOf(begin(code.id, "500.01"))).toBe("code.limit_payment");
    expect(await codeOf(begin(code.id, "1.00", "GBP"))).toBe("code.currency_other");
    const buyer = await world.customer("Careful Buyer");
    await unwrap(
      payer.api.POST("/v1/transfers", {
        params: { header: attempt() },
        body: { payeeId: buyer.id as never, amount: cny("600.00") },
      }),
    );
    const tokens = await Promise.all([1, 2].map(async () => (await unwrap(begin(code.id, "260.00"))).token));
    const answers = await Promise.all(tokens.map((token) => pay(token, "260.00", buyer)));
    expect(
      answers.map(({ data, error }) => data?.payable.status ?? (error as { code: string }).code).sort(),
    ).toEqual(["code.limit_day", "succeeded"]);
  });

  it("belongs to its merchant and mode alone", async () => {
    const code = await make();
    const stranger = await createMerchant(world, { currency: "CNY", country: "CN" });
    const at = { params: { path: { codeId: code.id } } };
    expect(await codeOf(stranger.api().GET("/v1/codes/{codeId}", at))).toBe("request.not_found");
    expect(await codeOf(shop.api("test").GET("/v1/codes/{codeId}", at))).toBe("request.not_found");
    expect(
      await codeOf(
        stranger.api().POST("/v1/codes", {
          params: { header: attempt() },
          body: { storeId: shop.storeId },
        }),
      ),
    ).toBe("code.store_missing");
    const listed = await unwrap(shop.api().GET("/v1/codes", { params: { query: { status: "active" } } }));
    expect(listed.items.map(({ id }) => id)).toContain(code.id);
  });
});

describe("the dynamic code of a payment", () => {
  const asked = async (amount = "20.00") => {
    const intent = await unwrap(
      api.POST("/v1/payment_intents", { params: { header: attempt() }, body: { amount: cny(amount) } }),
    );
    const code = await unwrap(
      api.GET("/v1/payment_intents/{paymentIntentId}/code", {
        params: { path: { paymentIntentId: intent.id } },
      }),
    );
    return { intent, code };
  };

  it("says its amount, leads to the payment, and ends when that is paid", async () => {
    const { intent, code } = await asked();
    expect(decodeMerchantCode(code.payload)).toMatchObject({ initiation: "dynamic", amount: 2_000n });
    for (const text of [code.payload, code.link])
      expect(await read(text)).toMatchObject({
        kind: "payment",
        verdict: "genuine",
        payment: { token: intent.clientSecret },
      });
    await unwrap(pay(intent.clientSecret, "20.00"));
    expect(await read(code.payload)).toMatchObject({ verdict: "ended", payment: null });
  });

  it("is forged when its amount was changed, or nobody asked for such a payment", async () => {
    const { code } = await asked();
    const dearer = changed(code.payload, (said) => ({ ...said, amount: 200_000n }));
    expect(await read(dearer)).toMatchObject({
      kind: "payment",
      verdict: "forged",
      claims: { amount: cny("2000.00") },
    });
    expect(await read(`${world.url}/pay/${"a".repeat(32)}`)).toMatchObject({ verdict: "forged" });
  });
});

describe("codes that are not ours", () => {
  it("are named, with what they say and what to do", async () => {
    const paynow =
      "00020101021126380009SG.PAYNOW010100211+6591234567030115204000053037025802SG5902NA6009Singapore6304";
    const sum = (text: string) => {
      let value = 0xffff;
      for (const byte of new TextEncoder().encode(text)) {
        value ^= byte << 8;
        for (let bit = 0; bit < 8; bit += 1)
          value = ((value & 0x8000 ? (value << 1) ^ 0x1021 : value << 1) & 0xffff) >>> 0;
      }
      return value.toString(16).toUpperCase().padStart(4, "0");
    };
    const answer = await read(`${paynow}${sum(paynow)}`);
    expect(answer).toMatchObject({ kind: "other_scheme", verdict: null, schemes: [{ id: "paynow" }] });
    expect(answer.text.en).toContain("PayNow");
    const upi = await read("upi://pay?pa=shop@bank&pn=Tea%20House&am=10.50&cu=INR");
    expect(upi).toMatchObject({
      kind: "other_scheme",
      schemes: [{ id: "upi" }],
      claims: { name: "Tea House", amount: { amount: "10.50", currency: "INR" } },
    });
  });

  it("are called what they are when there is nothing to pay", async () => {
    expect(await read("https://example.com/pay/1")).toMatchObject({ kind: "website", payment: null });
    expect(await read("hello")).toMatchObject({ kind: "not_readable", problem: "not_a_payment_code" });
    expect(await read("76".padEnd(24, "1"))).toMatchObject({ kind: "pay_code" });
    const broken = `${(await make()).payload.slice(0, -4)}0000`;
    expect(await read(broken)).toMatchObject({ kind: "not_readable", problem: "checksum_wrong" });
  });
});

it("anybody may have the public keys, and codes name the one that signed them", async () => {
  const { items } = (await (await fetch(`${world.url}/v1/code-keys`)).json()) as {
    items: { id: string; publicKey: string }[];
  };
  const { own } = decodeMerchantCode((await make()).payload);
  expect(own[0]?.fields).toContainEqual({ tag: "01", value: items[0]?.id });
  expect(Buffer.from(items[0]?.publicKey ?? "", "base64url")).toHaveLength(32);
});
