import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../../../test/support/world.ts";
import { graniteBank } from "../../../../../cli/src/instance/sandbox-banks/granite.ts";
import { isoFilesSettings } from "./settings.ts";

let world: World;
let folder: string;
let person: Session & { id: string };
let account: LinkedAccount;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-granite-"));
  world = await createWorld({
    bank: { files: { folder: join(folder, "granite-files") } },
    plan: {
      ...graniteBank,
      async introduce(introduction) {
        const entry = await graniteBank.introduce({ ...introduction, dataDir: folder });
        return { ...entry, ...isoFilesSettings.parse(entry) };
      },
    },
  });
  person = await world.customer("Emma Clarke");
  const accounts = await world.link(person, "emma");
  expect([...accounts.keys()]).toEqual(["EUR"]);
  account = accounts.get("EUR") as LinkedAccount;
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

const eur = (amount: string) => ({ amount, currency: "EUR" });
const topUp = (amount: string) =>
  unwrap(
    person.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account.id, amount: eur(amount) },
    }),
  );
const payment = (paymentId: string) =>
  unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }));
async function balance(): Promise<string> {
  const { items } = await unwrap(person.api.GET("/v1/balances"));
  return items.find(({ currency }) => currency === "EUR")?.total.amount ?? "0.00";
}
async function booksHold(): Promise<void> {
  expect(await world.app.ledger.violations()).toEqual([]);
  const staff = await world.staff();
  const books = await unwrap(staff.GET("/v1/console/trial-balance"));
  for (const currency of books.currencies)
    expect(currency).toMatchObject({
      difference: { amount: expect.stringMatching(/^0(\.0+)?$/) },
      safeguarding: { held: true },
    });
}

test("an account under a mandate tells no balance, and reading it again asks nothing of the bank", async () => {
  await world.settleJobs();
  const shown = await unwrap(
    person.api.GET("/v1/linked-accounts/{accountId}", { params: { path: { accountId: account.id } } }),
  );
  expect(shown).toMatchObject({
    status: "active",
    balance: null,
    balanceAsOf: null,
    ownerName: "Emma Clarke",
  });
});

test("a collection is credited when it stands on the statement, never before; a payout goes out as a file", async () => {
  const top = await topUp("100.00");
  await world.settleJobs();
  expect(await payment(top.id)).toMatchObject({ status: "submitted", credited: false });
  expect(await balance()).toBe("0.00");
  await world.closeDay();
  expect(await payment(top.id)).toMatchObject({ status: "settled" });
  expect(await balance()).toBe("100.00");

  const out = await unwrap(
    person.api.POST("/v1/withdrawals", {
      params: { header: attempt() },
      body: { linkedAccountId: account.id, amount: eur("40.00") },
    }),
  );
  await world.settleJobs();
  expect(await payment(out.id)).toMatchObject({ status: "submitted" });
  await world.closeDay();
  expect(await payment(out.id)).toMatchObject({ status: "settled" });
  expect(await balance()).toBe("60.00");
  await booksHold();
});

test("staff ask for a withdrawal back: a refusal is shown with its reason, a grant brings the money by the statement", async () => {
  const staff = await world.staff();
  const recall = (paymentId: string, reason: "CUST" | "DUPL", by = staff) =>
    unwrap(
      by.POST("/v1/console/payments/{paymentId}/recall", {
        params: { path: { paymentId } },
        body: { reason, note: "The customer called." },
      }),
    );
  const stateOf = async (paymentId: string) => {
    const path = { paymentId };
    return (await unwrap(staff.GET("/v1/console/payments/{paymentId}", { params: { path } }))).recall;
  };
  const withdraw = async (amount: string) => {
    const made = await unwrap(
      person.api.POST("/v1/withdrawals", {
        params: { header: attempt() },
        body: { linkedAccountId: account.id, amount: eur(amount) },
      }),
    );
    await world.settleJobs();
    await world.closeDay();
    return made;
  };
  const wished = await withdraw("1.00");
  expect(await stateOf(wished.id)).toEqual({ possible: "yes", recall: null });
  await expect(recall(wished.id, "CUST", await world.staff("viewer"))).rejects.toMatchObject({
    problem: { code: "identity.not_allowed" },
  });
  await recall(wished.id, "CUST");
  await expect(recall(wished.id, "CUST")).rejects.toMatchObject({
    problem: { code: "payment.already_recalled" },
  });
  const answered = async (paymentId: string) => {
    for (let round = 0; round < 20; round += 1) {
      // The bank works on what lies there whenever it is asked for its books.
      await world.bank.script.account(world.config.custodyAccounts[0]?.iban ?? "");
      await world.app.db.query("SELECT graphile_worker.add_job('payments.watch_recalls', '{}')");
      await world.settleJobs();
      const state = await stateOf(paymentId);
      if (state.recall?.status === "granted" || state.recall?.status === "refused") return state;
    }
    throw new Error("the recall was not answered");
  };
  expect(await answered(wished.id)).toMatchObject({
    possible: "asked_before",
    recall: { status: "refused", refusal: { code: "CUST", text: { zh: expect.any(String) } } },
  });
  expect(await payment(wished.id)).toMatchObject({ status: "settled", returned: null });

  const twice = await withdraw("2.00");
  await recall(twice.id, "DUPL");
  expect(await answered(twice.id)).toMatchObject({ recall: { status: "granted" } });
  // A grant moves nothing; the statement does.
  expect(await balance()).toBe("57.00");
  await world.closeDay();
  expect(await payment(twice.id)).toMatchObject({ status: "returned", reason: { code: "FOCR" } });
  expect(await balance()).toBe("59.00");
  await expect(recall(twice.id, "DUPL")).rejects.toMatchObject({
    problem: { code: "payment.not_recallable" },
  });
  await booksHold();
});

test("a collection that comes back the same day: credited, taken back with the reason, and the books hold", async () => {
  const top = await topUp("25.00");
  await world.settleJobs();
  expect(await payment(top.id)).toMatchObject({ status: "submitted", credited: false });
  await world.bank.script.returnPayment({ endToEndId: top.reference, reason: "MD06" });
  await world.closeDay();
  const seen = await payment(top.id);
  expect(seen).toMatchObject({ status: "returned", returned: eur("25.00"), reason: { code: "MD06" } });
  expect(await payment(seen.returns[0]?.paymentId ?? "")).toMatchObject({
    kind: "return",
    direction: "out",
    status: "settled",
    originalPaymentId: top.id,
    reason: { code: "MD06" },
  });
  expect(await balance()).toBe("59.00");
  const staff = await world.staff();
  expect((await unwrap(staff.GET("/v1/console/breaks"))).items).toEqual([]);
  await booksHold();
});
