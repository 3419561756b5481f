import { randomBytes } from "node:crypto";
import { Writable } from "node:stream";
import { unwrap } from "@jinqiao/contract/client";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type QuickWorld,
  startQuickWorld,
} from "../apps/server/src/banks/connectors/quick-payment/testing/quick-world.ts";
import { systemClock } from "../apps/server/src/platform/clock.ts";
import { createLogger } from "../apps/server/src/platform/logger.ts";
import { sealedColumns } from "../apps/server/src/sealed-columns.ts";
import { createKeyProviders, openVault } from "../apps/server/src/vault/index.ts";
import { codeSentTo } from "./support/codes.ts";
import { shopLife } from "./support/shop-life.ts";
import { attempt, createWorld, type Session, type World } from "./support/world.ts";

// Whoever gets hold of a copy of the database or of the logs learns from them nobody's name, address, number, words or
// tokens. People live through the main job; then everything that was stored or logged is searched for what is theirs.

let world: World;
let quick: QuickWorld;
let logged = "";

beforeAll(async () => {
  quick = await startQuickWorld({ algorithm: "SM2-SM3" });
  world = await createWorld({
    moreBanks: [quick.config],
    // The bank has a day to show an order, so that one which got lost becomes a case for staff.
    executionWindowMs: 86_400_000,
    overrides: {
      logger: createLogger({
        level: "trace",
        destination: new Writable({
          write(chunk, _encoding, done) {
            logged += chunk;
            done();
          },
        }),
      }),
    },
  });
});
afterAll(async () => {
  await world.close();
  await quick.close();
});

const money = (amount: string, currency: string) => ({ amount, currency });
const canary = (word: string) => `${word} ${randomBytes(5).toString("hex")}`;

