import { randomUUID } from "node:crypto";
import type { BankTransaction, LinkedAccount } from "@jinqiao/contract";
import { makeId } from "@jinqiao/money";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { usableAccess } from "./access.ts";
import type { PaymentOrder } from "./connector.ts";
import { sealIp } from "./job-drafts.ts";
import { refreshAccount } from "./refresh.ts";
import { type BankWorld, bankId, publicUrl, startBankWorld } from "./testing/bank-world.ts";
import { type BanksSetup, createBanksSetup, refusalOf } from "./testing/banks-setup.ts";

let world: BankWorld;
let setup: BanksSetup;
let customerId: string;
let consentId: string;
let account: LinkedAccount;
let iban: string;

beforeAll(async () => {
  world = await startBankWorld({ settleAfterMs: 1_500 });
  setup = await createBanksSetup(world);
  customerId = setup.newCustomer();
  const linked = await setup.link(customerId, "linxiao", { trustTopUpsPerDay: "5000.00" });
  consentId = linked.consentId;
  account = linked.accounts.get("CNY") as LinkedAccount;
  iban = await world.ibanOf("linxiao", "CNY");
  await setup.worker.drain();
});
afterAll(async () => {
  await setup.close();
  await world.close();
});
afterEach(() => world.bank.script.clearFaults());

type Order = PaymentOrder & { paymentId: string; consentId: string | null };
function topUp(amountMinor = 1_000n): Order {
  const paymentId = setup.ids.next("pay");
  return {
    paymentId,
    consentId,
    reference: paymentId.replace("pay_", "JQ").toUpperCase(),
    requestId: randomUUID(),
    debtorIban: iban,
    creditorIban: world.custodyOf("CNY").iban,
    creditorName: "Jinqiao",
    amountMinor,
    currency: "CNY",
    remittance: "充值 Top-up",
    returnUrl: `${publicUrl}/v1/bank-payment-returns/${paymentId}`,
    noticeUrl: `${publicUrl}/v1/bank-notices/${bankId}`,
  };
}
const paid = async () => BigInt((await world.bank.script.account(iban)).availableMinor);
const today = () => new Date().toISOString().slice(0, 10);
const outcomes = async (paymentId: string) =>
  (await setup.banks.messagesOf(paymentId)).map(
    ({ direction, kind, outcome }) => `${direction} ${kind} ${outcome}`,
  );
const news = async (reference: string) => {
  const rows = await setup.db.query(
    "SELECT 1 FROM platform.outbox WHERE name = 'bank_payment.news' AND payload ->> 'reference' = $1",
    [reference],
  );
  return rows.length;
};

