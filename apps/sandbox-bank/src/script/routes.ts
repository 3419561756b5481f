/** The script API: what a test, a demonstration or the launcher may ask of the bank. Not part of any standard. */
import { timingSafeEqual, X509Certificate } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { JSONWebKeySet } from "jose";
import { findConsent, setConsentStatus } from "../consents/store.ts";
import type { Bank } from "../context.ts";
import type { SandboxDialect } from "../dialects.ts";
import {
  addFault,
  CALL_ACTIONS,
  clearFaults,
  FAULT_OPERATIONS,
  type FaultRule,
  listFaults,
  NOTICE_ACTIONS,
} from "../faults/faults.ts";
import { findAccountByIban, findAccounts, openCustodyAccount } from "../ledger/accounts.ts";
import { businessDate, closeDay } from "../ledger/end-of-day.ts";
import { CURRENCIES, parseAmount } from "../money.ts";
import { findTppClient, registerTppClient } from "../oauth/clients.ts";
import { findPayment } from "../payments/store.ts";
import { DEMO_PASSWORD } from "../seeds/people.ts";
import { addAlteration, type Change } from "../statements/alterations.ts";
import { CLIENT_KINDS, type ClientKind, SERVER_KINDS, type ServerKind } from "../tls/entrance.ts";
import { setClientKeys } from "../uk/clients.ts";
import { endByCustomer } from "../uk/consents.ts";
import { cancelOrder } from "../uk/orders.ts";
import { contractConsentId } from "../xs2a/access.ts";
import { registerClearing } from "./clearing.ts";
import type { AlterationInput, AuthoriseInput } from "./client.ts";
import { walkPages } from "./person.ts";
import { registerReturns } from "./returns.ts";

class ScriptError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** Whether the text is the script token. */
export function isScriptToken(bank: Bank, text: string): boolean {
  const given = Buffer.from(text);
  const expected = Buffer.from(bank.scriptToken);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

export async function registerScript(
  app: FastifyInstance,
  bank: Bank,
  dialect: Pick<SandboxDialect, "returnPayment">,
): Promise<void> {
  app.addHook("onRequest", async (request) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (!isScriptToken(bank, token)) throw new ScriptError(401, "The script token is missing or wrong.");
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) bank.log.error({ err: error }, "script call failed");
    return reply
      .code(status)
      .send({ error: status >= 500 ? `The bank failed: ${error.message}` : error.message });
  });
  registerParties(app, bank);
  registerAuthorisations(app, bank);
  registerDay(app, bank);
  registerFaults(app, bank);
  registerCertificates(app, bank);
  registerReturns(app, bank, dialect.returnPayment);
  registerClearing(app, bank);
}

/** A year: further off, no clock of a running bank is. */
const MAX_CLOCK_OFFSET_MS = 31_536_000_000;
const text = { type: "string", minLength: 1, maxLength: 200 } as const;
const object = (required: string[], properties: Record<string, unknown>) => ({
  body: { type: "object", required, properties, additionalProperties: false },
});

