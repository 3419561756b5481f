import { createHash, createHmac } from "node:crypto";
import { dynamicCode } from "@jinqiao/contract";
import { ApiError, unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAuthenticator } from "../../../../test/support/authenticator.ts";
import { codeSentTo } from "../../../../test/support/codes.ts";
import { confirmByCode, confirmTransfer, send, type Transfer } from "../../../../test/support/step-up.ts";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";
import { usualStepUpPolicy } from "../identity/index.ts";
import { hotp } from "../identity/step-up/tokens.ts";

type Person = Session & { id: string; email: string };
let world: World;
let account: string;
let rich: Person;
let payer: Person;
let payee: Person;
let shiftMs = 0;

beforeAll(async () => {
  // Sessions that outlive the tests' leaps of the clock.
  const life = { idleMs: 3_600_000, absoluteMs: 12 * 3_600_000 };
  world = await createWorld({
    sessions: { customer: life, staff: life },
    overrides: { stepUp: usualStepUpPolicy, clock: { now: () => new Date(Date.now() + shiftMs) } },
  });
  rich = await world.customer("Rich Test");
  payee = await world.customer("Payee Test");
  account = ((await world.link(rich, "linxiao")).get("CNY") as LinkedAccount).id;
  await unwrap(
    rich.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account, amount: { amount: "15000.00", currency: "CNY" } },
    }),
  );
  await world.settleJobs();
  await world.closeDay();
});
afterAll(() => world.close());

/** Everybody begins anew: a person with money who has confirmed nothing. */
beforeEach(async () => {
  shiftMs = 0;
  payer = await world.customer("Payer Test");
  const { id } = await send(rich, await confirmed(rich, transferTo(payer, "300.00")));
  expect(id).toBeDefined();
});

const transferTo = (to: Person, amount = "300.00", note?: string): Transfer => ({
  payeeId: to.id,
  amount: { amount, currency: "CNY" },
  ...(note === undefined ? {} : { note }),
});
async function confirmed(person: Person, transfer: Transfer, trust = false) {
  const { id } = await confirmTransfer(person, transfer, trust);
  return { ...transfer, stepUpId: await confirmByCode(world, person, id) };
}
const answer = (person: Session, stepUpId: string, body: Record<string, unknown>) =>
  unwrap(
    person.api.POST("/v1/step-ups/{stepUpId}/answers", {
      params: { path: { stepUpId } },
      body: body as never,
    }),
  );
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "accepted",
    (error: unknown) => {
      if (error instanceof ApiError) return error.problem.code;
      throw error;
    },
  );
const paidBy = async (person: Session) =>
  (await unwrap(person.api.GET("/v1/payments", { params: { query: { kind: "transfer" } } }))).items.filter(
    ({ direction }) => direction === "out",
  );