describe("orders", () => {
  it("are written down before and after, masked, and never handed over twice", async () => {
    const order = topUp();
    const before = await paid();
    const answer = await setup.banks.payments.initiate(bankId, order);
    expect(answer).toMatchObject({ outcome: "accepted", bankStatus: "ACSP", httpStatus: 201 });
    expect(await setup.banks.payments.initiate(bankId, order)).toMatchObject({ outcome: "accepted" });
    expect(before - (await paid())).toBe(order.amountMinor);
    expect(await outcomes(order.paymentId)).toEqual([
      "sent payment.initiate null",
      "received payment.initiate accepted",
      "sent payment.status null",
      "received payment.status accepted",
    ]);
    const [sent, received] = await setup.banks.messagesOf(order.paymentId);
    expect(sent?.content).toMatchObject({
      reference: order.reference,
      debtorAccount: `•• ${iban.slice(-4)}`,
      amount: { amount: "10.00", currency: "CNY" },
    });
    expect(received).toMatchObject({ httpStatus: 201, content: { bankStatus: "ACSP" } });
    expect(JSON.stringify(await setup.banks.messagesOf(order.paymentId))).not.toContain(iban);
    await expect(
      setup.banks.payments.initiate(bankId, { ...order, requestId: randomUUID() }),
    ).rejects.toThrow(/belongs to one order/);
  });

  it("an answer lost after execution is unknown, found by our reference, and the next try is the same payment", async () => {
    for (const action of ["timeout-after", "reset-connection-after"] as const) {
      const order = topUp();
      const before = await paid();
      await world.bank.script.addFault({ operation: "initiatePayment", action, endToEndId: order.reference });
      expect(await setup.banks.payments.initiate(bankId, order)).toMatchObject({ outcome: "unknown" });
      const { paymentId, reference } = order;
      const where = { paymentId, reference, currency: "CNY", sentOn: today() };
      expect(await setup.banks.payments.find(bankId, where)).toMatchObject({ found: true });
      expect(await setup.banks.payments.initiate(bankId, order)).toMatchObject({ outcome: "accepted" });
      expect(before - (await paid())).toBe(order.amountMinor);
    }
  });

  it("an order lost on the way is unknown too, is not found, and may be sent again", async () => {
    for (const action of ["timeout-before", "reset-connection-before", "error"] as const) {
      const order = topUp();
      const before = await paid();
      await world.bank.script.addFault({ operation: "initiatePayment", action, endToEndId: order.reference });
      expect(await setup.banks.payments.initiate(bankId, order)).toMatchObject({ outcome: "unknown" });
      const { paymentId, reference } = order;
      const where = { paymentId, reference, currency: "CNY", sentOn: today() };
      expect(await setup.banks.payments.find(bankId, where)).toEqual({ found: false });
      expect(await paid()).toBe(before);
      expect(await outcomes(paymentId)).toContain("received payment.find not_found");
    }
  });

  it("after an unknown try, a refusal at the door or a refused connection proves nothing", async () => {
    const order = topUp();
    world.proxy.spoil("initiatePayment", { kind: "reset" });
    expect(await setup.banks.payments.initiate(bankId, order)).toMatchObject({ outcome: "unknown" });
    for (const [status, code] of [
      [400, "FORMAT_ERROR"],
      [403, "SERVICE_BLOCKED"],
      [429, "ACCESS_EXCEEDED"],
    ] as const) {
      const body = JSON.stringify({ tppMessages: [{ category: "ERROR", code }] });
      world.proxy.spoil("initiatePayment", { kind: "answer", status, body }, { before: true });
      expect(await setup.banks.payments.initiate(bankId, order)).toMatchObject({ outcome: "unknown" });
    }
    expect(await setup.banks.payments.initiate(bankId, order)).toMatchObject({ outcome: "accepted" });
  });

  it("a process that dies around the call leaves the order uncertain and pays once", async () => {
    for (const when of ["before", "after"] as const) {
      const order = topUp();
      const before = await paid();
      const dying = setup.create((at, operation) => {
        if (operation === "initiatePayment" && at === when) throw new Error("the process died");
      });
      await expect(dying.payments.initiate(bankId, order)).rejects.toThrow("the process died");
      await dying.close();
      expect(await outcomes(order.paymentId)).toEqual(["sent payment.initiate null"]);
      const [row] = await setup.db.query("SELECT uncertain FROM banks.payment_order WHERE reference = $1", [
        order.reference,
      ]);
      expect(row).toEqual({ uncertain: true });
      expect(await setup.banks.payments.initiate(bankId, order)).toMatchObject({ outcome: "accepted" });
      expect(before - (await paid())).toBe(order.amountMinor);
    }
  });

  it("tokens refused at the door are refreshed within the one try", async () => {
    const order = topUp();
    const body = JSON.stringify({ tppMessages: [{ category: "ERROR", code: "TOKEN_INVALID" }] });
    world.proxy.spoil("initiatePayment", { kind: "answer", status: 401, body }, { before: true });
    expect(await setup.banks.payments.initiate(bankId, order)).toMatchObject({ outcome: "accepted" });
    expect(await outcomes(order.paymentId)).toEqual([
      "sent payment.initiate null",
      "received payment.initiate not_sent",
      "sent payment.initiate null",
      "received payment.initiate accepted",
    ]);
  });

  it("without a permission nothing is sent, and the reason is told in both languages", async () => {
    const other = setup.newCustomer();
    const linked = await setup.link(other, "wanglei");
    await setup.call("revokeConsent", { customerId: other, params: { consentId: linked.consentId } });
    const order = { ...topUp(), consentId: linked.consentId };
    expect(await setup.banks.payments.initiate(bankId, order)).toMatchObject({
      outcome: "rejected",
      reason: { code: "bank.consent_ended", text: { en: expect.any(String), zh: expect.any(String) } },
    });
    expect(await outcomes(order.paymentId)).toEqual([]);
  });

  it("waits for the customer where the bank asks, with the bank's page, and can be cancelled", async () => {
    const order = { ...topUp(99_999_00n) };
    const answer = await setup.banks.payments.initiate(bankId, order);
    if (answer.outcome !== "action_required") throw new Error(`unexpected ${answer.outcome}`);
    const known = { paymentId: order.paymentId, bankPaymentId: answer.bankPaymentId, currency: "CNY" };
    expect(await setup.banks.payments.status(bankId, known)).toMatchObject({
      outcome: "action_required",
      actionUrl: answer.actionUrl,
    });
    expect(JSON.stringify(await setup.banks.messagesOf(order.paymentId))).not.toContain(answer.actionUrl);
    expect(await setup.banks.payments.cancel(bankId, known)).toBe("cancelled");
    expect(await setup.banks.payments.status(bankId, known)).toMatchObject({ outcome: "rejected" });
    expect(await outcomes(order.paymentId)).toContain("received payment.cancel cancelled");
  });

  it("a status that cannot be heard is unknown and never a refusal", async () => {
    const order = topUp();
    const answer = await setup.banks.payments.initiate(bankId, order);
    if (answer.outcome !== "accepted") throw new Error(`unexpected ${answer.outcome}`);
    const known = { paymentId: order.paymentId, bankPaymentId: answer.bankPaymentId, currency: "CNY" };
    await world.bank.script.addFault({ operation: "paymentStatus", action: "error" });
    expect(await setup.banks.payments.status(bankId, known)).toMatchObject({ outcome: "unknown" });
    world.proxy.spoil("getPaymentInitiationStatus", {
      kind: "answer",
      status: 404,
      body: '{"tppMessages":[{"category":"ERROR","code":"RESOURCE_UNKNOWN"}]}',
    });
    expect(await setup.banks.payments.status(bankId, known)).toMatchObject({ outcome: "unknown" });
  });
});