function registerParties(app: FastifyInstance, bank: Bank): void {
  app.post<{
    Body: {
      name: string;
      redirectUris: string[];
      rotate?: boolean;
      certificate?: string;
      jwks?: JSONWebKeySet;
    };
  }>(
    "/script/tpp-clients",
    {
      schema: object(["name", "redirectUris"], {
        name: text,
        redirectUris: { type: "array", minItems: 1, items: { type: "string", maxLength: 500 } },
        rotate: { type: "boolean" },
        certificate: { type: "string", minLength: 1, maxLength: 10_000 },
        jwks: {
          type: "object",
          required: ["keys"],
          properties: { keys: { type: "array", minItems: 1, maxItems: 10, items: { type: "object" } } },
        },
      }),
    },
    async (request) => {
      const wrong = request.body.redirectUris.find(
        (uri) => !/^https?:$/.test(URL.parse(uri)?.protocol ?? ""),
      );
      if (wrong !== undefined)
        throw new ScriptError(400, `redirectUris: "${wrong}" is not an http(s) address.`);
      const { jwks, ...client } = request.body;
      if (client.certificate !== undefined && !isCertificate(client.certificate))
        throw new ScriptError(400, "certificate is not an X.509 certificate in PEM form.");
      const registered = await registerTppClient(bank, client);
      if (jwks !== undefined) await setClientKeys(bank.db, registered.clientId, jwks);
      return registered;
    },
  );

  app.post<{ Body: { clientId: string; currencies: string[] } }>(
    "/script/custody-accounts",
    {
      schema: object(["clientId", "currencies"], {
        clientId: text,
        currencies: { type: "array", minItems: 1, items: text },
      }),
    },
    async (request) => {
      const { clientId, currencies } = request.body;
      const client = await findTppClient(bank.db, clientId);
      if (client === undefined) throw new ScriptError(404, "There is no such TPP client.");
      const unknown = currencies.find((currency) => !CURRENCIES.has(currency));
      if (unknown !== undefined) throw new ScriptError(400, `The bank keeps no accounts in ${unknown}.`);
      return bank.db.transaction(async (tx) => {
        const result: Record<string, string>[] = [];
        for (const currency of currencies) {
          const { iban, resourceId } = await openCustodyAccount(bank, tx, client, currency);
          result.push({ currency, iban, resourceId, consentId: contractConsentId(clientId) });
        }
        return result;
      });
    },
  );

  app.get<{ Querystring: { limit?: string; withHistory?: string } }>("/script/psus", async (request) => {
    const limit = Math.min(Math.max(Number(request.query.limit ?? "100") || 100, 1), 10_000);
    const { rows } = await bank.db.query<Record<string, unknown>>(
      `SELECT p.username, p.id AS "psuId", p.name,
              json_agg(json_build_object('iban', a.iban, 'currency', a.currency, 'resourceId', coalesce(a.resource_id, a.id)) ORDER BY a.iban)
                AS accounts
         FROM psus p JOIN accounts a ON a.owner_psu = p.id AND a.kind = 'customer'
        WHERE NOT $2 OR EXISTS (SELECT 1 FROM accounts h WHERE h.owner_psu = p.id AND h.sequence > 0)
        GROUP BY p.id ORDER BY length(p.username), p.username LIMIT $1`,
      [limit, request.query.withHistory === "true"],
    );
    return rows;
  });

  app.get<{ Params: { iban: string } }>("/script/accounts/:iban", async (request) => {
    await bank.catchUp();
    const account = await findAccountByIban(bank.db, request.params.iban);
    if (account === undefined) throw new ScriptError(404, "The bank has no such account.");
    return {
      iban: account.iban,
      currency: account.currency,
      kind: account.kind,
      resourceId: account.resourceId,
      ownerName: account.ownerName,
      bookedMinor: account.bookedMinor.toString(),
      availableMinor: account.availableMinor.toString(),
      expectedMinor: account.expectedMinor.toString(),
    };
  });

  app.post<{ Params: { iban: string } }>("/script/accounts/:iban/new-resource-id", async (request) => {
    const resourceId = bank.random.uuid();
    const { rowCount } = await bank.db.query("UPDATE accounts SET resource_id = $2 WHERE iban = $1", [
      request.params.iban,
      resourceId,
    ]);
    if (rowCount === 0) throw new ScriptError(404, "The bank has no such account.");
    return { resourceId };
  });

  app.get("/script/trial-balance", async () => {
    await bank.catchUp();
    const { rows } = await bank.db.query<{ currency: string; sum: bigint }>(
      "SELECT currency, sum(booked_minor) AS sum FROM accounts GROUP BY currency ORDER BY currency",
    );
    return rows.map(({ currency, sum }) => ({ currency, sumMinor: sum.toString() }));
  });
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).serialNumber !== "";
  } catch {
    return false;
  }
}

