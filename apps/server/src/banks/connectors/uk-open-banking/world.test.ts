import { createHmac } from "node:crypto";
import { unwrap } from "@jinqiao/contract/client";
import { base64url, exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../../../test/support/world.ts";
import { albionBank } from "../../../../../cli/src/instance/sandbox-banks/albion.ts";
import type { UkOpenBankingConfig } from "./settings.ts";

let world: World;
let emma: Session & { id: string };
let account: LinkedAccount;

beforeAll(async () => {
  world = await createWorld({ plan: albionBank });
  emma = await world.customer("Emma Clarke");
  account = (await world.link(emma, "emma")).get("GBP") as LinkedAccount;
});
afterAll(() => world?.close());

async function move(path: "/v1/top-ups" | "/v1/withdrawals", amount: string) {
  const payment = await unwrap(
    emma.api.POST(path, {
      params: { header: attempt() },
      body: { linkedAccountId: account.id, amount: { amount, currency: "GBP" } },
    }),
  );
  await world.settleJobs();
  return read(payment.id);
}
const read = (paymentId: string) =>
  unwrap(emma.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }));

/** Goes to the bank's page that a payment asks for, and comes back in a browser. */
async function confirm(
  payment: { actionUrl?: string | null },
  browser: Session = emma,
  verdict: "confirm" | "refuse" = "confirm",
) {
  const { redirectUrl } = await world.bank.script.authorise({
    authorizationUrl: payment.actionUrl ?? "",
    username: "emma",
    ...(verdict === "refuse" ? { refuse: true } : {}),
  });
  const landed = await browser.follow(redirectUrl);
  const page = landed.startsWith(world.url) ? await browser.follow(landed) : landed;
  await world.settleJobs();
  return { redirectUrl, landed, page };
}

const walletBalance = async () => {
  const { items } = await unwrap(emma.api.GET("/v1/balances"));
  return items.find(({ currency }) => currency === "GBP")?.total.amount;
};

test("the first top-up gives a permission within limits; the next needs no bank page; the day reconciles", async () => {
  const first = await move("/v1/top-ups", "120.50");
  expect(first.status).toBe("action_required");

  // Somebody else's browser hands nothing over.
  const stranger = await world.customer("Somebody Else");
  const { redirectUrl } = await confirm(first, stranger);
  expect((await read(first.id)).status).toBe("action_required");
  await emma.follow(redirectUrl);
  await world.settleJobs();
  expect((await read(first.id)).status).toBe("submitted");
  // The page loaded once more does nothing twice.
  await emma.follow(redirectUrl);

  const second = await move("/v1/top-ups", "30.00");
  expect(second.status).toBe("submitted");

  // The bank tells of it in a token that it signed; a token of somebody else is left alone.
  await vi.waitFor(
    async () => {
      const detail = await world.app.db.query(
        "SELECT 1 FROM banks.notice WHERE bank_id = 'albion' AND bank_payment_id LIKE 'domestic-vrps/%'",
      );
      expect(detail.length).toBeGreaterThan(0);
    },
    { timeout: 20_000, interval: 200 },
  );

  await world.closeDay();
  expect((await read(first.id)).status).toBe("settled");
  expect((await read(second.id)).status).toBe("settled");
  expect(await walletBalance()).toBe("150.50");

  const paidOut = await move("/v1/withdrawals", "50.25");
  expect(paidOut.status).toBe("submitted");
  await world.closeDay();
  expect((await read(paidOut.id)).status).toBe("settled");
  expect(await walletBalance()).toBe("100.25");
  const [custody] = world.config.custodyAccounts;
  expect((await world.bank.script.account(custody?.iban ?? "")).bookedMinor).toBe("10025");
});