describe("notices", () => {
  const notice = (body: Record<string, unknown>) =>
    setup.call("receiveBankNotice", { params: { bankId }, body });

  it("make us ask once however often they come, and never move anything by themselves", async () => {
    const order = topUp();
    const answer = await setup.banks.payments.initiate(bankId, order);
    if (answer.outcome !== "accepted") throw new Error(`unexpected ${answer.outcome}`);
    const body = { paymentId: answer.bankPaymentId, transactionStatus: "RJCT" };
    await Promise.all([notice(body), notice(body), notice(body)]);
    expect(await news(order.reference)).toBe(1);
    await notice({ ...body, transactionStatus: "ACSC" });
    expect(await news(order.reference)).toBe(2);
    const known = { paymentId: order.paymentId, bankPaymentId: answer.bankPaymentId, currency: "CNY" };
    expect(await setup.banks.payments.status(bankId, known)).toMatchObject({ outcome: "accepted" });
    const kept = await setup.db.query<{ times: number; digest: string; body_sealed: string }>(
      "SELECT times, digest, body_sealed FROM banks.notice WHERE bank_payment_id = $1 ORDER BY id",
      [answer.bankPaymentId],
    );
    expect(kept.map(({ times }) => times)).toEqual([3, 1]);
    const [first] = kept;
    const place = { table: "banks.notice", column: "body_sealed", row: first?.digest ?? "" };
    expect(JSON.parse(setup.deps.vault.open(place, first?.body_sealed ?? ""))).toEqual(body);
  });

  it("one that overtakes the answer to the order is heard when the answer comes", async () => {
    const order = topUp();
    world.proxy.spoil("initiatePayment", { kind: "reset" });
    await setup.banks.payments.initiate(bankId, order);
    const id = await bankIdOf(order);
    await notice({ paymentId: id, transactionStatus: "ACSC" });
    expect(await news(order.reference)).toBe(0);
    await setup.banks.payments.initiate(bankId, order);
    expect(await news(order.reference)).toBe(1);
  });

  it("from unknown banks, too long, or of any shape are answered clearly or kept", async () => {
    expect(
      await refusalOf(setup.call("receiveBankNotice", { params: { bankId: "nowhere" }, body: {} })),
    ).toBe("bank.not_found");
    expect(await refusalOf(notice({ paymentId: "x".repeat(9_000) }))).toBe("request.invalid");
    for (const body of [{}, { paymentId: 7 }, { consentId: { deep: [1] } }, { paymentId: "unknown" }])
      expect(await refusalOf(notice(body))).toBe("accepted");
  });

  /** The id the bank gave, from the bank itself: the same request asked again. */
  async function bankIdOf(order: Order): Promise<string> {
    const { access } = await usableAccess(setup.deps, consentId);
    const answer = await setup.connector.initiatePayment(order, access);
    if (answer.outcome !== "accepted") throw new Error(`unexpected ${answer.outcome}`);
    return answer.bankPaymentId;
  }
});