describe("a payment that has to be confirmed", () => {
  it("is refused with the reasons, is made once it is confirmed, and keeps by what", async () => {
    const transfer = transferTo(payee, "300.00", "晚饭");
    expect(await send(payer, transfer)).toEqual({
      refused: "sca.required",
      reasons: ["above_limit", "new_payee", "new_device"],
    });
    const asked = await confirmTransfer(payer, transfer);
    expect(asked).toMatchObject({
      status: "pending",
      amount: { amount: "300.00", currency: "CNY" },
      payee: { id: payee.id },
      note: "晚饭",
      triesLeft: 5,
    });
    expect(asked.digest).toBe(createHash("sha256").update(asked.statement).digest("base64url"));
    const { id } = await send(payer, { ...transfer, stepUpId: await confirmByCode(world, payer, asked.id) });
    const params = { path: { paymentId: id as string } };
    const seen = await unwrap(payer.api.GET("/v1/payments/{paymentId}", { params }));
    expect(seen.authentication).toEqual({
      method: "code",
      stepUpId: asked.id,
      exemption: null,
      reasons: ["above_limit", "new_payee", "new_device"],
    });
    // What the payer proved is none of the payee's business.
    expect((await unwrap(payee.api.GET("/v1/payments/{paymentId}", { params }))).authentication).toBeNull();
  });

  it("is not answered for ever by the refusal: the same key pays after the confirmation, and once", async () => {
    const transfer = transferTo(payee);
    expect((await send(payer, transfer, "one-attempt")).refused).toBe("sca.required");
    const paid = await send(payer, await confirmed(payer, transfer), "one-attempt");
    expect(paid.id).toBeDefined();
    // Sent again without, with the same, and with another confirmation: the first answer.
    expect(await send(payer, transfer, "one-attempt")).toEqual(paid);
    expect(await send(payer, await confirmed(payer, transfer), "one-attempt")).toEqual(paid);
    expect(await paidBy(payer)).toHaveLength(1);
  });

  it("goes without when it is small, to somebody who was paid before, on this device; five in a row", async () => {
    await send(payer, await confirmed(payer, transferTo(payee, "1.00")));
    for (let number = 1; number <= 5; number += 1)
      expect((await send(payer, transferTo(payee, "2.00"))).id, `payment ${number}`).toBeDefined();
    expect(await send(payer, transferTo(payee, "2.00"))).toEqual({
      refused: "sca.required",
      reasons: ["cumulative"],
    });
    await send(payer, await confirmed(payer, transferTo(payee, "2.00")));
    expect((await send(payer, transferTo(payee, "2.00"))).id).toBeDefined();
  });

  it("that many small ones at once do not slip past together", async () => {
    await send(payer, await confirmed(payer, transferTo(payee, "1.00")));
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => send(payer, transferTo(payee, "1.00"))),
    );
    expect(answers.filter(({ id }) => id !== undefined)).toHaveLength(5);
    expect(await paidBy(payer)).toHaveLength(6);
  });

  it("sent again by the same attempt counts once", async () => {
    await send(payer, await confirmed(payer, transferTo(payee, "1.00")));
    for (let press = 0; press < 8; press += 1) await send(payer, transferTo(payee, "1.00"), "pressed-often");
    expect(await paidBy(payer)).toHaveLength(2);
    expect((await send(payer, transferTo(payee, "1.00"))).id).toBeDefined();
  });

  it("to a trusted payee goes without up to the strong limit, until they are trusted no longer", async () => {
    await send(payer, await confirmed(payer, transferTo(payee, "1.00"), true));
    expect((await send(payer, transferTo(payee, "250.00"))).id).toBeDefined();
    const { items } = await unwrap(payer.api.GET("/v1/me/trusted-payees"));
    expect(items.map(({ payeeId }) => payeeId)).toEqual([payee.id]);
    await payer.api.DELETE("/v1/me/trusted-payees/{payeeId}", { params: { path: { payeeId: payee.id } } });
    await send(rich, await confirmed(rich, transferTo(payer, "500.00")));
    expect((await send(payer, transferTo(payee, "250.00"))).reasons).toEqual(["above_limit"]);
  });

  it("after five minutes without a request, and after a demand of risk, even when it is small", async () => {
    await send(payer, await confirmed(payer, transferTo(payee, "1.00")));
    shiftMs = 5 * 60_000 + 1_000;
    // Looking around does not count as confirming.
    await payer.api.GET("/v1/balances");
    expect((await send(payer, transferTo(payee, "1.00"))).reasons).toEqual(["idle"]);
    await send(payer, await confirmed(payer, transferTo(payee, "1.00")));
    expect((await send(payer, transferTo(payee, "1.00"))).id).toBeDefined();

    await world.app.identity.stepUps.demand(payer.id, new Date(Date.now() + shiftMs + 60_000));
    expect((await send(payer, transferTo(payee, "1.00"))).reasons).toEqual(["risk"]);
  });

  it("out to a linked account is bound to that account", async () => {
    const body = { linkedAccountId: account, amount: { amount: "1500.00", currency: "CNY" } };
    const withdraw = (more: object) =>
      codeOf(
        unwrap(
          rich.api.POST("/v1/withdrawals", { params: { header: attempt() }, body: { ...body, ...more } }),
        ),
      );
    const payeeConfirmed = true;
    expect(await withdraw({ payeeConfirmed })).toBe("sca.required");
    const asked = await unwrap(rich.api.POST("/v1/step-ups", { body: { kind: "withdrawal", ...body } }));
    const stepUpId = await confirmByCode(world, rich, asked.id);
    expect(await withdraw({ payeeConfirmed, stepUpId })).toBe("accepted");
    expect(await withdraw({ payeeConfirmed, stepUpId })).toBe("sca.used");
  });
});

