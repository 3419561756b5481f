/** A third party for the bank's own tests: every call and every answer is checked against the published definition. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { createBankDatabase } from "../../../../test/support/bank-database.ts";
import { createSandboxBank, type SandboxBank, type SandboxBankOptions } from "../index.ts";
import { DEMO_PASSWORD } from "../seeds/people.ts";
import { createXs2aDefinition } from "../xs2a/definition.ts";

const definition = createXs2aDefinition();
export const REDIRECT_URI = "http://localhost:7300/v1/bank-callback";

/** A clock that tests move by hand. */
export interface TestClock {
  now(): Date;
  advance(ms: number): void;
}

export function testClock(start = "2026-03-10T09:00:00Z"): TestClock {
  let instant = Date.parse(start);
  return {
    now: () => new Date(instant),
    advance: (ms) => {
      instant += ms;
    },
  };
}

export const DAY_MS = 86_400_000;

/** A fresh bank on a fresh database; `close` drops both. */
export async function startBank(
  options: Partial<SandboxBankOptions> = {},
): Promise<{ bank: SandboxBank; databaseUrl: string; close(): Promise<void> }> {
  const database = await createBankDatabase();
  const bank = await createSandboxBank({
    databaseUrl: database.url,
    port: 0,
    scriptToken: "test-script-token",
    seed: "demo",
    settleAfterMs: 0,
    validateResponses: true,
    ...options,
  }).catch(async (error: unknown) => {
    await database.drop();
    throw error;
  });
  return {
    bank,
    databaseUrl: database.url,
    async close() {
      await bank.close();
      await database.drop();
    },
  };
}