describe("reading accounts", () => {
  const transactions = async () =>
    (
      await setup.call<{ items: BankTransaction[] }>("listBankTransactions", {
        customerId,
        params: { accountId: account.id },
        query: { limit: 100 },
      })
    ).items;
  const refresh = (customerIp?: string) =>
    setup.banks.jobs["banks.refresh_account"]?.({
      accountId: account.id,
      ...(customerIp ? { sealedIp: sealIp(setup.deps.vault, account.id, customerIp) } : {}),
    });

  it("our own payment is one entry from pending to booked, joined with the payment", async () => {
    const order = topUp(1_234n);
    await setup.banks.payments.initiate(bankId, order);
    await refresh("192.0.2.9");
    const pending = (await transactions()).filter(({ paymentId }) => paymentId === order.paymentId);
    expect(pending).toMatchObject([{ status: "pending", amount: { amount: "-12.34", currency: "CNY" } }]);
    await expect
      .poll(
        async () => {
          await refresh("192.0.2.9");
          return (await transactions()).filter(({ paymentId }) => paymentId === order.paymentId);
        },
        { timeout: 20_000, interval: 500 },
      )
      .toMatchObject([{ id: pending[0]?.id, status: "booked" }]);
  });

  it("without the customer at most as often a day as the bank allows, however many workers there are", async () => {
    await setup.db.query("DELETE FROM banks.reading WHERE account_id = $1", [account.id]);
    const before = world.proxy.exchanges.length;
    await Promise.all(Array.from({ length: 10 }, () => refreshAccount(setup.deps, account.id)));
    const readings = () =>
      world.proxy.exchanges.slice(before).filter(({ operation }) => operation === "getBalances");
    expect(readings()).toHaveLength(4);
    expect(readings().every(({ requestHeaders }) => requestHeaders["psu-ip-address"] === undefined)).toBe(
      true,
    );
    await refresh("192.0.2.9");
    expect(readings()).toHaveLength(5);
    expect(readings().at(-1)?.requestHeaders["psu-ip-address"]).toBe("192.0.2.9");
    // The bank may have counted more than we did: its word ends the day's readings.
    await setup.db.query("DELETE FROM banks.reading WHERE account_id = $1", [account.id]);
    await refresh();
    await refresh();
    expect(readings().filter(({ status }) => status === 429)).toHaveLength(1);
  });

  it("refreshes soon after a payment, and on request while the customer is there", async () => {
    await setup.banks.refreshSoon(account.id);
    const shown = await setup.call<LinkedAccount>("refreshLinkedAccount", {
      customerId,
      params: { accountId: account.id },
    });
    expect(shown.id).toBe(account.id);
    const before = world.proxy.exchanges.length;
    await setup.worker.drain();
    const seen = world.proxy.exchanges.slice(before).filter(({ operation }) => operation === "getBalances");
    expect(seen.some(({ requestHeaders }) => requestHeaders["psu-ip-address"] !== undefined)).toBe(true);
    const events = await setup.events(customerId);
    expect(events.at(-1)).toBe("linked_account.changed");
  });

  it("refuses a cursor that is none of ours", async () => {
    for (const cursor of ["x", Buffer.from("2026-13-99 1").toString("base64url")])
      expect(
        await refusalOf(
          setup.call("listBankTransactions", {
            customerId,
            params: { accountId: account.id },
            query: { cursor },
          }),
        ),
      ).toBe("request.invalid");
  });
});

