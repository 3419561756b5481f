import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPhone } from "../../../../../sandbox-bank/src/testing/phone.ts";
import { systemClock } from "../../../platform/clock.ts";
import type { BankConnector, ConsentAccess, PaymentOrder } from "../../connector.ts";
import type { BankServices, ScaAnswer, ScaStep, ScaWish } from "../../connector-services.ts";
import {
  type BankWorld,
  bankId,
  capturingLogger,
  customerIp,
  publicUrl,
  startBankWorld,
} from "../../testing/bank-world.ts";
import { createBerlinGroupConnector } from "./index.ts";

let world: BankWorld;
let connector: BankConnector;
let services: Required<BankServices>;
const captured = capturingLogger();
const redirectUri = `${publicUrl}/v1/bank-callbacks/${bankId}`;
const returnUrl = `${publicUrl}/v1/bank-payment-returns/pay_1`;
const noticeUrl = `${publicUrl}/v1/bank-notices/${bankId}`;
const password = "harbour-demo";
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const redirect: ScaWish = { approach: "redirect" };
const decoupled = (username: string): ScaWish => ({
  approach: "decoupled",
  bankCustomerId: username,
  language: "zh",
});
const embedded = (username: string): ScaWish => ({ approach: "embedded", bankCustomerId: username });

beforeAll(async () => {
  world = await startBankWorld();
  connector = createBerlinGroupConnector({
    config: { ...world.config, readTrustedBeneficiaries: true },
    clock: systemClock,
    logger: captured.logger,
    http: { timeoutMs: 5_000 },
  });
  services = connector.services as Required<BankServices>;
});
afterAll(async () => {
  await connector.close();
  await world.close();
});

function orderOf(input: Partial<PaymentOrder> & { debtorIban: string; creditorIban: string }): PaymentOrder {
  return {
    reference: `JQ${randomUUID().replaceAll("-", "").slice(0, 24)}`,
    requestId: randomUUID(),
    creditorName: "Jinqiao",
    amountMinor: 700n,
    currency: "CNY",
    remittance: "充值 Top-up",
    returnUrl,
    noticeUrl,
    ...input,
  };
}

async function link(username: string, currency: string, trustTopUpsPerDay?: string) {
  const iban = await world.ibanOf(username, currency);
  const started = await connector.startConsent({
    requestId: randomUUID(),
    state: `state-${randomUUID()}`,
    redirectUri,
    noticeUrl,
    validUntil: inDays(30),
    frequencyPerDay: 4,
    customerIp,
  });
  const { redirectUrl } = await world.bank.script.authorise({
    authorizationUrl: started.authorisationUrl,
    username,
    accountIbans: [iban],
    ...(trustTopUpsPerDay === undefined ? {} : { trustTopUpsPerDay }),
  });
  const completed = await connector.completeConsent({
    bankConsentId: started.bankConsentId,
    redirectUri,
    callbackUrl: redirectUrl,
    secrets: started.secrets,
    customerIp,
  });
  return { ...completed, iban };
}

const bookedOf = async (iban: string) => BigInt((await world.bank.script.account(iban)).bookedMinor);

const availableOf = async (iban: string) => BigInt((await world.bank.script.account(iban)).availableMinor);

function stepOf(answer: ScaAnswer): ScaStep {
  if ("refused" in answer) throw new Error(`refused: ${answer.refused}`);
  return answer;
}

/** Password, method and code of the embedded approach, as the customer would give them. */
async function embeddedBy(username: string, step: ScaStep): Promise<ScaStep> {
  const known = stepOf(await services.sca.password(step, { bankCustomerId: username, password }));
  expect(known.next).toBe("method");
  expect(known.methods.map(({ id }) => id)).toContain("sms");
  const chosen = stepOf(await services.sca.chooseMethod(known, "sms"));
  expect(chosen.next).toBe("code");
  const code = await (await openPhone(world.config.baseUrl, username)).code();
  return stepOf(await services.sca.code(chosen, code));
}

