import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SandboxBank } from "../index.ts";
import {
  codeOf,
  createTpp,
  DAY_MS,
  demoIban,
  REDIRECT_URI,
  startBank,
  type TestClock,
  type Tpp,
  testClock,
} from "../testing/tpp.ts";

let bank: SandboxBank;
let tpp: Tpp;
let clock: TestClock;
let close: () => Promise<void>;
let iban: string;

beforeAll(async () => {
  clock = testClock();
  ({ bank, close } = await startBank({ clock, autoEndOfDay: false }));
  tpp = await createTpp(bank);
  iban = await demoIban(bank, "linxiao", "CNY");
});
afterAll(() => close());

const statusOf = async (id: string) =>
  (await tpp.call("GET", `/v1/consents/${id}/status`)).body.consentStatus;

describe("creating", () => {
  test("a bank-offered consent is received, with links to the authorisation server and capped at 180 days", async () => {
    const created = await tpp.createConsent();
    expect(created.status).toBe(201);
    expect(created.headers["aspsp-sca-approach"]).toBe("REDIRECT");
    expect(created.body._links.scaOAuth.href).toBe(`${bank.url}/.well-known/oauth-authorization-server`);
    expect(created.body._links.scaRedirect).toBeUndefined();
    expect(created.headers.location).toContain(created.body.consentId);
    const read = await tpp.call("GET", `/v1/consents/${created.body.consentId}`);
    expect(read.body).toMatchObject({
      consentStatus: "received",
      validUntil: "2026-09-06",
      access: { accounts: [] },
    });
    const authorisations = await tpp.call("GET", `/v1/consents/${created.body.consentId}/authorisations`);
    const [id] = authorisations.body.authorisationIds;
    const sca = await tpp.call("GET", `/v1/consents/${created.body.consentId}/authorisations/${id}`);
    expect(sca.body.scaStatus).toBe("received");
  });

  test("with explicit authorisation the TPP starts it itself", async () => {
    const created = await tpp.createConsent({}, { "tpp-explicit-authorisation-preferred": "true" });
    expect(created.body._links.startAuthorisation).toBeDefined();
    expect(created.body._links.scaOAuth).toBeUndefined();
    const started = await tpp.call("POST", `/v1/consents/${created.body.consentId}/authorisations`, {
      body: {},
    });
    expect(started.status).toBe(201);
    expect(started.body._links.scaOAuth.href).toContain("/.well-known/oauth-authorization-server");
  });

  test.each([
    ["access that names nothing", { access: {} }, "400 FORMAT_ERROR"],
    ["a date in the past", { validUntil: "2026-03-09" }, "400 FORMAT_ERROR"],
    ["a date that is none", { validUntil: "2026-02-30" }, "400 FORMAT_ERROR"],
    [
      "one-off with more than one access",
      { recurringIndicator: false, frequencyPerDay: 2 },
      "400 FORMAT_ERROR",
    ],
    ["a frequency of zero", { frequencyPerDay: 0 }, "400 FORMAT_ERROR"],
    ["mixed kinds", { access: { accounts: [], allPsd2: "allAccounts" } }, "400 FORMAT_ERROR"],
    ["combined service", { combinedServiceIndicator: true }, "400 SESSIONS_NOT_SUPPORTED"],
    ["card account type restriction", { access: { restrictedTo: ["CACC"] } }, "400 PARAMETER_NOT_SUPPORTED"],
  ])("refuses %s", async (_name, request, expected) => {
    const body = {
      access: { accounts: [] },
      recurringIndicator: true,
      validUntil: "2026-06-01",
      frequencyPerDay: 4,
      combinedServiceIndicator: false,
      ...request,
    };
    expect(codeOf(await tpp.call("POST", "/v1/consents", { body, wrongOnPurpose: true }))).toBe(expected);
  });

  test("the same X-Request-ID gives the same consent; with another body it is refused", async () => {
    const headers = { "x-request-id": randomUUID() };
    const [first, second] = await Promise.all([
      tpp.createConsent({}, headers),
      tpp.createConsent({}, headers),
    ]);
    expect(second.body.consentId).toBe(first.body.consentId);
    expect(codeOf(await tpp.createConsent({ frequencyPerDay: 3 }, headers))).toBe("400 FORMAT_ERROR");
  });

  test("headers and tokens are checked before anything else", async () => {
    const missing = await tpp.call("GET", `/v1/consents/${randomUUID()}`, {
      headers: { "x-request-id": "7" },
      wrongOnPurpose: true,
    });
    expect(codeOf(missing)).toBe("400 FORMAT_ERROR");
    expect(missing.body.tppMessages[0].path).toBe("header X-Request-ID");
    expect(codeOf(await tpp.call("GET", `/v1/consents/${randomUUID()}`, { token: "wrong" }))).toBe(
      "401 TOKEN_INVALID",
    );
    expect(
      codeOf(await tpp.call("GET", `/v1/consents/${randomUUID()}`, { headers: { authorization: "" } })),
    ).toBe("401 TOKEN_UNKNOWN");
    expect(codeOf(await tpp.call("GET", `/v1/consents/${randomUUID()}`))).toBe("403 CONSENT_UNKNOWN");
    expect(codeOf(await tpp.call("GET", "/v1/card-accounts", { headers: { "consent-id": "1" } }))).toBe(
      "403 CONSENT_UNKNOWN",
    );
  });
});

