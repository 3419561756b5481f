import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { SandboxBank } from "../index.ts";
import { codeOf, createTpp, demoIban, startBank, type Tpp } from "../testing/tpp.ts";

let bank: SandboxBank;
let tpp: Tpp;
let close: () => Promise<void>;
let from: string;
let to: string;
let token: string;
let hook: Server;
const notices: string[] = [];

beforeAll(async () => {
  ({ bank, close } = await startBank());
  tpp = await createTpp(bank);
  from = await demoIban(bank, "linxiao", "CNY");
  to = (await bank.script.custodyAccounts({ clientId: tpp.clientId, currencies: ["CNY"] }))[0]?.iban ?? "";
  token = (await tpp.link({ ibans: [from], trust: "5000" })).accessToken;
  hook = createServer((request, response) => {
    request.resume();
    notices.push(request.url ?? "");
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
});
afterEach(() => bank.script.clearFaults());
afterAll(async () => {
  await close();
  await new Promise((resolve) => hook.close(resolve));
});

const booked = async () => BigInt((await bank.script.account(to)).bookedMinor);

test.each(["reset-connection-before", "timeout-before"] as const)(
  "%s: nothing was executed; the repetition pays once",
  async (action) => {
    const before = await booked();
    await bank.script.addFault({ operation: "initiatePayment", action, delayMs: 50 });
    const wish = {
      from,
      to,
      amount: "7.00",
      token,
      endToEndId: action,
      headers: { "x-request-id": randomUUID() },
    };
    await expect(tpp.pay(wish)).rejects.toThrow(/fetch failed/);
    expect(await booked()).toBe(before);
    expect((await tpp.pay(wish)).body.transactionStatus).toBe("ACCC");
    expect(await booked()).toBe(before + 700n);
  },
);

test.each(["reset-connection-after", "timeout-after"] as const)(
  "%s: executed, the answer lost; the repetition gets the answer and pays nothing more",
  async (action) => {
    const before = await booked();
    await bank.script.addFault({ operation: "initiatePayment", action, delayMs: 50 });
    const wish = {
      from,
      to,
      amount: "8.00",
      token,
      endToEndId: action,
      headers: { "x-request-id": randomUUID() },
    };
    await expect(tpp.pay(wish)).rejects.toThrow(/fetch failed/);
    expect(await booked()).toBe(before + 800n);
    expect((await tpp.pay(wish)).body.transactionStatus).toBe("ACCC");
    expect(await booked()).toBe(before + 800n);
  },
);

test("error and refuse: 500 without execution; a payment rejected; other calls blocked", async () => {
  const before = await booked();
  await bank.script.addFault({ operation: "initiatePayment", action: "error", endToEndId: "fault-1" });
  expect((await tpp.pay({ from, to, amount: "1.00", token, endToEndId: "other" })).status).toBe(201);
  expect((await tpp.pay({ from, to, amount: "1.00", token, endToEndId: "fault-1" })).status).toBe(500);
  await bank.script.addFault({ operation: "initiatePayment", action: "refuse" });
  const refused = await tpp.pay({ from, to, amount: "1.00", token });
  expect(refused.body).toMatchObject({
    transactionStatus: "RJCT",
    psuMessage: expect.stringMatching(/^NARR/),
  });
  expect(await booked()).toBe(before + 100n);
  await bank.script.addFault({ operation: "paymentStatus", action: "refuse" });
  const path = new URL(refused.body._links.status.href).pathname;
  expect(codeOf(await tpp.call("GET", path))).toBe("403 SERVICE_BLOCKED");
  expect((await tpp.call("GET", path)).body.transactionStatus).toBe("RJCT");
});

test("delay: the answer comes late, and is right", async () => {
  await bank.script.addFault({ operation: "accounts", action: "delay", delayMs: 30 });
  const headers = { "consent-id": `contract-${tpp.clientId}` };
  const list = await tpp.call("GET", "/v1/accounts", { headers });
  expect(list.body.accounts).toHaveLength(1);
  expect(await bank.script.faults()).toMatchObject([{ fired: 1 }]);
});

test("a change of a consent is told too", async () => {
  const port = (hook.address() as AddressInfo).port;
  const headers = { "tpp-notification-uri": `http://127.0.0.1:${port}/consent-notice` };
  const { consentId } = (await tpp.createConsent({}, headers)).body;
  await tpp.call("DELETE", `/v1/consents/${consentId}`);
  await tpp.call("DELETE", `/v1/consents/${consentId}`);
  await expect
    .poll(() => notices.filter((url) => url === "/consent-notice").length, { timeout: 10_000 })
    .toBe(1);
});

test("nth and times choose the calls; the script tells what happened", async () => {
  await bank.script.addFault({ operation: "consentStatus", action: "error", nth: 2, times: 2 });
  const { consentId } = (await tpp.createConsent()).body;
  const statuses: number[] = [];
  for (let round = 0; round < 4; round++)
    statuses.push((await tpp.call("GET", `/v1/consents/${consentId}/status`)).status);
  expect(statuses).toEqual([200, 500, 500, 200]);
  expect(await bank.script.faults()).toMatchObject([{ seen: 3, fired: 2 }]);
});

test("the token endpoint fails too: before, after, and with an error", async () => {
  const ask = () => tpp.token({ grant_type: "client_credentials", scope: "TPP" });
  for (const action of ["reset-connection-before", "reset-connection-after"] as const) {
    await bank.script.addFault({ operation: "token", action });
    await expect(ask()).rejects.toThrow(/fetch failed/);
  }
  await bank.script.addFault({ operation: "token", action: "error" });
  expect(await ask()).toMatchObject({ status: 503, body: { error: "temporarily_unavailable" } });
  expect((await ask()).status).toBe(200);
});

test("notices: doubled, withheld", async () => {
  const port = (hook.address() as AddressInfo).port;
  const pay = (endToEndId: string) =>
    tpp.pay({
      from,
      to,
      amount: "1.00",
      token,
      endToEndId,
      headers: { "tpp-notification-uri": `http://127.0.0.1:${port}/${endToEndId}` },
    });
  await bank.script.addFault({ operation: "*", action: "duplicate-notice", endToEndId: "twice" });
  await bank.script.addFault({ operation: "*", action: "withhold-notice", endToEndId: "never" });
  await pay("never");
  await pay("twice");
  await pay("once");
  const count = (id: string) => notices.filter((url) => url === `/${id}`).length;
  await expect.poll(() => [count("twice"), count("once")], { timeout: 10_000 }).toEqual([2, 1]);
  expect(count("never")).toBe(0);
});

test("bad scripts are refused in words", async () => {
  await expect(bank.script.addFault({ operation: "accounts", action: "explode" as never })).rejects.toThrow(
    /400/,
  );
  await expect(bank.script.account("CZ00")).rejects.toThrow(/no such account/);
  await expect(bank.script.tppClient({ name: "x", redirectUris: ["javascript:alert(1)"] })).rejects.toThrow(
    /http/,
  );
  await expect(bank.script.alterStatement({ iban: to, change: { amount: "1.234" } })).rejects.toThrow(
    /no amount/,
  );
  const response = await fetch(`${bank.url}/script/end-of-day`, {
    method: "POST",
    headers: { authorization: "Bearer wrong" },
  });
  expect(response.status).toBe(401);
  await response.body?.cancel();
});