describe("custody statements", () => {
  it("null while the day is open; then exact, kept as received, and the same each time", async () => {
    const order = topUp(4_321n);
    await setup.banks.payments.initiate(bankId, order);
    const { date } = await world.bank.script.businessDate();
    expect(await setup.banks.custodyStatement(bankId, "CNY", date)).toBeNull();
    await world.bank.script.endOfDay();
    const statement = await setup.banks.custodyStatement(bankId, "CNY", date);
    const line = statement?.entries.find(({ endToEndId }) => endToEndId === order.reference);
    expect(line).toMatchObject({ direction: "credit", amountMinor: 4_321n, bookingDate: date });
    expect(line?.bankReference).not.toBeNull();
    const truth = await world.bank.script.account(world.custodyOf("CNY").iban);
    expect(statement?.closingMinor).toBe(BigInt(truth.bookedMinor));
    const empty = await setup.banks.custodyStatement(bankId, "JPY", date);
    expect(empty).toMatchObject({ entries: [], openingMinor: 0n, closingMinor: 0n });
    expect(statement?.sha256).toMatch(/^[0-9a-f]{64}$/);
    const files = await setup.db.query<{ xml_sealed: string; sha256: string }>(
      "SELECT xml_sealed, sha256 FROM banks.statement_file WHERE currency = 'CNY' AND date = $1",
      [date],
    );
    expect(files.map(({ sha256 }) => sha256)).toContain(statement?.sha256);
    expect(files[0]?.xml_sealed).not.toContain(order.reference);
  });

  it("a file that does not add up is kept and refused with what is wrong", async () => {
    const { date } = await world.bank.script.businessDate();
    await world.bank.script.endOfDay();
    const xml = await setup.connector.custodyStatement(world.custodyOf("CNY"), date);
    const spoiled = (xml ?? "").replace(/(<Cd>CLBD<\/Cd><\/CdOrPrtry><\/Tp><Amt Ccy="CNY">)/, "$11");
    world.proxy.spoil("getTransactionList", {
      kind: "answer",
      status: 200,
      body: spoiled,
      mediaType: "application/xml",
    });
    await expect(setup.banks.custodyStatement(bankId, "CNY", date)).rejects.toThrow(/does not add up/);
    const [kept] = await setup.db.query(
      "SELECT count(*) AS files FROM banks.statement_file WHERE date = $1",
      [date],
    );
    expect(kept).toEqual({ files: 1n });
    expect(world.proxy.findings.filter((finding) => !finding.includes("getTransactionList"))).toEqual([]);
  });
});

it("ids of payments fit the bank's reference field", () => {
  expect(makeId("pay", Date.now(), new Uint8Array(10)).replace("pay_", "JQ").length).toBeLessThanOrEqual(35);
});