it("a copy of the database, and the logs, tell nothing of anybody", { timeout: 60_000 }, async () => {
  const secrets: Record<string, string> = {
    payerName: canary("Quillfeather"),
    payeeName: `祁檀溪${randomBytes(4).toString("hex")}`,
    newName: canary("Merriweather"),
    note: canary("for the cello lessons"),
    importedPayee: canary("Dr Halloran surgery"),
    phone: `+4477${Array.from(randomBytes(8), (byte) => byte % 10).join("")}`,
    deviceName: canary("Ottoline's telephone"),
    phrase: canary("marmalade lighthouse"),
    staffWords: canary("Mr Thistlewood rang about it"),
    staffNote: canary("Mrs Applegarth confirmed it on the telephone"),
    appeal: canary("I have moved to Larkspur Lane"),
    wrongAddress: `${randomBytes(6).toString("hex")}@people.example`,
  };
  const payer = await world.customer(secrets.payerName);
  const payee = await world.customer(secrets.payeeName, "zh");
  Object.assign(secrets, { payerEmail: payer.email, payeeEmail: payee.email });

  // What they say of themselves: a telephone, a name for their device, the phrase against forged messages.
  await unwrap(payer.api.POST("/v1/me/phone", { body: { phone: secrets.phone ?? "" } }));
  const code = await codeSentTo(world.app.identity.messages, { customerId: payer.id });
  await unwrap(payer.api.POST("/v1/me/phone/confirm", { body: { phone: secrets.phone ?? "", code } }));
  const devices = await unwrap(payer.api.GET("/v1/me/devices"));
  for (const { id } of devices.items)
    await unwrap(
      payer.api.PATCH("/v1/me/devices/{deviceId}", {
        params: { path: { deviceId: id } },
        body: { name: secrets.deviceName ?? "" },
      }),
    );
  expect(devices.items).toHaveLength(1);
  await unwrap(payer.api.PATCH("/v1/me/notification-settings", { body: { phrase: secrets.phrase ?? null } }));

  // An account at a bank, with the bank's own words for it, its number, its entries and its tokens.
  const accounts = await world.link(payer, "emma");
  const psu = (await world.bank.script.psus()).find(({ username }) => username === "emma");
  const gbp = accounts.get("GBP");
  if (psu === undefined || gbp === undefined) throw new Error("Emma has an account in GBP");
  secrets.iban = psu.accounts.find(({ currency }) => currency === "GBP")?.iban ?? "";
  secrets.ownerName = psu.name;

  // A card, by four elements of which nothing is kept.
  const holder = await quick.holder("linxiao");
  const binding = await unwrap(
    payee.api.POST("/v1/bank-bindings", {
      params: { header: attempt() },
      body: { bankId: "lotus", ...holder },
    }),
  );
  secrets.bankCode = await quick.code(holder.phone);
  await unwrap(
    payee.api.POST("/v1/bank-bindings/{bindingId}/confirmation", {
      params: { path: { bindingId: binding.id } },
      body: { code: secrets.bankCode },
    }),
  );
  const { cardNumber, idNumber, phone: cardPhone, holderName } = holder;
  Object.assign(secrets, { cardNumber, idNumber, cardPhone, holderName });
  delete secrets.bankCode; // Six digits stand in any number.

  // Money in, to somebody, out, and the bank's day closed.
  await unwrap(
    payer.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: gbp.id, amount: money("100.00", "GBP") },
    }),
  );
  await world.settleJobs();
  const sent = await unwrap(
    payer.api.POST("/v1/transfers", {
      params: { header: attempt() },
      body: { payeeId: payee.id, amount: money("10.00", "GBP"), note: secrets.note },
    }),
  );
  expect(sent.note).toBe(secrets.note);
  await unwrap(
    payer.api.POST("/v1/withdrawals", {
      params: { header: attempt() },
      body: { linkedAccountId: gbp.id, amount: money("20.00", "GBP"), payeeConfirmed: true },
    }),
  );
  await world.settleJobs();
  await unwrap(payer.api.PATCH("/v1/me", { body: { displayName: secrets.newName } }));
  await world.closeDay();
  await world.settleJobs();

  // What people read: their statement, a payment's receipts, an imported file.
  await payer.fetch(`${world.url}/v1/payments/${sent.id}/receipts`);
  const file = `Date,Amount,Currency,Payee\n2026-03-01,-9.00,GBP,${secrets.importedPayee}\n`;
  const read = await payer.fetch(`${world.url}/v1/statement-imports`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: file,
  });
  expect(read.status).toBe(201);
  const { id: importId } = (await read.json()) as { id: string };
  await unwrap(
    payer.api.POST("/v1/statement-imports/{importId}/keep", {
      params: { path: { importId } },
      body: { name: secrets.importedPayee },
    }),
  );

  // Staff look at it; somebody tries to sign in with a wrong password, and with an address that nobody has.
  const staff = await world.staff();
  for (const { id } of [payer, payee])
    await unwrap(
      staff.POST("/v1/console/customers/{customerId}/access", {
        params: { path: { customerId: id } },
        body: { reason: "customer_contact", text: secrets.staffWords ?? "" },
      }),
    );
  const shown = await unwrap(
    staff.GET("/v1/console/payments/{paymentId}", { params: { path: { paymentId: sent.id } } }),
  );
  expect(JSON.stringify(shown)).toContain(secrets.note);
  const frozen = await unwrap(
    staff.POST("/v1/console/customers/{customerId}/freezes", {
      params: { path: { customerId: payee.id } },
      body: { scope: "payments", reason: "suspected_fraud", note: secrets.staffWords ?? "" },
    }),
  );
  await unwrap(
    payee.api.POST("/v1/me/freezes/{freezeId}/appeals", {
      params: { path: { freezeId: frozen.id } },
      body: { text: secrets.appeal ?? "" },
    }),
  );
  await world.settleJobs();
  Object.assign(secrets, await deskWork(payer, gbp.id, secrets.staffNote ?? ""));
  Object.assign(secrets, await shopLife(world, payer));
  for (const email of [payer.email, secrets.wrongAddress])
    await payer.fetch(`${world.url}/v1/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ kind: "password", email, password: "not the right one" }),
    });
  await payer.fetch(`${world.url}/v1/payee-lookups`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: payee.email }),
  });
  Object.assign(secrets, await bankTokens());

  const dump = await dumped(world.databaseUrl);
  expect(dump).toContain(payer.id);
  expect(logged).toContain("/v1/");
  const found = Object.entries(secrets).flatMap(([what, secret]) => {
    expect(secret, what).not.toBe("");
    return formsOf(secret).flatMap(({ form, text }) => [
      ...linesWith(dump, text).map((line) => `${what} as ${form} in the database: ${line}`),
      ...linesWith(logged, text).map((line) => `${what} as ${form} in the log: ${line}`),
    ]);
  });
  expect(found).toEqual([]);
});

it("what the search looks for, it finds: in every form, wherever it stands", async () => {
  const word = canary("needle");
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    await client.query("CREATE TABLE public.haystack (a text, b jsonb, c bytea, d text)");
    const bytes = Buffer.from(word);
    await client.query("INSERT INTO public.haystack VALUES ($1, $2, $3, $4)", [
      `x${word}x`,
      JSON.stringify({ deep: [bytes.toString("hex"), word.toUpperCase()] }),
      Buffer.from(word, "utf16le"),
      `${Buffer.from(`z${word}z`).toString("base64")} ${bytes.toString("base64url")}`,
    ]);
    const dump = await dumped(world.databaseUrl);
    for (const { form, text } of formsOf(word)) {
      const wanted = ["text", "hex", "UTF-16 in hex", "base64 at 0", "base64 at 1"].includes(form);
      expect(linesWith(dump, text).length > 0, form).toBe(wanted);
    }
  } finally {
    await client.query("DROP TABLE public.haystack");
    await client.end();
  }
});

/**
 * What staff write while they work: beside a difference, two of them, beside a case, and where a bank is taken in.
 * @returns their names
 */
async function deskWork(
  payer: Session,
  linkedAccountId: string,
  note: string,
): Promise<Record<string, string>> {
  const [first, second] = await Promise.all([world.staff("operations"), world.staff("second")]);
  const body = (amount: string) => ({ linkedAccountId, amount: money(amount, "GBP") });
  await world.bank.script.addFault({ operation: "initiatePayment", action: "reset-connection-before" });
  await unwrap(
    payer.api.POST("/v1/withdrawals", {
      params: { header: attempt() },
      body: { ...body("5.00"), payeeConfirmed: true },
    }),
  );
  const openCases = async () =>
    (await unwrap(first.GET("/v1/console/cases", { params: { query: { status: "open" } } }))).items;
  for (let round = 0; round < 12 && (await openCases()).length === 0; round += 1) await world.settleJobs();
  const [lost] = await openCases();
  const decided = await unwrap(
    first.POST("/v1/console/cases/{caseId}/actions", {
      params: { path: { caseId: lost?.id ?? "" } },
      body: { action: "give_back", note },
    }),
  );
  expect(decided.log).toMatchObject([{ note }]);

  const altered = await unwrap(
    payer.api.POST("/v1/top-ups", { params: { header: attempt() }, body: body("7.00") }),
  );
  await world.settleJobs();
  const custody = world.config.custodyAccounts.find(({ currency }) => currency === "GBP");
  await world.bank.script.alterStatement({
    iban: custody?.iban ?? "",
    endToEndId: altered.reference,
    change: { amount: "6.00" },
  });
  await world.closeDay();
  const { items: breaks } = await unwrap(
    first.GET("/v1/console/breaks", { params: { query: { status: "open" } } }),
  );
  const found = breaks.find(({ ledgerSide }) => ledgerSide?.paymentId === altered.id);
  const resolve = (api: Session["api"]) =>
    unwrap(
      api.POST("/v1/console/breaks/{breakId}/resolution", {
        params: { path: { breakId: found?.id ?? "" }, header: attempt() },
        body: { action: "complete_payment", note },
      }),
    );
  const proposed = await resolve(first);
  const closed = await resolve(second);
  expect(closed.resolution?.note).toBe(`${note} / ${note}`);

  const { id: onboardingId } = await unwrap(
    first.POST("/v1/console/onboardings", {
      body: { bankId: "meadow", name: { en: "Meadow Bank", zh: "草原银行" } },
    }),
  );
  const step = { onboardingId, step: "legal" as const };
  await unwrap(
    first.POST("/v1/console/onboardings/{onboardingId}/steps/{step}/evidence", {
      params: { path: step },
      body: { kind: "other", title: note, content: note },
    }),
  );
  const { version } = await unwrap(
    second.POST("/v1/console/onboardings/{onboardingId}/steps/{step}/reopenings", {
      params: { path: step },
      body: { note },
    }),
  );
  const taken = await unwrap(
    first.PATCH("/v1/console/onboardings/{onboardingId}/steps/{step}", {
      params: { path: step },
      body: { version, owner: note },
    }),
  );
  const owner = taken.steps.find(({ step: name }) => name === "legal")?.owner;
  expect([taken.openedBy, owner]).toEqual([proposed.proposal?.by, note]);
  return {
    firstStaffName: proposed.proposal?.by ?? "",
    secondStaffName: closed.resolution?.by.split(", ")[1] ?? "",
  };
}

/** The tokens that banks gave us, opened by the vault. */
async function bankTokens(): Promise<Record<string, string>> {
  const vault = await openVault({
    databaseUrl: world.databaseUrl,
    providers: await createKeyProviders({ vaultKey: Buffer.from(world.secrets.vaultKey, "base64") }),
    columns: sealedColumns,
    clock: systemClock,
    listen: false,
  });
  try {
    const rows = await world.app.db.query<{ id: string; bank_consent_id: string; access_sealed: string }>(
      "SELECT id, bank_consent_id, access_sealed FROM banks.consent WHERE access_sealed IS NOT NULL",
    );
    const tokens = rows.flatMap((row) => {
      const place = { table: "banks.consent", column: "access_sealed", row: row.id };
      // The bank's name for the permission is no secret: nothing can be done with it alone.
      return stringsIn(JSON.parse(vault.open(place, row.access_sealed))).filter(
        (text) => text.length >= 20 && text !== row.bank_consent_id,
      );
    });
    expect(tokens.length).toBeGreaterThan(0);
    return Object.fromEntries(tokens.map((token, index) => [`bankToken${index}`, token]));
  } finally {
    await vault.close();
  }
}

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(stringsIn) : [];
}

/** Every row of every table in PostgreSQL's text form, which is what pg_dump writes; a line each, after its table's name. */
async function dumped(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
        ORDER BY 1`,
    );
    const lines: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ line: string }>(`SELECT t::text AS line FROM ${name} t`);
      lines.push(...rows.map(({ line }) => `${name}: ${line.replaceAll("\n", " ")}`));
    }
    return lines.join("\n");
  } finally {
    await client.end();
  }
}