/** A payment that waits in the given approach, and what authenticates it. */
async function waitingPayment(wish: ScaWish, username = "wanglei") {
  const order = orderOf({
    debtorIban: await world.ibanOf(username, "CNY"),
    creditorIban: world.custodyOf("CNY").iban,
    sca: wish,
  });
  const answer = await connector.initiatePayment(order, null);
  if (answer.outcome !== "action_required" || answer.approval === undefined)
    throw new Error(`unexpected ${JSON.stringify(answer)}`);
  // No page to go to, and never taken for accepted: nobody has allowed the payment yet.
  expect(answer.actionUrl).toBe("");
  return { ...answer, approval: answer.approval, order };
}

describe("decoupled authentication", () => {
  it("the bank's words are kept, and what the customer does in the bank's app decides", async () => {
    const { approval, bankPaymentId, order } = await waitingPayment(decoupled("wanglei"));
    expect(approval).toMatchObject({ approach: "decoupled", message: "请打开港湾银行手机应用确认。" });
    const step = approval.step as ScaStep;
    expect(step).toMatchObject({ status: "waiting", next: "app", actionUrl: null });
    expect(await connector.paymentStatus(bankPaymentId, "CNY")).toMatchObject({ outcome: "waiting" });
    const before = await bookedOf(order.debtorIban);

    const stranger = await openPhone(world.config.baseUrl, "linxiao");
    await expect(stranger.approve()).rejects.toThrow("nothing waits");
    const phone = await openPhone(world.config.baseUrl, "wanglei");
    expect(await phone.page()).toContain("CNY 7.00");
    await phone.approve();
    expect(await services.sca.status(step)).toMatchObject({ status: "finalised", next: "none" });
    expect(await connector.paymentStatus(bankPaymentId, "CNY")).toMatchObject({ outcome: "accepted" });
    expect(before - (await bookedOf(order.debtorIban))).toBe(700n);
    await expect(phone.approve()).rejects.toThrow("nothing waits");
    expect(before - (await bookedOf(order.debtorIban))).toBe(700n);
  });

  it("refused in the app: rejected, nothing moved", async () => {
    const { approval, bankPaymentId, order } = await waitingPayment(decoupled("wanglei"));
    const before = await bookedOf(order.debtorIban);
    await (await openPhone(world.config.baseUrl, "wanglei")).refuse();
    expect(await services.sca.status(approval.step as ScaStep)).toMatchObject({ status: "failed" });
    expect(await connector.paymentStatus(bankPaymentId, "CNY")).toMatchObject({
      outcome: "rejected",
      reason: { code: "CUST" },
    });
    expect(await bookedOf(order.debtorIban)).toBe(before);
  });

  it("without the customer's id at the bank, or with an unknown one, the bank says so", async () => {
    const base = {
      debtorIban: await world.ibanOf("wanglei", "CNY"),
      creditorIban: world.custodyOf("CNY").iban,
    };
    const nobody = await connector.initiatePayment(
      orderOf({ ...base, sca: { approach: "decoupled" } }),
      null,
    );
    expect(nobody).toMatchObject({
      outcome: "rejected",
      reason: { code: "FORMAT_ERROR" },
      bankMessages: [{ code: "FORMAT_ERROR", path: "PSU-ID" }],
    });
    const unknown = await connector.initiatePayment(
      orderOf({ ...base, sca: decoupled("nobody-here") }),
      null,
    );
    expect(unknown).toMatchObject({ outcome: "rejected", reason: { code: "PSU_CREDENTIALS_INVALID" } });
  });
});