describe("the life of a consent", () => {
  test("authorised on the bank's pages: valid, opens the chosen accounts only, ends when the TPP deletes it", async () => {
    const authorisation = await tpp.link({ ibans: [iban] });
    const consent = await tpp.call("GET", `/v1/consents/${authorisation.consentId}`);
    expect(consent.body.consentStatus).toBe("valid");
    expect(consent.body.access.accounts).toEqual([{ iban, currency: "CNY" }]);
    const list = await tpp.read(authorisation, "/v1/accounts?withBalance=true");
    expect(list.body.accounts.map((account: { iban: string }) => account.iban)).toEqual([iban]);

    expect((await tpp.call("DELETE", `/v1/consents/${authorisation.consentId}`)).status).toBe(204);
    expect(await statusOf(authorisation.consentId)).toBe("terminatedByTpp");
    expect(codeOf(await tpp.read(authorisation, "/v1/accounts"))).toBe("401 CONSENT_INVALID");
    const refreshed = await tpp.token({
      grant_type: "refresh_token",
      refresh_token: authorisation.refreshToken,
    });
    expect(refreshed.body.error).toBe("invalid_grant");
  });

  test("a refresh token gives new access tokens; a revoked token opens nothing", async () => {
    const authorisation = await tpp.link();
    const refreshed = await tpp.token({
      grant_type: "refresh_token",
      refresh_token: authorisation.refreshToken,
    });
    expect(refreshed.status).toBe(200);
    const renewed = { ...authorisation, accessToken: refreshed.body.access_token };
    expect((await tpp.read(renewed, "/v1/accounts")).status).toBe(200);
    const revoked = await fetch(`${bank.url}/oauth/revoke`, {
      method: "POST",
      headers: { authorization: tpp.basic },
      body: new URLSearchParams({ token: renewed.accessToken }),
    });
    expect(revoked.status).toBe(200);
    expect(codeOf(await tpp.read(renewed, "/v1/accounts"))).toBe("401 TOKEN_INVALID");
  });

  test("without the customer present the day's accesses run out, per operation and account", async () => {
    const authorisation = await tpp.link({ ibans: [iban], request: { frequencyPerDay: 2 } });
    const absent = () =>
      tpp.call("GET", "/v1/accounts", {
        token: authorisation.accessToken,
        headers: { "consent-id": authorisation.consentId },
      });
    expect((await absent()).status).toBe(200);
    expect((await absent()).status).toBe(200);
    expect(codeOf(await absent())).toBe("429 ACCESS_EXCEEDED");
    expect((await tpp.read(authorisation, "/v1/accounts")).status).toBe(200);
    clock.advance(DAY_MS);
    expect((await absent()).status).toBe(200);
  });

  test("a one-off consent opens each resource once", async () => {
    const authorisation = await tpp.link({ request: { recurringIndicator: false, frequencyPerDay: 1 } });
    expect((await tpp.read(authorisation, "/v1/accounts")).status).toBe(200);
    expect(codeOf(await tpp.read(authorisation, "/v1/accounts"))).toBe("429 ACCESS_EXCEEDED");
  });

  test("expires by the bank's clock", async () => {
    const until = new Date(clock.now().getTime() + 5 * DAY_MS).toISOString().slice(0, 10);
    const authorisation = await tpp.link({ request: { validUntil: until } });
    clock.advance(6 * DAY_MS);
    expect(codeOf(await tpp.read(authorisation, "/v1/accounts"))).toBe("401 CONSENT_EXPIRED");
    expect(await statusOf(authorisation.consentId)).toBe("expired");
    const refreshed = await tpp.token({
      grant_type: "refresh_token",
      refresh_token: authorisation.refreshToken,
    });
    expect(refreshed.body.error).toBe("invalid_grant");
  });

  test("global and account-list consents give exactly their rights", async () => {
    const global = await tpp.link({ request: { access: { allPsd2: "allAccountsWithOwnerName" } } });
    const all = await tpp.read(global, "/v1/accounts?withBalance=true");
    expect(all.body.accounts).toHaveLength(2);
    expect(all.body.accounts[0].ownerName).toBe("林晓");
    const list = await tpp.link({ request: { access: { availableAccounts: "allAccounts" } } });
    const names = await tpp.read(list, "/v1/accounts?withBalance=true");
    expect(names.body.accounts[0].balances).toBeUndefined();
    const id = names.body.accounts[0].resourceId;
    expect(codeOf(await tpp.read(list, `/v1/accounts/${id}/balances`))).toBe("401 CONSENT_INVALID");
    expect(codeOf(await tpp.read(list, `/v1/accounts/${id}/transactions?bookingStatus=booked`))).toBe(
      "401 CONSENT_INVALID",
    );
  });

  test("a detailed consent opens only the accounts it names, and nobody else's", async () => {
    const access = { balances: [{ iban }], transactions: [{ iban }] };
    const authorisation = await tpp.link({ request: { access } });
    const list = await tpp.read(authorisation, "/v1/accounts");
    expect(list.body.accounts.map((account: { iban: string }) => account.iban)).toEqual([iban]);
    await expect(tpp.link({ username: "emma", request: { access } })).rejects.toThrow(/None of the accounts/);
  });
});