describe("attacks on a confirmation", () => {
  const changes: [string, (transfer: Transfer) => Transfer][] = [
    ["amount", (one) => ({ ...one, amount: { ...one.amount, amount: "299.99" } })],
    ["currency", (one) => ({ ...one, amount: { amount: "300.00", currency: "EUR" } })],
    ["payee", (one) => ({ ...one, payeeId: rich.id })],
    ["note", (one) => ({ ...one, note: "dinnеr" })],
    ["no note", ({ note: _, ...one }) => one],
  ];
  it.each(changes)("another %s: refused, and the confirmation is void", async (_what, change) => {
    const transfer = transferTo(payee, "300.00", "dinner");
    const good = await confirmed(payer, transfer);
    expect(await send(payer, { ...change(transfer), stepUpId: good.stepUpId })).toEqual({
      refused: "sca.dynamic_link_mismatch",
    });
    expect((await send(payer, good)).refused).toBe("sca.dynamic_link_mismatch");
    expect(await paidBy(payer)).toEqual([]);
  });

  it("a payee who changes their name meanwhile", async () => {
    const other = await world.customer("Name Before");
    const good = await confirmed(payer, transferTo(other));
    await unwrap(other.api.PATCH("/v1/me", { body: { displayName: "王小明" } }));
    expect((await send(payer, good)).refused).toBe("sca.dynamic_link_mismatch");
  });

  it("used twice, one after the other and at once: one payment", async () => {
    const good = await confirmed(payer, transferTo(payee, "100.00"));
    expect((await send(payer, good)).id).toBeDefined();
    expect((await send(payer, good)).refused).toBe("sca.used");
    const again = await confirmed(payer, transferTo(payee, "100.00"));
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(payer, again)));
    expect(answers.filter(({ id }) => id !== undefined)).toHaveLength(1);
    expect(answers.filter(({ refused }) => refused === "sca.used")).toHaveLength(9);
    expect(await paidBy(payer)).toHaveLength(2);
  });

  it("one that nobody answered", async () => {
    const { id } = await confirmTransfer(payer, transferTo(payee));
    expect((await send(payer, { ...transferTo(payee), stepUpId: id })).refused).toBe("sca.required");
  });

  it("another customer's, and one's own from another session: as unknown as one that does not exist", async () => {
    const theirs = await confirmed(rich, transferTo(payee));
    expect((await send(payer, theirs)).refused).toBe("request.not_found");
    const { id } = await confirmTransfer(rich, transferTo(payee));
    expect(await codeOf(answer(payer, id, { kind: "code", code: "123456" }))).toBe("request.not_found");
    // Still good for its owner: a stranger cannot void it.
    expect((await send(rich, theirs)).id).toBeDefined();
  });

  it("a code for another payment", async () => {
    const first = await confirmTransfer(payer, transferTo(payee, "1.00"));
    const second = await confirmTransfer(payer, transferTo(payee, "300.00"));
    const params = { path: { stepUpId: first.id } };
    await unwrap(payer.api.POST("/v1/step-ups/{stepUpId}/codes", { params, body: { channel: "email" } }));
    const code = await codeSentTo(world.app.identity.messages, { customerId: payer.id });
    expect(await codeOf(answer(payer, second.id, { kind: "code", code }))).toBe("sca.answer_wrong");
    expect((await answer(payer, first.id, { kind: "code", code })).status).toBe("confirmed");
  });

  it("guesses: five, also at once, then codes wait; the right one is too late", async () => {
    const { id } = await confirmTransfer(payer, transferTo(payee));
    const params = { path: { stepUpId: id } };
    await unwrap(payer.api.POST("/v1/step-ups/{stepUpId}/codes", { params, body: { channel: "email" } }));
    const code = await codeSentTo(world.app.identity.messages, { customerId: payer.id });
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
    const guesses = await Promise.all(
      Array.from({ length: 20 }, () => codeOf(answer(payer, id, { kind: "code", code: wrong }))),
    );
    expect(guesses.filter((one) => one === "sca.answer_wrong").length).toBeLessThanOrEqual(4);
    expect(await codeOf(answer(payer, id, { kind: "code", code }))).toBe("sca.locked");
    // Another confirmation does not begin the guessing anew.
    const next = await confirmTransfer(payer, transferTo(payee));
    expect(next.methods).toEqual([expect.objectContaining({ kind: "code", locked: true })]);
    expect(await codeOf(answer(payer, next.id, { kind: "code", code: wrong }))).toBe("sca.locked");
    shiftMs = 16 * 60_000;
    const later = await confirmed(payer, transferTo(payee));
    expect((await send(payer, later)).id).toBeDefined();
  });

  it("too late: five minutes to confirm and pay, however the clock stands", async () => {
    const { id } = await confirmTransfer(payer, transferTo(payee));
    const good = await confirmed(payer, transferTo(payee));
    shiftMs = 5 * 60_000 + 1_000;
    expect(await codeOf(answer(payer, id, { kind: "code", code: "123456" }))).toBe("sca.expired");
    expect((await send(payer, good)).refused).toBe("sca.expired");
    shiftMs = -60 * 60_000;
    expect((await send(payer, good)).id).toBeDefined();
  });
});