describe("embedded authentication", () => {
  it("password, method, code: paid once", async () => {
    const { approval, bankPaymentId, order } = await waitingPayment(embedded("wanglei"));
    expect(approval).toMatchObject({ approach: "embedded", step: null });
    const before = await bookedOf(order.debtorIban);
    const step = await services.sca.start(approval.resource, { ...embedded("wanglei"), returnUrl });
    expect(step).toMatchObject({ approach: "embedded", next: "password" });
    const done = await embeddedBy("wanglei", step);
    expect(done.status).toBe("finalised");
    expect(await connector.paymentStatus(bankPaymentId, "CNY")).toMatchObject({ outcome: "accepted" });
    expect(await services.sca.code(step, "000000")).toMatchObject({ refused: "over" });
    expect(before - (await bookedOf(order.debtorIban))).toBe(700n);
  });

  it("a wrong password, an unknown method, a wrong code; after three tries it is over", async () => {
    const { approval, bankPaymentId } = await waitingPayment(embedded("wanglei"));
    const step = await services.sca.start(approval.resource, { ...embedded("wanglei"), returnUrl });
    expect(await services.sca.password(step, { bankCustomerId: "wanglei", password: "wrong" })).toMatchObject(
      { refused: "credentials" },
    );
    // The right password of somebody else is as wrong as a wrong one.
    expect(await services.sca.password(step, { bankCustomerId: "linxiao", password })).toMatchObject({
      refused: "credentials",
    });
    const known = stepOf(await services.sca.password(step, { bankCustomerId: "wanglei", password }));
    expect(await services.sca.chooseMethod(known, "pigeon")).toMatchObject({ refused: "method" });
    const chosen = stepOf(await services.sca.chooseMethod(known, "app"));
    const code = await (await openPhone(world.config.baseUrl, "wanglei")).code();
    const wrong = code === "123456" ? "654321" : "123456";
    expect(await services.sca.code(chosen, wrong)).toMatchObject({ refused: "code" });
    expect(await services.sca.code(chosen, code)).toMatchObject({ refused: "over" });
    expect(await services.sca.status(step)).toMatchObject({ status: "failed" });
    expect(await connector.paymentStatus(bankPaymentId, "CNY")).toMatchObject({ outcome: "rejected" });
  });
});

describe("answers lost on the way", () => {
  it("after the code: unknown to us, asked for, and paid once", async () => {
    const { approval, bankPaymentId, order } = await waitingPayment(embedded("wanglei"));
    const before = await bookedOf(order.debtorIban);
    const step = await services.sca.start(approval.resource, { ...embedded("wanglei"), returnUrl });
    const known = stepOf(await services.sca.password(step, { bankCustomerId: "wanglei", password }));
    const chosen = stepOf(await services.sca.chooseMethod(known, "sms"));
    const code = await (await openPhone(world.config.baseUrl, "wanglei")).code();
    world.proxy.spoil("updatePaymentPsuData", { kind: "reset" });
    await expect(services.sca.code(chosen, code)).rejects.toMatchObject({ code: "bank.unavailable" });
    expect(await services.sca.status(chosen)).toMatchObject({ status: "finalised" });
    expect(await services.sca.code(chosen, code)).toMatchObject({ refused: "over" });
    expect(await connector.paymentStatus(bankPaymentId, "CNY")).toMatchObject({ outcome: "accepted" });
    expect(before - (await bookedOf(order.debtorIban))).toBe(700n);
  });

  it("a bulk payment or a basket sent again under the same request id is the same one", async () => {
    const debtorIban = await world.ibanOf("wanglei", "CNY");
    const order = {
      requestId: randomUUID(),
      debtorIban,
      currency: "CNY",
      returnUrl,
      noticeUrl,
      payments: [
        {
          reference: `JQ${randomUUID().replaceAll("-", "").slice(0, 24)}`,
          creditorIban: world.custodyOf("CNY").iban,
          creditorName: "Jinqiao",
          amountMinor: 100n,
          remittance: "充值 Top-up",
        },
      ],
    };
    for (const spoil of [
      { kind: "reset" },
      { kind: "answer", status: 503, body: "" },
      { kind: "answer", status: 201, body: "not json" },
    ] as const) {
      world.proxy.spoil("initiatePayment", spoil);
      expect(await services.bulkPayments.initiate(order, null)).toMatchObject({ outcome: "unknown" });
    }
    const first = await services.bulkPayments.initiate(order, null);
    const again = await services.bulkPayments.initiate(order, null);
    expect(again).toEqual(first);
    if (first.outcome !== "action_required") throw new Error(`unexpected ${first.outcome}`);
    const basketOf = {
      requestId: randomUUID(),
      bankPaymentIds: [first.bankPaymentId],
      wish: redirect,
      returnUrl,
      customerIp,
    };
    world.proxy.spoil("createSigningBasket", { kind: "reset" });
    await expect(services.signingBaskets.open(basketOf)).rejects.toMatchObject({ code: "bank.unavailable" });
    const basket = await services.signingBaskets.open(basketOf);
    expect((await services.signingBaskets.open(basketOf)).basketId).toBe(basket.basketId);
    const before = await bookedOf(debtorIban);
    await world.bank.script.authorise({
      authorizationUrl: basket.step?.actionUrl ?? "",
      username: "wanglei",
    });
    expect(before - (await bookedOf(debtorIban))).toBe(100n);
    // Its own page no longer asks: the basket confirmed it.
    await expect(
      world.bank.script.authorise({ authorizationUrl: first.actionUrl, username: "wanglei" }),
    ).rejects.toThrow("410");
    expect(before - (await bookedOf(debtorIban))).toBe(100n);
  });

  it("a way back that is not ours is refused: the bank's page sends nobody to a stranger", async () => {
    const { bankPaymentId } = await waitingPayment(embedded("wanglei"));
    await expect(
      services.signingBaskets.open({
        requestId: randomUUID(),
        bankPaymentIds: [bankPaymentId],
        wish: redirect,
        returnUrl: "https://attacker.example/back",
        customerIp,
      }),
    ).rejects.toMatchObject({ cause: { code: "FORMAT_ERROR", messages: [{ path: "TPP-Redirect-URI" }] } });
  });
});

