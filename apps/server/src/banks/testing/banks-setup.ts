import { randomBytes, randomUUID } from "node:crypto";
import type { Consent, LinkedAccount } from "@jinqiao/contract";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { hashOf } from "../../ledger/index.ts";
import { type Clock, systemClock } from "../../platform/clock.ts";
import type { StatementFault } from "../../platform/db.ts";
import { isErrorCode, Refusal } from "../../platform/errors.ts";
import { createSubscriptions } from "../../platform/events.ts";
import type { Context } from "../../platform/http/handler.ts";
import { createIds } from "../../platform/ids.ts";
import { createWorker } from "../../platform/jobs.ts";
import { createVault } from "../../vault/index.ts";
import { createBerlinGroupConnector } from "../connectors/berlin-group/index.ts";
import { createBankHealth } from "../health.ts";
import { type BankFault, createBanks, type HttpOptions } from "../index.ts";
import { type BankWorld, bankId, capturingLogger, customerIp, publicUrl } from "./bank-world.ts";

export const walletUrl = "http://localhost:7399";

/** The banks module on a real database against a real bank; routes are called as the HTTP platform calls them. */
export async function createBanksSetup(
  world: BankWorld,
  options: {
    clock?: Clock;
    http?: HttpOptions;
    fault?: BankFault;
    /** Breaks SQL statements of requests; jobs' own bookkeeping is left alone. */
    statementFault?: StatementFault;
  } = {},
) {
  const database = await createServerDatabase(
    options.statementFault === undefined ? {} : { fault: options.statementFault },
  );
  const clock = options.clock ?? systemClock;
  const ids = createIds(clock);
  const captured = capturingLogger();
  const masterKey = randomBytes(32).toString("base64");
  const shared = {
    db: database.db,
    clock,
    ids,
    logger: captured.logger,
    banks: [world.config],
    publicUrl,
    walletUrl,
    // The cookie of a test is the customer's id itself.
    customerOf: async (cookie: string | undefined) => cookie,
    http: { timeoutMs: 2_000, ...options.http },
  };
  const vault = createVault({ masterKey });
  const subscriptions = createSubscriptions();
  const create = (fault?: BankFault) =>
    createBanks({ ...shared, vault, subscriptions, ...(fault === undefined ? {} : { fault }) });
  const banks = create(options.fault);
  const connector = createBerlinGroupConnector({ config: world.config, ...shared });
  const worker = createWorker({
    databaseUrl: database.url,
    logger: captured.logger,
    handlers: banks.jobs,
    cron: [],
  });

  /** Calls a route; its answer must be what the contract says. */
  async function call<T>(
    id: string,
    context: { customerId?: string; cookie?: string; key?: string; [more: string]: unknown } = {},
  ): Promise<T> {
    const handler = banks.routes.find(({ route }) => route.id === id);
    if (handler === undefined) throw new Error(`no route ${id}`);
    const { customerId, cookie, key, ...rest } = context;
    const answer = await handler.run({
      params: {},
      query: {},
      body: {},
      requestId: "req",
      clientIp: customerIp,
      customerId,
      cookie: () => cookie,
      idempotency: {
        key: `${customerId}/${id}/${key ?? randomUUID()}`,
        hash: hashOf({ params: rest.params ?? {}, body: rest.body ?? {} }),
      },
      ...rest,
    } as unknown as Context);
    return (handler.route.response === undefined ? answer : handler.route.response.parse(answer)) as T;
  }

  const newCustomer = () => ids.next("cus");

  /** The whole way of a person: link, the bank's pages, back. Answers the consent and the accounts by currency. */
  async function link(
    customerId: string,
    username: string,
    wish: { currencies?: string[]; trustTopUpsPerDay?: string } = {},
  ) {
    const consent = await call<Consent>("createConsent", { customerId, body: { bankId } });
    const accountIbans = await Promise.all(
      (wish.currencies ?? ["CNY"]).map((currency) => world.ibanOf(username, currency)),
    );
    const { redirectUrl } = await world.bank.script.authorise({
      authorizationUrl: consent.authorisationUrl ?? "",
      username,
      accountIbans,
      ...(wish.trustTopUpsPerDay === undefined ? {} : { trustTopUpsPerDay: wish.trustTopUpsPerDay }),
    });
    const callback = callbackContext(redirectUrl, customerId);
    const { redirect } = await call<{ redirect: string }>("bankCallback", callback);
    const { items } = await call<{ items: LinkedAccount[] }>("listLinkedAccounts", { customerId });
    const accounts = new Map(items.map((account) => [account.currency, account]));
    return { consentId: consent.id, consent, redirectUrl, callback, redirect, accounts };
  }

  return {
    ...database,
    banks,
    /** Another process of the same server. */
    create,
    /** The bank itself, past the module. */
    connector,
    deps: {
      ...shared,
      vault,
      subscriptions,
      banks: new Map([
        [
          bankId,
          { config: world.config, connector, health: createBankHealth({ config: world.config, clock }) },
        ],
      ]),
    },
    worker,
    clock,
    ids,
    log: captured.lines,
    call,
    link,
    newCustomer,
    /** Names of the events about a customer, oldest first. */
    async events(customerId: string): Promise<string[]> {
      const rows = await database.db.query<{ name: string; payload: { status?: string } }>(
        "SELECT name, payload FROM platform.outbox WHERE payload ->> 'customerId' = $1 ORDER BY id",
        [customerId],
      );
      return rows.map(({ name, payload }) =>
        payload.status === undefined ? name : `${name} ${payload.status}`,
      );
    },
    async close() {
      await worker.close();
      await banks.close();
      await connector.close();
      await database.drop();
    },
  };
}
export type BanksSetup = Awaited<ReturnType<typeof createBanksSetup>>;

/** What the browser brings back from the bank. */
export function callbackContext(redirectUrl: string, cookie: string | undefined) {
  return {
    params: { bankId },
    query: Object.fromEntries(new URL(redirectUrl).searchParams),
    ...(cookie === undefined ? {} : { cookie }),
  };
}

/** The code with which a call was refused. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Refusal && isErrorCode(error.code)) return error.code;
    throw error;
  }
  return "accepted";
}