describe("by a passkey", () => {
  it("signs the digest; what is signed for anything else is refused", async () => {
    const authenticator = createAuthenticator(world.url);
    const options = await unwrap(payer.api.POST("/v1/me/passkeys/options"));
    await unwrap(
      payer.api.POST("/v1/me/passkeys", {
        body: { name: "Test key", credential: authenticator.create(options) },
      }),
    );
    const asked = await confirmTransfer(payer, transferTo(payee));
    expect(asked.methods[0]?.kind).toBe("passkey");
    const request = asked.passkeyOptions as NonNullable<typeof asked.passkeyOptions>;
    expect(request.challenge).toBe(asked.digest);

    const other = await confirmTransfer(payer, transferTo(payee, "1.00"));
    const credential = authenticator.get(request);
    expect(await codeOf(answer(payer, other.id, { kind: "passkey", credential }))).toBe("sca.answer_wrong");
    const elsewhere = authenticator.get(request, { origin: "https://example.org" });
    expect(await codeOf(answer(payer, asked.id, { kind: "passkey", credential: elsewhere }))).toBe(
      "sca.answer_wrong",
    );
    const shown = (value: string, payeeName = asked.payee.name) => ({
      type: "payment.get",
      clientData: { payment: { rpId: "localhost", payeeName, total: { value, currency: "CNY" } } },
    });
    for (const tampering of [shown("3.00"), shown("300.00", "Somebody else")]) {
      const forged = authenticator.get(request, tampering);
      expect(await codeOf(answer(payer, asked.id, { kind: "passkey", credential: forged }))).toBe(
        "sca.answer_wrong",
      );
    }
    const shownRight = await unwrap(
      payer.api.GET("/v1/step-ups/{stepUpId}", { params: { path: { stepUpId: asked.id } } }),
    );
    const right = authenticator.get(shownRight.passkeyOptions as typeof request, shown("300.00"));
    expect((await answer(payer, asked.id, { kind: "passkey", credential: right })).status).toBe("confirmed");
    expect((await send(payer, { ...transferTo(payee), stepUpId: asked.id })).id).toBeDefined();
  });
});

describe("by a PIN", () => {
  const setPin = (pin: string) => codeOf(unwrap(payer.api.POST("/v1/me/pin", { body: { pin } })));
  it("small sums on a known device only; five wrong tries lock it until something stronger", async () => {
    expect(await setPin("123456")).toBe("sca.pin_too_easy");
    expect(await setPin("739462")).toBe("accepted");
    const first = await confirmTransfer(payer, transferTo(payee, "1.00"));
    expect(first.methods.map(({ kind }) => kind)).toEqual(["code"]);
    await send(payer, await confirmed(payer, transferTo(payee, "1.00")));

    const stranger = rich;
    const small = await confirmTransfer(payer, transferTo(stranger, "201.00"));
    expect(small.methods.map(({ kind }) => kind)).toEqual(["pin", "code"]);
    expect(await codeOf(answer(payer, small.id, { kind: "pin", pin: "739463" }))).toBe("sca.answer_wrong");
    expect((await answer(payer, small.id, { kind: "pin", pin: "739462" })).status).toBe("confirmed");
    expect((await send(payer, { ...transferTo(stranger, "201.00"), stepUpId: small.id })).id).toBeDefined();

    const large = await confirmTransfer(payer, transferTo(payee, "1000.01"));
    expect(large.methods.map(({ kind }) => kind)).toEqual(["code"]);
    expect(await codeOf(answer(payer, large.id, { kind: "pin", pin: "739462" }))).toBe(
      "sca.method_not_offered",
    );

    const guessed = await confirmTransfer(payer, transferTo(payee, "20.00"));
    for (let guess = 0; guess < 5; guess += 1)
      await codeOf(answer(payer, guessed.id, { kind: "pin", pin: `00000${guess}` }));
    shiftMs = 16 * 60_000;
    const next = await confirmTransfer(payer, transferTo(payee, "20.00"));
    expect(next.methods).toContainEqual(expect.objectContaining({ kind: "pin", locked: true }));
    expect(await codeOf(answer(payer, next.id, { kind: "pin", pin: "739462" }))).toBe("sca.pin_locked");
    await confirmByCode(world, payer, next.id);
    const after = await confirmTransfer(payer, transferTo(payee, "20.00"));
    expect(after.methods).toContainEqual(expect.objectContaining({ kind: "pin", locked: false }));
  });
});