describe("consents without a redirect", () => {
  it.each(["decoupled", "embedded"] as const)(
    "%s: authenticated, read, refreshed, revoked",
    async (approach) => {
      const wish = approach === "decoupled" ? decoupled("emma") : embedded("emma");
      const started = await services.consentBySteps.start({
        requestId: randomUUID(),
        wish,
        returnUrl,
        noticeUrl,
        validUntil: inDays(30),
        frequencyPerDay: 4,
        customerIp,
      });
      const complete = () =>
        services.consentBySteps.complete({ bankConsentId: started.bankConsentId, customerIp });
      await expect(complete()).rejects.toMatchObject({ code: "bank.link_failed" });
      if (approach === "decoupled") await (await openPhone(world.config.baseUrl, "emma")).approve();
      else await embeddedBy("emma", await services.sca.start(started.resource, { ...wish, returnUrl }));
      const { access, accounts, validUntil } = await complete();
      expect(validUntil).toBe(inDays(30));
      expect(accounts.map(({ currency }) => currency).sort()).toEqual(["EUR", "GBP"]);
      expect(await connector.refreshAccess(access, { force: true })).toBe(access);
      const [account] = accounts as [(typeof accounts)[number]];
      expect((await connector.balance(access, account, customerIp)).booked).toBe(
        await bookedOf(account.iban),
      );
      await connector.revokeConsent(access.bankConsentId);
      await expect(connector.balance(access, account, customerIp)).rejects.toMatchObject({
        code: "bank.consent_ended",
      });
    },
  );
});

describe("confirmation of funds", () => {
  it("says yes or no under a consent of its own, until that is revoked", async () => {
    const iban = await world.ibanOf("emma", "GBP");
    const asked = await services.funds.askConsent({
      requestId: randomUUID(),
      iban,
      currency: "GBP",
      wish: redirect,
      returnUrl,
      customerIp,
    });
    const has = (amountMinor: bigint) =>
      services.funds.available({ bankConsentId: asked.bankConsentId, iban, amountMinor, currency: "GBP" });
    await expect(has(1n)).rejects.toMatchObject({ code: "bank.consent_ended" });
    expect(await services.funds.consentStatus(asked.bankConsentId)).toBe("awaiting_customer");
    await world.bank.script.authorise({ authorizationUrl: asked.step?.actionUrl ?? "", username: "emma" });
    expect(await services.funds.consentStatus(asked.bankConsentId)).toBe("valid");
    const booked = await bookedOf(iban);
    expect(await has(booked)).toBe(true);
    expect(await has(booked + 1n)).toBe(false);
    // It opens nothing else: neither the balance nor the entries.
    const { resourceId } = await world.bank.script.account(iban);
    const access: ConsentAccess = {
      bankConsentId: asked.bankConsentId,
      accessToken: "",
      refreshToken: null,
      expiresAt: "",
    };
    await expect(
      connector.balance(access, { resourceId, currency: "GBP" }, customerIp),
    ).rejects.toMatchObject({
      code: "bank.consent_ended",
    });
    await services.funds.revokeConsent(asked.bankConsentId);
    await services.funds.revokeConsent(asked.bankConsentId);
    await expect(has(1n)).rejects.toMatchObject({ code: "bank.consent_ended" });
  });
});