function registerAuthorisations(app: FastifyInstance, bank: Bank): void {
  app.post<{ Body: AuthoriseInput & { authorizationUrl: string } }>(
    "/script/authorise",
    {
      schema: object(["authorizationUrl", "username"], {
        authorizationUrl: { type: "string", maxLength: 4000 },
        username: text,
        password: text,
        accountIbans: { type: "array", items: text },
        trustTopUpsPerDay: text,
        refuse: { type: "boolean" },
      }),
    },
    async (request) => {
      const { authorizationUrl, username, password, accountIbans, trustTopUpsPerDay } = request.body;
      // Only this bank's own pages are walked: the address comes from outside.
      if (!authorizationUrl.startsWith(`${bank.baseUrl}/`)) {
        throw new ScriptError(400, `authorizationUrl must be on ${bank.baseUrl}.`);
      }
      const redirectUrl = await walk(
        authorizationUrl,
        {
          username,
          password: password ?? DEMO_PASSWORD,
          accountIbans: accountIbans ?? [],
          ...(trustTopUpsPerDay === undefined ? {} : { trustTopUpsPerDay }),
        },
        request.body.refuse === true ? "refuse" : "confirm",
      );
      return { redirectUrl };
    },
  );

  app.post<{ Params: { id: string } }>("/script/orders/:id/cancel", async (request, reply) => {
    const stopped = await bank.db.transaction((tx) => cancelOrder(bank, tx, request.params.id, null));
    if (!stopped) throw new ScriptError(409, "There is no such order that still waits for its day.");
    return reply.code(204).send();
  });

  app.post<{ Params: { id: string } }>("/script/consents/:id/revoke", async (request) => {
    await bank.db.transaction(async (tx) => {
      // A mandate is a consent whose id is written without dashes.
      const id = request.params.id.replace(/^(\w{8})(\w{4})(\w{4})(\w{4})(\w{12})$/, "$1-$2-$3-$4-$5");
      if (await endByCustomer(bank, tx, id, null)) return;
      const consent = await findConsent(bank, tx, id, { lock: true });
      if (consent === undefined) throw new ScriptError(404, "There is no such consent.");
      if (consent.status !== "valid")
        throw new ScriptError(409, `The consent is not valid (${consent.status}).`);
      await setConsentStatus(bank, tx, consent, "revokedByPsu");
    });
    await bank.catchUp();
    return { status: "revokedByPsu" };
  });

  for (const [verb, outcome] of [
    ["authorise", "confirm"],
    ["reject", "refuse"],
  ] as const) {
    app.post<{ Params: { id: string }; Body: { password?: string } | undefined }>(
      `/script/payments/:id/${verb}`,
      async (request) => {
        const payment = await findPayment(bank.db, request.params.id);
        const [debtor] = payment === undefined ? [] : await findAccounts(bank.db, [payment.debtorAccount]);
        if (payment === undefined || debtor === undefined)
          throw new ScriptError(404, "There is no such payment.");
        const { rows } = await bank.db.query<{ id: string; username: string | null }>(
          `SELECT s.id, (SELECT username FROM psus WHERE id = $2) AS username FROM authorisations s
            WHERE s.payment_id = $1 AND s.sca_status NOT IN ('finalised', 'failed') ORDER BY s.created_at DESC LIMIT 1`,
          [payment.id, debtor.ownerPsu],
        );
        const authorisation = rows[0];
        if (payment.status !== "RCVD" || authorisation?.username == null) {
          throw new ScriptError(409, `The payment waits for no customer (${payment.status}).`);
        }
        const page = `${bank.baseUrl}/sca/payments/${authorisation.id}`;
        const person = {
          username: authorisation.username,
          password: request.body?.password ?? DEMO_PASSWORD,
          accountIbans: [],
        };
        return { redirectUrl: await walk(page, person, outcome) };
      },
    );
  }
}

async function walk(...args: Parameters<typeof walkPages>): Promise<string> {
  try {
    return await walkPages(...args);
  } catch (error) {
    throw new ScriptError(422, (error as Error).message);
  }
}