describe("by dynamic codes", () => {
  it("of another device: made from the digest, for this payment only", async () => {
    const { token, secret } = await unwrap(
      payer.api.POST("/v1/me/in-app-tokens", { body: { name: "Old phone" } }),
    );
    const large = transferTo(payee, "1000.01");
    const [asked, other] = [
      await confirmTransfer(payer, large),
      await confirmTransfer(payer, transferTo(payee)),
    ];
    expect(asked.methods.map(({ kind }) => kind)).toContain("in_app");
    const waiting = (await unwrap(payer.api.GET("/v1/step-ups"))).items.map(({ id }) => id);
    expect(waiting).toEqual(expect.arrayContaining([asked.id, other.id]));
    const codeFor = (digest: string) =>
      dynamicCode(
        createHmac("sha256", Buffer.from(secret, "base64")).update(Buffer.from(digest, "base64url")).digest(),
      );
    expect(await codeOf(answer(payer, asked.id, { kind: "in_app", code: codeFor(other.digest) }))).toBe(
      "sca.answer_wrong",
    );
    expect((await answer(payer, asked.id, { kind: "in_app", code: codeFor(asked.digest) })).status).toBe(
      "confirmed",
    );
    await payer.api.DELETE("/v1/me/tokens/{tokenId}", { params: { path: { tokenId: token.id } } });
    expect(await codeOf(answer(payer, other.id, { kind: "in_app", code: codeFor(other.digest) }))).toBe(
      "sca.method_not_offered",
    );
  });

  it("of a hardware token: connected by two codes, each code once, up to ten ahead, found again by two", async () => {
    const secret = Buffer.from("12345678901234567890");
    const code = (counter: number) => hotp(secret, BigInt(counter), 6);
    await world.app.db.query("DELETE FROM identity.token WHERE kind = 'hardware'");
    const staff = await world.staff("security");
    const stock = { tokens: [{ serial: "JQ-0001", secret: secret.toString("hex") }] };
    const taken = await unwrap(staff.POST("/v1/console/hardware-tokens", { body: stock }));
    expect(taken).toEqual({ added: 1, known: 0 });
    const connect = (codes: [string, string]) =>
      unwrap(payer.api.POST("/v1/me/hardware-tokens", { body: { serial: "JQ-0001", codes } }));
    expect(await codeOf(connect([code(3), code(5)]))).toBe("sca.token_unknown");
    const token = await connect([code(3), code(4)]);
    expect(await codeOf(connect([code(5), code(6)]))).toBe("sca.token_unknown");

    const confirmBy = async (counter: number) => {
      const { id } = await confirmTransfer(payer, transferTo(payee));
      return codeOf(answer(payer, id, { kind: "hardware_token", code: code(counter) }));
    };
    expect(await confirmBy(4)).toBe("sca.answer_wrong");
    expect(await confirmBy(5)).toBe("accepted");
    expect(await confirmBy(5)).toBe("sca.answer_wrong");
    expect(await confirmBy(16)).toBe("accepted");
    expect(await confirmBy(28)).toBe("sca.answer_wrong");
    const params = { path: { tokenId: token.id } };
    const body = { codes: [code(60), code(61)] as [string, string] };
    await unwrap(payer.api.POST("/v1/me/tokens/{tokenId}/resynchronisation", { params, body }));
    expect(await confirmBy(62)).toBe("accepted");
    // It is not bound to the payment: large sums need what is.
    const large = await confirmTransfer(payer, transferTo(payee, "1000.01"));
    expect(large.methods.map(({ kind }) => kind)).toEqual(["code"]);
  });
});

it("the database holds no code, PIN, secret or name of a payee in the clear", async () => {
  await unwrap(payer.api.POST("/v1/me/pin", { body: { pin: "864097" } }));
  await confirmed(payer, transferTo(payee, "1.00", "canary note"));
  const rows = await world.app.db.query(
    `SELECT row_to_json(t)::text AS text FROM identity.step_up t
     UNION ALL SELECT row_to_json(t)::text FROM identity.payment_pin t UNION ALL SELECT row_to_json(t)::text FROM identity.token t`,
  );
  const dump = rows.map(({ text }) => String(text)).join("\n");
  for (const secret of ["864097", "canary note", "P***", "Old phone"]) expect(dump).not.toContain(secret);
});