describe("periodic payments", () => {
  const periodic = async (username: string) => ({
    requestId: randomUUID(),
    reference: `JQ${randomUUID().replaceAll("-", "").slice(0, 24)}`,
    debtorIban: await world.ibanOf(username, "CNY"),
    creditorIban: world.custodyOf("CNY").iban,
    creditorName: "Jinqiao",
    amountMinor: 500n,
    currency: "CNY",
    remittance: "每日充值 Daily",
    returnUrl,
    noticeUrl,
    startDate: (await world.bank.script.businessDate()).date,
    endDate: null,
    frequency: "daily" as const,
  });

  it("confirmed once, carried out each day, and stopped only with the customer", async () => {
    const order = await periodic("linxiao");
    const waiting = await services.periodicPayments.initiate(order, null);
    if (waiting.outcome !== "action_required") throw new Error(`unexpected ${waiting.outcome}`);
    const { bankPaymentId } = waiting;
    const stands = () => services.periodicPayments.status(bankPaymentId, "CNY");
    expect(await stands()).toMatchObject({ outcome: "waiting" });
    const before = await availableOf(order.debtorIban);
    await world.bank.script.authorise({ authorizationUrl: waiting.actionUrl, username: "linxiao" });
    expect(await stands()).toMatchObject({ outcome: "accepted", bankStatus: "ACTC" });
    await expect
      .poll(async () => before - (await availableOf(order.debtorIban)), { timeout: 10_000 })
      .toBe(500n);
    await world.bank.script.endOfDay();
    await expect
      .poll(async () => before - (await availableOf(order.debtorIban)), { timeout: 10_000 })
      .toBe(1000n);

    const payment = { bankPaymentId, currency: "CNY", service: "periodic-payments" as const };
    const stop = await services.cancelWithCustomer(payment, { ...redirect, returnUrl });
    if (stop.outcome !== "waiting") throw new Error(`unexpected ${stop.outcome}`);
    expect(await stands()).toMatchObject({ outcome: "accepted" });
    await world.bank.script.authorise({ authorizationUrl: stop.step.actionUrl ?? "", username: "linxiao" });
    expect(await services.sca.status(stop.step)).toMatchObject({ status: "finalised" });
    expect(await stands()).toMatchObject({ outcome: "cancelled" });
    await world.bank.script.endOfDay();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(before - (await availableOf(order.debtorIban))).toBe(1000n);
    const again = await services.cancelWithCustomer(payment, { ...redirect, returnUrl });
    expect(again).toEqual({ outcome: "cancelled" });
  });

  it("before the customer confirms it is stopped at once, in any approach", async () => {
    const order = { ...(await periodic("wanglei")), sca: decoupled("wanglei") };
    const waiting = await services.periodicPayments.initiate(order, null);
    if (waiting.outcome !== "action_required") throw new Error(`unexpected ${waiting.outcome}`);
    const payment = {
      bankPaymentId: waiting.bankPaymentId,
      currency: "CNY",
      service: "periodic-payments" as const,
    };
    expect(await services.cancelWithCustomer(payment, { ...redirect, returnUrl })).toEqual({
      outcome: "cancelled",
    });
    const past = { ...order, requestId: randomUUID(), startDate: "2020-01-01" };
    expect(await services.periodicPayments.initiate(past, null)).toMatchObject({
      outcome: "rejected",
      bankMessages: [{ path: "startDate" }],
    });
  });
});

describe("bulk payments", () => {
  const part = (creditorIban: string, amountMinor: bigint) => ({
    reference: `JQ${randomUUID().replaceAll("-", "").slice(0, 24)}`,
    creditorIban,
    creditorName: "林晓",
    amountMinor,
    remittance: "提现 Payout",
  });

  it("several payments under one confirmation; one that cannot be made is rejected alone", async () => {
    const debtorIban = await world.ibanOf("wanglei", "CNY");
    const base = { debtorIban, currency: "CNY", returnUrl, noticeUrl };
    const custody = world.custodyOf("CNY");
    const before = await bookedOf(debtorIban);
    const payments = [part(custody.iban, 300n), part(await world.ibanOf("linxiao", "CNY"), 200n)];
    const waiting = await services.bulkPayments.initiate(
      { ...base, requestId: randomUUID(), payments },
      null,
    );
    if (waiting.outcome !== "action_required") throw new Error(`unexpected ${waiting.outcome}`);
    await world.bank.script.authorise({ authorizationUrl: waiting.actionUrl, username: "wanglei" });
    expect(await services.bulkPayments.status(waiting.bankPaymentId, "CNY")).toMatchObject({
      outcome: "finished",
    });
    expect(before - (await bookedOf(debtorIban))).toBe(500n);
    expect(await connector.findPayment(payments[0]?.reference ?? "", custody, inDays(-3))).toMatchObject({
      found: true,
    });

    // From custody nobody is asked; the second creditor is an account that this bank does not have.
    const nowhere = "CZ0799990000009999999999";
    const payout = await services.bulkPayments.initiate(
      {
        ...base,
        debtorIban: custody.iban,
        requestId: randomUUID(),
        payments: [part(debtorIban, 100n), part(validIban(nowhere), 100n)],
      },
      null,
    );
    expect(payout).toMatchObject({ outcome: "accepted", bankStatus: "PART" });
    expect(before - (await bookedOf(debtorIban))).toBe(400n);
  });
});

