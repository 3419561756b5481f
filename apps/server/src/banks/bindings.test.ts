import { randomUUID } from "node:crypto";
import { ApiError, unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attempt, createWorld, type Session, type World } from "../../../../test/support/world.ts";
import { type QuickWorld, startQuickWorld } from "./connectors/quick-payment/testing/quick-world.ts";

let quick: QuickWorld;
let world: World;

beforeAll(async () => {
  quick = await startQuickWorld({ algorithm: "SM2-SM3" });
  world = await createWorld({ moreBanks: [quick.config] });
});
afterAll(async () => {
  await world.close();
  await quick.close();
});

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "accepted",
    (error: unknown) => (error instanceof ApiError ? error.problem.code : String(error)),
  );
const cny = (amount: string) => ({ amount, currency: "CNY" });

async function begin(person: Session, change: Record<string, string> = {}, key: string = randomUUID()) {
  const holder = await quick.holder("linxiao");
  return unwrap(
    person.api.POST("/v1/bank-bindings", {
      params: { header: attempt(key) },
      body: { bankId: "lotus", ...holder, ...change },
    }),
  );
}
const confirm = (person: Session, bindingId: string, code: string) =>
  unwrap(
    person.api.POST("/v1/bank-bindings/{bindingId}/confirmation", {
      params: { path: { bindingId } },
      body: { code },
    }),
  );
const newestCode = async () => quick.code((await quick.holder("linxiao")).phone);

async function bound(person: Session) {
  const { id } = await begin(person);
  const linked = await confirm(person, id, await newestCode());
  expect(linked.status).toBe("linked");
  const { items } = await unwrap(person.api.GET("/v1/linked-accounts"));
  const account = items.find((one) => one.consentId === id);
  if (account === undefined) throw new Error("no account was linked");
  return account;
}