export interface CallOptions {
  token?: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** Skips the check of the request, for requests that are wrong on purpose. */
  wrongOnPurpose?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: tests read answers of many shapes, each checked against the definition.
type Json = any;

export interface TppAnswer {
  status: number;
  headers: Record<string, string>;
  body: Json;
}

export interface Authorisation {
  consentId: string;
  accessToken: string;
  refreshToken: string;
}

export interface ConsentWish {
  username?: string;
  ibans?: string[];
  trust?: string;
  request?: Record<string, unknown>;
}

export type Tpp = Awaited<ReturnType<typeof createTpp>>;

export async function createTpp(bank: SandboxBank, name = "Jinqiao") {
  const { clientId, clientSecret } = await bank.script.tppClient({
    name,
    redirectUris: [REDIRECT_URI],
    rotate: true,
  });
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;

  async function token(parameters: Record<string, string>): Promise<{ status: number; body: Json }> {
    const response = await fetch(`${bank.url}/oauth/token`, {
      method: "POST",
      headers: { authorization: basic },
      body: new URLSearchParams(parameters),
    });
    return { status: response.status, body: await response.json() };
  }
  const ownToken = (await token({ grant_type: "client_credentials", scope: "TPP" })).body
    .access_token as string;

  /** One XS2A call. Fails the test when request or answer break the definition. */
  async function call(method: string, path: string, options: CallOptions = {}): Promise<TppAnswer> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${options.token ?? ownToken}`,
      "x-request-id": randomUUID(),
      ...(method === "POST" ? { "psu-ip-address": "192.0.2.7" } : {}),
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      ...options.headers,
    };
    const url = new URL(path, bank.url);
    const query = Object.fromEntries(url.searchParams);
    const findings = definition.validateRequest({
      method,
      path: url.pathname,
      query,
      headers,
      body: options.body,
    });
    if (!options.wrongOnPurpose && findings.length > 0)
      throw new Error(`wrong request: ${JSON.stringify(findings)}`);
    const response = await fetch(url, {
      method,
      headers,
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const answerHeaders = Object.fromEntries(response.headers);
    const text = await response.text();
    const isJson = (answerHeaders["content-type"] ?? "").includes("json");
    const body: unknown = text === "" ? undefined : isJson ? JSON.parse(text) : text;
    const answer = { status: response.status, headers: answerHeaders, body };
    const broken = definition.validateResponse(method, url.pathname, answer);
    if (broken.length > 0) throw new Error(`wrong answer: ${JSON.stringify(broken)} ${text.slice(0, 500)}`);
    return answer;
  }

  async function createConsent(
    request: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<TppAnswer> {
    const body = {
      access: { accounts: [] },
      recurringIndicator: true,
      validUntil: "9999-12-31",
      frequencyPerDay: 4,
      combinedServiceIndicator: false,
      ...request,
    };
    return call("POST", "/v1/consents", { body, headers });
  }

  function authorizationUrl(consentId: string, verifier: string, extra: Record<string, string> = {}): string {
    const query = new URLSearchParams({
      client_id: clientId,
      response_type: "code",
      redirect_uri: REDIRECT_URI,
      scope: `AIS:${consentId}`,
      state: "state-1",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      ...extra,
    });
    return `${bank.url}/oauth/authorize?${query}`;
  }

  /** The whole way of a customer: consent, the bank's pages, code, token. */
  async function link(wish: ConsentWish = {}): Promise<Authorisation> {
    const consentId = (await createConsent(wish.request)).body.consentId as string;
    const verifier = randomBytes(32).toString("base64url");
    const { redirectUrl } = await bank.script.authorise({
      authorizationUrl: authorizationUrl(consentId, verifier),
      username: wish.username ?? "linxiao",
      password: DEMO_PASSWORD,
      accountIbans: wish.ibans ?? [],
      ...(wish.trust === undefined ? {} : { trustTopUpsPerDay: wish.trust }),
    });
    const code = new URL(redirectUrl).searchParams.get("code");
    if (code === null) throw new Error(`no code in ${redirectUrl}`);
    const { status, body } = await token({
      grant_type: "authorization_code",
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
    });
    if (status !== 200) throw new Error(`no token: ${JSON.stringify(body)}`);
    return { consentId, accessToken: body.access_token, refreshToken: body.refresh_token };
  }

  /** An account information call with a customer's token. */
  function read(
    authorisation: Authorisation,
    path: string,
    headers: Record<string, string> = {},
  ): Promise<TppAnswer> {
    return call("GET", path, {
      token: authorisation.accessToken,
      headers: { "consent-id": authorisation.consentId, "psu-ip-address": "192.0.2.7", ...headers },
    });
  }

  interface PaymentWish {
    product?: string;
    from: string;
    to: string;
    amount: string;
    currency?: string;
    endToEndId?: string;
    token?: string;
    headers?: Record<string, string>;
    body?: Record<string, unknown>;
    wrongOnPurpose?: boolean;
  }

  function pay(wish: PaymentWish): Promise<TppAnswer> {
    return call("POST", `/v1/payments/${wish.product ?? "cross-border-credit-transfers"}`, {
      ...(wish.token === undefined ? {} : { token: wish.token }),
      ...(wish.wrongOnPurpose === undefined ? {} : { wrongOnPurpose: wish.wrongOnPurpose }),
      headers: {
        "tpp-redirect-uri": REDIRECT_URI,
        "tpp-nok-redirect-uri": `${REDIRECT_URI}?refused=1`,
        ...wish.headers,
      },
      body: {
        endToEndIdentification: wish.endToEndId ?? `e2e-${randomUUID().slice(0, 8)}`,
        debtorAccount: { iban: wish.from },
        instructedAmount: { amount: wish.amount, currency: wish.currency ?? "CNY" },
        creditorAccount: { iban: wish.to },
        creditorName: "Jinqiao",
        remittanceInformationUnstructured: "充值 Top-up",
        ...wish.body,
      },
    });
  }

  return {
    clientId,
    clientSecret,
    basic,
    ownToken,
    token,
    call,
    createConsent,
    authorizationUrl,
    link,
    read,
    pay,
  };
}

/** IBANs of the demo people by user name and currency. */
export async function demoIban(bank: SandboxBank, username: string, currency: string): Promise<string> {
  const psu = (await bank.script.psus()).find((candidate) => candidate.username === username);
  const account = psu?.accounts.find((candidate) => candidate.currency === currency);
  if (account === undefined) throw new Error(`no ${currency} account of ${username}`);
  return account.iban;
}

/** The message code of a refusal. */
export function codeOf(answer: TppAnswer): string {
  return `${answer.status} ${answer.body?.tppMessages?.[0]?.code}`;
}