describe("what must not work", () => {
  test("another TPP sees neither consent nor token", async () => {
    const authorisation = await tpp.link();
    const other = await createTpp(bank, "Another company");
    expect(codeOf(await other.call("GET", `/v1/consents/${authorisation.consentId}`))).toBe(
      "403 CONSENT_UNKNOWN",
    );
    expect(codeOf(await other.call("DELETE", `/v1/consents/${authorisation.consentId}`))).toBe(
      "403 CONSENT_UNKNOWN",
    );
    expect(
      codeOf(await other.call("GET", "/v1/accounts", { headers: { "consent-id": authorisation.consentId } })),
    ).toBe("403 CONSENT_UNKNOWN");
    const stolen = await other.token({
      grant_type: "refresh_token",
      refresh_token: authorisation.refreshToken,
    });
    expect(stolen.body.error).toBe("invalid_grant");
    expect(await statusOf(authorisation.consentId)).toBe("valid");
    const second = await tpp.link();
    const mixed = { ...authorisation, consentId: second.consentId };
    expect(codeOf(await tpp.read(mixed, "/v1/accounts"))).toBe("401 TOKEN_INVALID");
  });

  test("a wrong PKCE verifier, a code used twice, a foreign redirect address", async () => {
    const { consentId } = (await tpp.createConsent()).body;
    const verifier = randomBytes(32).toString("base64url");
    const authorizationUrl = tpp.authorizationUrl(consentId, verifier);
    const { redirectUrl } = await bank.script.authorise({ authorizationUrl, username: "emma" });
    const back = new URL(redirectUrl);
    expect(back.searchParams.get("state")).toBe("state-1");
    const exchange = (extra: Record<string, string>) =>
      tpp.token({
        grant_type: "authorization_code",
        code: back.searchParams.get("code") ?? "",
        redirect_uri: REDIRECT_URI,
        code_verifier: verifier,
        ...extra,
      });
    expect((await exchange({ code_verifier: randomBytes(32).toString("base64url") })).body.error).toBe(
      "invalid_grant",
    );
    expect((await exchange({ redirect_uri: "http://localhost:9/other" })).body.error).toBe("invalid_grant");
    const tokens = await exchange({});
    expect(tokens.status).toBe(200);
    expect((await exchange({})).body.error).toBe("invalid_grant");
    // A replayed code ends what was issued with it (RFC 6749 section 4.1.2).
    const authorisation = { consentId, accessToken: tokens.body.access_token, refreshToken: "" };
    expect(codeOf(await tpp.read(authorisation, "/v1/accounts"))).toBe("401 TOKEN_INVALID");
  });

  test("authorisation requests that are wrong", async () => {
    const { consentId } = (await tpp.createConsent()).body;
    const ask = async (extra: Record<string, string>) => {
      const response = await fetch(tpp.authorizationUrl(consentId, "v".repeat(43), extra), {
        redirect: "manual",
      });
      const location = response.headers.get("location");
      await response.body?.cancel();
      return location === null
        ? `${response.status}`
        : (new URL(location, bank.url).searchParams.get("error") ?? "no error");
    };
    // An unregistered address is never redirected to.
    expect(await ask({ redirect_uri: "http://evil.example/cb" })).toBe("400");
    expect(await ask({ code_challenge_method: "plain" })).toBe("invalid_request");
    expect(await ask({ scope: `AIS:${randomUUID()}` })).toBe("invalid_scope");
    expect(await ask({ scope: "AIS:all" })).toBe("invalid_scope");
    const withoutPkce = new URL(tpp.authorizationUrl(consentId, "v".repeat(43)));
    withoutPkce.searchParams.delete("code_challenge");
    withoutPkce.searchParams.delete("code_challenge_method");
    const response = await fetch(withoutPkce, { redirect: "manual" });
    expect(new URL(response.headers.get("location") ?? "").searchParams.get("error")).toBe("invalid_request");
    await response.body?.cancel();
    const wrongSecret = await fetch(`${bank.url}/oauth/token`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`${tpp.clientId}:wrong`).toString("base64")}` },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "TPP" }),
    });
    expect(wrongSecret.status).toBe(401);
    await wrongSecret.body?.cancel();
  });

  test("a wrong password, and an account of somebody else", async () => {
    const { consentId } = (await tpp.createConsent()).body;
    const authorizationUrl = tpp.authorizationUrl(consentId, "v".repeat(43));
    await expect(
      bank.script.authorise({ authorizationUrl, username: "linxiao", password: "wrong" }),
    ).rejects.toThrow(/not right/);
    const foreign = await demoIban(bank, "emma", "GBP");
    await expect(
      bank.script.authorise({ authorizationUrl, username: "linxiao", accountIbans: [foreign] }),
    ).rejects.toThrow(/does not offer/);
    expect(await statusOf(consentId)).toBe("received");
  });
});