function registerDay(app: FastifyInstance, bank: Bank): void {
  app.get("/script/business-date", async () => ({
    date: await businessDate(bank.db),
    timeZone: bank.timeZone,
  }));
  app.post("/script/end-of-day", async () => {
    await bank.catchUp();
    const closed = await closeDay(bank);
    await bank.catchUp();
    return closed;
  });

  app.post<{ Body: { offsetMs: number } }>(
    "/script/clock",
    {
      schema: object(["offsetMs"], {
        offsetMs: { type: "integer", minimum: -MAX_CLOCK_OFFSET_MS, maximum: MAX_CLOCK_OFFSET_MS },
      }),
    },
    async (request) => {
      bank.clock.setOffset(request.body.offsetMs);
      return { now: bank.clock.now().toISOString() };
    },
  );

  app.post<{ Body: AlterationInput }>(
    "/script/statement-alterations",
    {
      schema: object(["iban", "change"], {
        iban: text,
        endToEndId: text,
        change: {
          type: "object",
          minProperties: 1,
          maxProperties: 1,
          additionalProperties: false,
          properties: {
            amount: text,
            remove: { type: "boolean", const: true },
            add: {
              type: "object",
              required: ["amount", "direction", "reference", "counterparty"],
              additionalProperties: false,
              properties: {
                amount: text,
                direction: { enum: ["credit", "debit"] },
                reference: { ...text, maxLength: 35 },
                counterparty: { ...text, maxLength: 70 },
              },
            },
          },
        },
      }),
    },
    async (request) => {
      const { iban, endToEndId, change } = request.body;
      const account = await findAccountByIban(bank.db, iban);
      if (account === undefined) throw new ScriptError(404, "The bank has no such account.");
      const minor = (amount: string) => {
        const parsed = parseAmount(amount, account.currency);
        if (parsed === undefined || parsed <= 0n)
          throw new ScriptError(400, `"${amount}" is no amount above zero.`);
        return parsed.toString();
      };
      const stored: Change =
        change.add !== undefined
          ? {
              add: {
                amountMinor: minor(change.add.amount),
                direction: change.add.direction,
                reference: change.add.reference,
                counterparty: change.add.counterparty,
              },
            }
          : change.remove === true
            ? { remove: true }
            : { amountMinor: minor(change.amount ?? "") };
      return {
        id: await addAlteration(bank.db, {
          accountId: account.id,
          endToEndId: endToEndId ?? null,
          change: stored,
        }),
      };
    },
  );
}

function registerFaults(app: FastifyInstance, bank: Bank): void {
  const count = { type: "integer", minimum: 1, maximum: 1_000_000 };
  app.post<{ Body: FaultRule }>(
    "/script/faults",
    {
      schema: object(["operation", "action"], {
        operation: { enum: FAULT_OPERATIONS },
        endToEndId: text,
        action: { enum: [...CALL_ACTIONS, ...NOTICE_ACTIONS] },
        nth: count,
        times: count,
        delayMs: { type: "integer", minimum: 0, maximum: 600_000 },
      }),
    },
    async (request) => {
      await bank.catchUp();
      return addFault(bank.db, request.body);
    },
  );
  app.get("/script/faults", async () => {
    await bank.catchUp();
    return listFaults(bank.db);
  });
  app.delete("/script/faults", async (_request, reply) => {
    await clearFaults(bank.db);
    return reply.code(204).send();
  });
}

function registerCertificates(app: FastifyInstance, bank: Bank): void {
  const opened = () => {
    if (bank.entrance === undefined) throw new ScriptError(404, "The bank has no entrance over TLS.");
    return bank.entrance;
  };
  app.get("/script/tls", async () =>
    bank.entrance === undefined ? null : { url: bank.entrance.url, authority: bank.entrance.authority },
  );
  app.post<{ Body: { kind: ServerKind } }>(
    "/script/tls/server-certificate",
    { schema: object(["kind"], { kind: { enum: SERVER_KINDS } }) },
    async (request, reply) => {
      await opened().show(request.body.kind);
      return reply.code(204).send();
    },
  );
  app.post<{ Body: { kind: ClientKind; name: string } }>(
    "/script/tls/client-certificates",
    { schema: object(["kind", "name"], { kind: { enum: CLIENT_KINDS }, name: text }) },
    async (request) => opened().issue(request.body.kind, request.body.name),
  );
}
