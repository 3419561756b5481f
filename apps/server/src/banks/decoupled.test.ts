import { randomUUID } from "node:crypto";
import type { LinkedAccount } from "@jinqiao/contract";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPhone } from "../../../sandbox-bank/src/testing/phone.ts";
import { type BankWorld, bankId, publicUrl, startBankWorld } from "./testing/bank-world.ts";
import { type BanksSetup, createBanksSetup } from "./testing/banks-setup.ts";

let world: BankWorld;
let setup: BanksSetup;
let account: LinkedAccount;
let consentId: string;

beforeAll(async () => {
  world = await startBankWorld();
  world.config = { ...world.config, preferredSca: "decoupled" } as typeof world.config;
  setup = await createBanksSetup(world);
  const linked = await setup.link(setup.newCustomer(), "wanglei");
  consentId = linked.consentId;
  account = linked.accounts.get("CNY") as LinkedAccount;
});
afterAll(async () => {
  await setup.close();
  await world.close();
});

async function orderOf() {
  const paymentId = setup.ids.next("pay");
  return {
    paymentId,
    consentId,
    reference: paymentId.replace("pay_", "JQ").toUpperCase(),
    requestId: randomUUID(),
    debtorIban: await world.ibanOf("wanglei", "CNY"),
    creditorIban: world.custodyOf(account.currency).iban,
    creditorName: "Jinqiao",
    amountMinor: 1_000n,
    currency: account.currency,
    remittance: "充值 Top-up",
    returnUrl: `${publicUrl}/v1/bank-payment-returns/${paymentId}`,
    noticeUrl: `${publicUrl}/v1/bank-notices/${bankId}`,
  };
}
const asked = expect.objectContaining({ outcome: "action_required", actionUrl: "" });

it("waits for the customer's answer in the bank's app, however often it is asked for or sent again", async () => {
  const order = await orderOf();
  const answer = await setup.banks.payments.initiate(bankId, order);
  expect(answer).toEqual(asked);
  if (!("bankPaymentId" in answer) || answer.bankPaymentId === null)
    throw new Error("no payment at the bank");
  const known = { ...order, bankPaymentId: answer.bankPaymentId };
  expect(await setup.banks.payments.status(bankId, known)).toEqual(asked);
  expect(await setup.banks.payments.initiate(bankId, order)).toEqual(asked);
  await (await openPhone(world.config.baseUrl, "wanglei")).approve();
  expect(await setup.banks.payments.status(bankId, known)).toMatchObject({ outcome: "accepted" });
});

it("an answer lost on the way is asked for again, and only one request stands on the telephone", async () => {
  const order = await orderOf();
  world.proxy.spoil("initiatePayment", { kind: "reset" });
  expect(await setup.banks.payments.initiate(bankId, order)).toMatchObject({ outcome: "unknown" });
  expect(await setup.banks.payments.initiate(bankId, order)).toEqual(asked);
  const phone = await openPhone(world.config.baseUrl, "wanglei");
  expect([...(await phone.page()).matchAll(/phone-approve-/g)]).toHaveLength(1);
  await phone.refuse();
  expect(world.proxy.findings).toEqual([]);
});