/** The forms in which a text may hide: as it is, in hex, in UTF-16, and in base64 at each of its three alignments. */
function formsOf(secret: string): { form: string; text: string }[] {
  const base64 = (offset: number) => {
    const text = Buffer.from("\0".repeat(offset) + secret, "utf8").toString("base64url");
    // What stands at the ends depends on the neighbours.
    return text.slice(Math.ceil((offset * 4) / 3), text.length - 2);
  };
  return [
    { form: "text", text: secret },
    {
      form: "JSON",
      text: JSON.stringify(secret)
        .slice(1, -1)
        .replaceAll(/[^\x20-\x7e]/g, escaped),
    },
    { form: "URL", text: encodeURIComponent(secret) },
    { form: "hex", text: Buffer.from(secret, "utf8").toString("hex") },
    { form: "UTF-16 in hex", text: Buffer.from(secret, "utf16le").toString("hex") },
    ...[0, 1, 2].map((offset) => ({ form: `base64 at ${offset}`, text: base64(offset) })),
  ].filter(({ text }, index, all) => all.findIndex((other) => other.text === text) === index);
}

const escaped = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Where in a text another stands, whatever the case; base64 of both kinds is one. */
function linesWith(text: string, wanted: string): string[] {
  const same = (one: string) => one.toLowerCase().replaceAll("+", "-").replaceAll("/", "_");
  return same(text).includes(same(wanted))
    ? text
        .split("\n")
        .filter((line) => same(line).includes(same(wanted)))
        .map((line) => line.slice(0, 300))
    : [];
}