describe("signing baskets", () => {
  it("two payments, one confirmation; a dissolved basket leaves its payments waiting", async () => {
    const first = await waitingPayment(embedded("linxiao"), "linxiao");
    const second = await waitingPayment(embedded("linxiao"), "linxiao");
    const open = () =>
      services.signingBaskets.open({
        requestId: randomUUID(),
        bankPaymentIds: [first.bankPaymentId, second.bankPaymentId],
        wish: redirect,
        returnUrl,
        customerIp,
      });
    const dissolved = await open();
    await services.signingBaskets.dissolve(dissolved.basketId);
    expect(await services.signingBaskets.status(dissolved.basketId)).toBe("cancelled");
    const basket = await open();
    await expect(open()).rejects.toMatchObject({ code: "bank.unavailable" });
    expect(await services.signingBaskets.status(basket.basketId)).toBe("waiting");
    const before = await bookedOf(first.order.debtorIban);
    await world.bank.script.authorise({
      authorizationUrl: basket.step?.actionUrl ?? "",
      username: "linxiao",
    });
    expect(await services.signingBaskets.status(basket.basketId)).toBe("confirmed");
    for (const { bankPaymentId } of [first, second])
      expect(await connector.paymentStatus(bankPaymentId, "CNY")).toMatchObject({ outcome: "accepted" });
    expect(before - (await bookedOf(first.order.debtorIban))).toBe(1400n);
  });
});

describe("products", () => {
  it("an urgent euro payment goes by the instant scheme, and is found again after a restart", async () => {
    const debtorIban = await world.ibanOf("emma", "EUR");
    const order = orderOf({
      debtorIban,
      creditorIban: world.custodyOf("EUR").iban,
      currency: "EUR",
      urgency: "instant",
    });
    const waiting = await connector.initiatePayment(order, null);
    if (waiting.outcome !== "action_required") throw new Error(`unexpected ${waiting.outcome}`);
    expect(world.proxy.last("initiatePayment")?.path).toBe("/v1/payments/instant-sepa-credit-transfers");
    await world.bank.script.authorisePayment(waiting.bankPaymentId);
    const restarted = createBerlinGroupConnector({
      config: world.config,
      clock: systemClock,
      logger: captured.logger,
    });
    for (const each of [connector, restarted])
      expect(await each.paymentStatus(waiting.bankPaymentId, "EUR")).toMatchObject({ outcome: "accepted" });
    await restarted.close();
  });
});