test("a notice that the bank did not sign says nothing to us, however it names its algorithm and key", async () => {
  const { issuer, clientId } = world.config as unknown as UkOpenBankingConfig;
  const keys = await generateKeyPair("PS256", { extractable: true });
  const jwk = await exportJWK(keys.publicKey);
  const discovery = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as {
    jwks_uri: string;
  };
  const { keys: bankKeys } = (await (await fetch(discovery.jwks_uri)).json()) as {
    keys: { n: string; kid: string }[];
  };
  const [bankKey] = bankKeys;
  if (bankKey === undefined) throw new Error("the bank shows the keys that it signs with");
  const { kid } = bankKey;
  const claimsOf = (rid: string) => ({
    iss: issuer,
    aud: clientId,
    iat: Math.floor(Date.now() / 1_000),
    exp: Math.floor(Date.now() / 1_000) + 300,
    jti: rid,
    events: {
      "urn:uk:org:openbanking:events:resource-update": {
        subject: {
          subject_type: "http://openbanking.org.uk/rid_http://openbanking.org.uk/rty",
          "http://openbanking.org.uk/rid": rid,
          "http://openbanking.org.uk/rty": "domestic-payment",
        },
      },
    },
  });
  const byHand = (header: object, rid: string, signature: (input: string) => Uint8Array | string) => {
    const input = [header, claimsOf(rid)].map((part) => base64url.encode(JSON.stringify(part))).join(".");
    return `${input}.${base64url.encode(signature(input))}`;
  };
  const tokens = [
    byHand({ alg: "none", kid }, "forged-none", () => ""),
    byHand({ alg: "nOnE", kid }, "forged-none-2", () => ""),
    byHand({ alg: "HS256", kid }, "forged-hs256", (input) =>
      createHmac("sha256", bankKey.n).update(input).digest(),
    ),
    await new SignJWT(claimsOf("forged-jwk"))
      .setProtectedHeader({ alg: "PS256", kid, jwk })
      .sign(keys.privateKey),
    await new SignJWT(claimsOf("forged-kid")).setProtectedHeader({ alg: "PS256", kid }).sign(keys.privateKey),
  ];
  const answers = new Set<string>();
  for (const token of tokens) {
    const answer = await fetch(`${world.url}/v1/bank-notices/albion`, {
      method: "POST",
      headers: { "content-type": "application/jwt" },
      body: token,
    });
    expect(answer.status).toBeLessThan(500);
    answers.add(`${answer.status} ${await answer.text()}`.replaceAll(/"requestId":"[^"]*"/g, ""));
  }
  expect(answers.size, "the answer tells nobody which of the tricks came nearest").toBe(1);
  const believed = await world.app.db.query(
    "SELECT 1 FROM banks.notice WHERE bank_payment_id LIKE '%forged%'",
  );
  expect(believed).toEqual([]);
});

test("above the limit each top-up is confirmed at the bank, or refused there", async () => {
  const large = await move("/v1/top-ups", "1100.00");
  expect(large.status).toBe("action_required");
  await confirm(large);
  expect((await read(large.id)).status).toBe("submitted");
});

test("a payment that was let go of is not handed over any more", async () => {
  const left = await move("/v1/top-ups", "1050.00");
  expect(left.status).toBe("action_required");
  const { redirectUrl } = await world.bank.script.authorise({
    authorizationUrl: left.actionUrl ?? "",
    username: "emma",
  });
  await unwrap(
    emma.api.POST("/v1/payments/{paymentId}/cancellation", {
      params: { path: { paymentId: left.id } },
    }),
  );
  const before = (await world.bank.script.account(world.config.custodyAccounts[0]?.iban ?? "")).expectedMinor;
  await emma.follow(redirectUrl);
  await world.settleJobs();
  expect((await read(left.id)).status).toBe("cancelled");
  expect((await world.bank.script.account(world.config.custodyAccounts[0]?.iban ?? "")).expectedMinor).toBe(
    before,
  );
});

test("ending the permission in the wallet ends both at the bank: seeing and paying", async () => {
  const { items } = await unwrap(emma.api.GET("/v1/consents"));
  const consent = items.find(({ status }) => status === "valid");
  const cookie = await logInAtBank("emma");
  const endable = async () => {
    const page = await fetch(`${world.bank.url}/online`, { headers: { cookie, "accept-language": "en" } });
    return (await page.text()).match(/End access/g)?.length ?? 0;
  };
  expect(await endable()).toBe(2);
  await unwrap(
    emma.api.DELETE("/v1/consents/{consentId}", { params: { path: { consentId: consent?.id ?? "" } } }),
  );
  expect(await endable()).toBe(0);
});

/** Logs in to the bank's own pages as a person does. */
async function logInAtBank(username: string): Promise<string> {
  const cookiesOf = (answer: Response) => answer.headers.getSetCookie().map((line) => line.split(";")[0]);
  const home = await fetch(`${world.bank.url}/`);
  const cookies = cookiesOf(home);
  const token = /name="_csrf" value="([^"]*)"/.exec(await home.text())?.[1] ?? "";
  const answer = await fetch(`${world.bank.url}/`, {
    method: "POST",
    headers: { cookie: cookies.join("; ") },
    redirect: "manual",
    body: new URLSearchParams({ _csrf: token, username, password: "harbour-demo" }),
  });
  return [...cookies, ...cookiesOf(answer)].join("; ");
}