describe("linking a card", () => {
  it("shows the card by its last four digits, without a balance; the permission stands with the others", async () => {
    const person = await world.customer("林晓", "zh");
    const account = await bound(person);
    const { cardNumber } = await quick.holder("linxiao");
    expect(account).toMatchObject({
      bankId: "lotus",
      maskedNumber: `•• ${cardNumber.slice(-4)}`,
      currency: "CNY",
      ownerName: "林晓",
      balance: null,
      status: "active",
    });
    const { items } = await unwrap(person.api.GET("/v1/consents"));
    expect(items).toMatchObject([{ bankId: "lotus", status: "valid", accountIds: [account.id] }]);
    await world.settleJobs();
  });

  it("keeps none of the four elements anywhere", async () => {
    const person = await world.customer("林晓");
    await bound(person);
    const { idNumber, cardNumber, phone } = await quick.holder("linxiao");
    const tables = await world.app.db.query<{ name: string }>(
      `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    expect(tables.length).toBeGreaterThan(20);
    for (const { name } of tables) {
      const [row] = await world.app.db.query<{ found: boolean }>(
        `SELECT EXISTS (SELECT 1 FROM ${name} t WHERE t::text LIKE ANY ($1)) AS found`,
        [[idNumber, cardNumber, phone].map((text) => `%${text}%`)],
      );
      expect([name, row?.found]).toEqual([name, false]);
    }
  });

  it("a wrong code counts; after the last one it begins anew", async () => {
    const person = await world.customer();
    const { id } = await begin(person);
    const right = await newestCode();
    const wrong = right === "111111" ? "222222" : "111111";
    expect(await codeOf(confirm(person, id, wrong))).toBe("bank.code_wrong");
    const shown = await unwrap(
      person.api.GET("/v1/bank-bindings/{bindingId}", { params: { path: { bindingId: id } } }),
    );
    expect(shown).toMatchObject({ status: "awaiting_code", attemptsLeft: 2 });
    expect(await codeOf(confirm(person, id, wrong))).toBe("bank.code_wrong");
    expect(await codeOf(confirm(person, id, wrong))).toBe("bank.binding_over");
    expect(await codeOf(confirm(person, id, right))).toBe("bank.binding_over");
  });

  it("says in the same words what the bank says of the details, and asks no other bank about its card", async () => {
    const person = await world.customer();
    expect(await codeOf(begin(person, { phone: "19911110000" }))).toBe("bank.details_mismatch");
    expect(await codeOf(begin(person, { cardNumber: "6228480402564890018" }))).toBe(
      "bank.card_not_supported",
    );
    for (const [field, value, code] of [
      ["cardNumber", "6299990000000001019", "field.card_number"],
      ["idNumber", "110105194912310021", "field.id_number"],
      ["phone", "call me", "field.phone"],
      ["holderName", " ", "field.required"],
    ] as const) {
      const error = await begin(person, { [field]: value }).catch((caught: unknown) => caught);
      expect((error as ApiError).problem).toMatchObject({
        code: "request.invalid",
        errors: [{ field: expect.stringContaining(field), code }],
      });
    }
  });

  it("the same key begins once; with other details it is refused", async () => {
    const person = await world.customer();
    const key = randomUUID();
    const first = await begin(person, {}, key);
    const messages = (await quick.quick.messages((await quick.holder("linxiao")).phone)).length;
    expect(await begin(person, {}, key)).toEqual(first);
    expect((await quick.quick.messages((await quick.holder("linxiao")).phone)).length).toBe(messages);
    expect(await codeOf(begin(person, { holderName: "Somebody Else" }, key))).toBe("idempotency.key_reused");
  });

  it("nobody sees or confirms another person's binding", async () => {
    const [person, other] = [await world.customer(), await world.customer()];
    const { id } = await begin(person);
    expect(await codeOf(confirm(other, id, await newestCode()))).toBe("request.not_found");
  });

  it("each bank is linked in its own way", async () => {
    const person = await world.customer();
    expect(await codeOf(begin(person, { bankId: "harbour" }))).toBe("bank.link_by_page");
    expect(
      await codeOf(
        unwrap(person.api.POST("/v1/consents", { params: { header: attempt() }, body: { bankId: "lotus" } })),
      ),
    ).toBe("bank.link_by_card");
    const { items } = await unwrap(person.api.GET("/v1/banks"));
    expect(items.map(({ id, capabilities }) => [id, capabilities.linking])).toEqual([
      ["harbour", "redirect"],
      ["lotus", "form"],
    ]);
  });

  it("an answer lost on the way does no harm: the same code links the card", async () => {
    const person = await world.customer();
    const { id } = await begin(person);
    const code = await newestCode();
    await quick.bank.script.addFault({
      operation: "consentAuthorisations",
      action: "reset-connection-after",
    });
    expect(await codeOf(confirm(person, id, code))).toBe("bank.unavailable");
    await quick.bank.script.clearFaults();
    expect(await confirm(person, id, code)).toMatchObject({ status: "linked" });
  });
});

describe("money through a linked card", () => {
  it("tops up, pays out, and reconciles the day to the minor unit", async () => {
    const person = await world.customer("林晓", "zh");
    const account = await bound(person);
    const body = (amount: string) => ({ linkedAccountId: account.id, amount: cny(amount) });
    const topUp = await unwrap(
      person.api.POST("/v1/top-ups", { params: { header: attempt() }, body: body("120.50") }),
    );
    await world.settleJobs();
    const withdrawal = await unwrap(
      person.api.POST("/v1/withdrawals", { params: { header: attempt() }, body: body("20.25") }),
    );
    await world.settleJobs();
    await quick.bank.script.endOfDay();
    const staff = await world.staff();
    const { statements } = await unwrap(staff.POST("/v1/console/statement-fetches"));
    expect(statements.filter(({ bankId }) => bankId === "lotus")).toMatchObject([
      { lines: 2, matched: 2, breaks: 0, closing: cny("100.25"), ledgerClosing: cny("100.25") },
    ]);
    for (const { id } of [topUp, withdrawal]) {
      const path = { paymentId: id };
      const payment = await unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path } }));
      expect(payment.status).toBe("settled");
    }
    expect(await world.app.ledger.violations()).toEqual([]);
  });

  const topUpOf = async (person: Session, linkedAccountId: string, amount: string) => {
    const made = await unwrap(
      person.api.POST("/v1/top-ups", {
        params: { header: attempt() },
        body: { linkedAccountId, amount: cny(amount) },
      }),
    );
    await world.settleJobs();
    return made.id;
  };
  const paymentOf = (person: Session, paymentId: string) =>
    unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }));

  it("a large top-up waits for the bank's own code, and counts once it is entered", async () => {
    const person = await world.customer("林晓");
    const account = await bound(person);
    const id = await topUpOf(person, account.id, "5000.01");
    const waiting = await paymentOf(person, id);
    expect(waiting.status).toBe("action_required");
    const { redirectUrl } = await quick.bank.script.authorise({
      authorizationUrl: waiting.actionUrl ?? "",
      username: "linxiao",
    });
    await person.follow(redirectUrl);
    await world.settleJobs();
    expect((await paymentOf(person, id)).status).toBe("submitted");
    expect(await world.app.ledger.violations()).toEqual([]);
  });

  it("nothing is taken from a card that is frozen, and it goes on when it is used again", async () => {
    const person = await world.customer("林晓");
    const account = await bound(person);
    expect(account.bindingId).not.toBeNull();
    const frozen = await unwrap(
      person.api.POST("/v1/me/freezes", {
        body: { scope: "card", bindingId: account.bindingId ?? "" },
      }),
    );
    const asked = { linkedAccountId: account.id, amount: cny("3.00") };
    for (const path of ["/v1/top-ups", "/v1/withdrawals"] as const)
      expect(
        await codeOf(unwrap(person.api.POST(path, { params: { header: attempt() }, body: asked }))),
      ).toBe("freeze.card");
    const { items } = await unwrap(person.api.GET("/v1/payments"));
    expect(items).toEqual([]);
    await unwrap(
      person.api.DELETE("/v1/me/freezes/{freezeId}", { params: { path: { freezeId: frozen.id } } }),
    );
    expect((await paymentOf(person, await topUpOf(person, account.id, "3.00"))).status).toBe("submitted");
    // An account that is read by permission is no card, whatever its bank is told.
    await world.link(person, "emma");
    const { items: linked } = await unwrap(person.api.GET("/v1/linked-accounts"));
    const others = linked.filter(({ bankId }) => bankId !== "lotus");
    expect(others.length).toBeGreaterThan(0);
    expect(others.map(({ bindingId }) => bindingId)).toEqual(others.map(() => null));
  });

  it("a card is found and frozen by staff who said why, and no account is taken for one", async () => {
    const person = await world.customer("林晓");
    const account = await bound(person);
    const staff = await world.staff();
    const path = { customerId: person.id };
    const cards = () => unwrap(staff.GET("/v1/console/customers/{customerId}/cards", { params: { path } }));
    expect(await codeOf(cards())).toBe("staff.reason_needed");
    await unwrap(
      staff.POST("/v1/console/customers/{customerId}/access", {
        params: { path },
        body: { reason: "customer_contact", text: "Her card was stolen" },
      }),
    );
    await world.link(person, "emma");
    const { items } = await cards();
    expect(items.map(({ bindingId }) => bindingId)).toEqual([account.bindingId]);
    await unwrap(
      staff.POST("/v1/console/customers/{customerId}/freezes", {
        params: { path },
        body: {
          scope: "card",
          bindingId: items[0]?.bindingId ?? "",
          reason: "suspected_fraud",
          note: "Stolen on the train",
        },
      }),
    );
    expect(await codeOf(topUpOf(person, account.id, "3.00"))).toBe("freeze.card");
  });

  it("an answer that the bank did not sign is no answer: the payment is asked for, and counts once", async () => {
    const person = await world.customer("林晓");
    const account = await bound(person);
    await quick.bank.script.addFault({ operation: "initiatePayment", action: "wrong-signature" });
    const before = (await quick.bank.script.account(quick.custody.iban)).bookedMinor;
    const id = await topUpOf(person, account.id, "7.00");
    await quick.bank.script.clearFaults();
    await world.settleJobs();
    expect((await paymentOf(person, id)).status).toBe("submitted");
    const after = (await quick.bank.script.account(quick.custody.iban)).bookedMinor;
    expect(BigInt(after) - BigInt(before)).toBe(700n);
  });

  it("an agreement that the customer ends at the bank ends here too, by the bank's signed notice", async () => {
    const person = await world.customer("林晓");
    const account = await bound(person);
    const [agreement] = await world.app.db.query<{ id: string }>(
      "SELECT bank_consent_id AS id FROM banks.consent WHERE id = $1",
      [account.consentId],
    );
    await quick.quick.endAgreement(agreement?.id ?? "");
    await expect
      .poll(
        async () => {
          await world.settleJobs();
          const path = { consentId: account.consentId };
          return (await unwrap(person.api.GET("/v1/consents/{consentId}", { params: { path } }))).status;
        },
        { timeout: 20_000, interval: 200 },
      )
      .toBe("revoked");
  });

  it("a notice that the bank did not sign is left alone", async () => {
    const notices = async () =>
      (await world.app.db.query("SELECT 1 FROM banks.notice WHERE bank_payment_id LIKE '%forged%'")).length;
    const post = async (body: unknown) =>
      (
        await fetch(`${world.url}/v1/bank-notices/lotus`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        })
      ).status;
    const content = JSON.stringify({ noticeId: "forged-0001", paymentId: "forged-0001", status: "SUCCESS" });
    const forged = {
      content,
      merchantId: quick.config.merchantId,
      timestamp: new Date().toISOString(),
      nonce: "A".repeat(22),
      keySerial: quick.config.bankSignKeys[0]?.serial,
      algorithm: "SM2-SM3",
      signature: Buffer.alloc(70, 1).toString("base64"),
    };
    expect(await post(forged)).toBe(202);
    expect(await post({ paymentId: "forged-0002" })).toBe(202);
    expect(await notices()).toBe(0);
  });

  it("ends the permission at the bank, after which nothing is taken", async () => {
    const person = await world.customer("林晓");
    const account = await bound(person);
    const path = { consentId: account.consentId };
    await unwrap(person.api.DELETE("/v1/consents/{consentId}", { params: { path } }));
    expect(
      await codeOf(
        unwrap(
          person.api.POST("/v1/top-ups", {
            params: { header: attempt() },
            body: { linkedAccountId: account.id, amount: cny("1.00") },
          }),
        ),
      ),
    ).toBe("bank.consent_ended");
  });
});