describe("accounts", () => {
  it("card accounts: what was spent, exactly what the account's own entries say", async () => {
    const { access, accounts } = await link("linxiao", "CNY");
    const [account] = accounts as [(typeof accounts)[number]];
    const cards = await services.cards.accounts(access, customerIp);
    expect(cards).toMatchObject([{ currency: "CNY" }]);
    expect(cards[0]?.maskedPan).toMatch(/^\d{6}x{6}\d{4}$/);
    const [card] = cards as [(typeof cards)[number]];
    const range = { from: inDays(-20) };
    const entries = await services.cards.entries(access, card, range, customerIp);
    const own = await connector.entries(access, account, range, customerIp);
    const sum = (list: { amountMinor: bigint }[]) =>
      list.reduce((total, { amountMinor }) => total + amountMinor, 0n);
    const names = new Set(entries.map(({ counterpartyName }) => counterpartyName));
    expect(entries.length).toBeGreaterThan(3);
    expect(sum(entries)).toBe(sum(own.filter(({ counterpartyName }) => names.has(counterpartyName))));
    expect((await services.cards.balance(access, card, customerIp)).booked).toBeLessThanOrEqual(0n);
  });

  it("an account whose id the bank changed is found again by its number and currency", async () => {
    const { access, accounts, iban } = await link("wanglei", "KWD");
    const [account] = accounts as [(typeof accounts)[number]];
    const { resourceId } = await world.bank.script.newResourceId(iban);
    expect(resourceId).not.toBe(account.resourceId);
    const booked = await bookedOf(iban);
    expect((await connector.balance(access, account, customerIp)).booked).toBe(booked);
    expect(
      (await connector.entries(access, account, { from: inDays(-30) }, customerIp)).length,
    ).toBeGreaterThan(0);
    expect((await services.accounts(access, customerIp)).map((each) => each.resourceId)).toEqual([
      resourceId,
    ]);
    // Without the number there is nothing to find it by.
    const { iban: _number, ...nameless } = account;
    const { access: fresh } = await link("wanglei", "KWD");
    await expect(connector.balance(fresh, nameless, customerIp)).rejects.toMatchObject({
      code: "bank.unavailable",
    });
  });

  it("a multi-currency account becomes one account per currency, however the bank shows it", async () => {
    const { access, iban } = await link("emma", "GBP");
    const parts = ["GBP", "EUR", "XXX"].map((currency) => ({ resourceId: `r-${currency}`, iban, currency }));
    const spoil = (operation: string, body: unknown) =>
      world.proxy.spoil(operation, { kind: "answer", status: 200, body: JSON.stringify(body) });
    spoil("getAccountList", { accounts: parts });
    expect((await services.accounts(access, customerIp)).map(({ resourceId }) => resourceId)).toEqual([
      "r-GBP",
      "r-EUR",
    ]);
    const [{ resourceId }] = [await world.bank.script.account(iban)];
    spoil("getAccountList", { accounts: [{ resourceId, iban, currency: "XXX" }] });
    spoil("getBalances", {
      balances: ["GBP", "EUR", "GBP"].map((currency) => ({
        balanceType: "interimBooked",
        balanceAmount: { amount: "1.00", currency },
      })),
    });
    expect(await services.accounts(access, customerIp)).toMatchObject([
      { resourceId, iban, currency: "GBP" },
      { resourceId, iban, currency: "EUR" },
    ]);
  });

  it("reads whom the customer pays without being asked, where the customer allowed that", async () => {
    const { access, accounts } = await link("linxiao", "CNY", "1000.00");
    const [account] = accounts as [(typeof accounts)[number]];
    expect(connector.consentData).toContain("trusted_beneficiaries");
    expect(await services.trustedBeneficiaries(access, account, customerIp)).toMatchObject([
      { name: "Jinqiao", iban: world.custodyOf("CNY").iban, currency: "CNY" },
    ]);
  });
});

describe("the record", () => {
  it("kept to the published definitions in every call, and wrote no password or code into the log", async () => {
    expect(world.proxy.findings).toEqual([]);
    const called = new Set(world.proxy.exchanges.map(({ operation }) => operation));
    for (const operation of [
      "updatePaymentPsuData",
      "startPaymentInitiationCancellationAuthorisation",
      "createConsentConfirmationOfFunds",
      "checkAvailabilityOfFunds",
      "createSigningBasket",
      "getCardAccountTransactionList",
      "listOfTrustedBeneficiaries",
    ])
      expect(called).toContain(operation);
    const log = captured.lines.join("\n");
    expect(log).not.toContain(password);
    expect(log).not.toMatch(/scaAuthenticationData|psuData|wanglei/);
    expect((await world.bank.script.trialBalance()).filter(({ sumMinor }) => sumMinor !== "0")).toEqual([]);
  });
});

/** The same account number with the right check digits (ISO 7064 mod 97-10). */
function validIban(iban: string): string {
  const digits = `${iban.slice(4)}${iban.slice(0, 2)}00`.replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  return `${iban.slice(0, 2)}${String(98n - (BigInt(digits) % 97n)).padStart(2, "0")}${iban.slice(4)}`;
}
