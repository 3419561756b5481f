import type { Logger } from "pino";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import type { Subscriptions } from "../platform/events.ts";
import type { RouteHandler } from "../platform/http/handler.ts";
import type { Ids } from "../platform/ids.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import type { ModuleMigrations } from "../platform/migrations.ts";
import type { Vault } from "../vault/index.ts";
import * as payments from "./bank-payments.ts";
import type { BankConnector } from "./connector.ts";
import { createConnector } from "./connectors/index.ts";
import { declaredRails } from "./connectors/rails.ts";
import { certificateState, ownCertificates } from "./connectors/shared/tls.ts";
import { type BankAccess, bankOf, type Deps } from "./context.ts";
import { custodyStatement } from "./custody-statements.ts";
import { type BankFault, withFaults } from "./faults.ts";
import { type BankHealth, createBankHealth, withHealth } from "./health.ts";
import { createJobs, cron } from "./jobs.ts";
import { findRecord, findRecords, findRecordsOf } from "./linked-accounts.ts";
import { createPayeeVerifier } from "./payee-verification.ts";
import { type Rail, railsOf } from "./rails.ts";
import { refreshSoon } from "./refresh.ts";
import { createRoutes } from "./routes.ts";
import { createSharedHealth } from "./shared-health.ts";
import type { Bank, BankConfig, Banks, HttpOptions } from "./types.ts";

export { banksFrom } from "./bank-config.ts";
export type { BankCapabilities, PaymentAnswer, PaymentOrder, Sighting } from "./connector.ts";
export type { BankFault } from "./faults.ts";
export { type Availability, workersFor } from "./health.ts";
export { compareNames } from "./name-matching.ts";
export type { PayeeVerification } from "./payee-verification.ts";
export { banksData } from "./personal-data.ts";
export type { Arrival, Rail } from "./rails.ts";
export type {
  BankConfig,
  Banks,
  CustodyStatement,
  HttpOptions,
  LinkedAccountRecord,
  LocalText,
  StatementEntry,
} from "./types.ts";

export const banksMigrations: ModuleMigrations = {
  module: "banks",
  folder: new URL("./migrations/", import.meta.url),
};

export type BanksDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  vault: Vault;
  subscriptions: Subscriptions;
  banks: readonly BankConfig[];
  /** Base address under which browsers and banks reach this server. */
  publicUrl: string;
  /** Base address of the wallet's pages. */
  walletUrl: string;
  /** The customer whose session a cookie opens; for the callback, which is a public route. */
  customerOf(cookie: string | undefined): Promise<string | undefined>;
  http?: HttpOptions;
  /** For tests: called around every call to a bank, and may throw there. */
  fault?: BankFault;
};

/** Everything about banks except the decision to move money. */
export function createBanks(deps: BanksDeps): Banks & {
  routes: RouteHandler[];
  jobs: JobHandlers;
  cron: CronJob[];
  /** Begins to hear what other processes learn of the health of banks. */
  listen(): Promise<void>;
  /** Ends idle connections to banks. */
  close(): Promise<void>;
} {
  const sharedHealth = createSharedHealth(deps);
  const banks = new Map<string, BankAccess>(
    deps.banks.map((config) => {
      const health = createBankHealth({ config, clock: deps.clock, shared: sharedHealth.of(config.id) });
      return [config.id, { config, connector: connectorOf(config, deps, health), health }];
    }),
  );
  const inner: Deps = {
    db: deps.db,
    clock: deps.clock,
    ids: deps.ids,
    logger: deps.logger,
    vault: deps.vault,
    subscriptions: deps.subscriptions,
    banks,
    publicUrl: deps.publicUrl.replace(/\/+$/, ""),
    walletUrl: deps.walletUrl.replace(/\/+$/, ""),
  };
  const list = () => [...banks.values()].map(describe);
  const rails = new Map<string, readonly Rail[]>(
    deps.banks.map((config) => [
      config.id,
      railsOf({
        declared: declaredRails(config),
        settings: config.rails,
        currencies: config.custodyAccounts.map(({ currency }) => currency),
      }),
    ]),
  );
  return {
    list,
    config: (bankId) => banks.get(bankId)?.config,
    capabilities: (bankId) => bankOf(inner, bankId).connector.capabilities,
    rails: (bankId) => rails.get(bankId) ?? [],
    availability: (bankId) => bankOf(inner, bankId).health.availability(),
    healthFigures: (bankId) => bankOf(inner, bankId).health.figures(),
    certificates: (bankId) =>
      ownCertificates(bankOf(inner, bankId).config)
        .map((one) => ({ ...one, state: certificateState(one, inner.clock.now()) }))
        .sort((a, b) => a.validTo.getTime() - b.validTo.getTime()),
    job: (bankId, work) => bankOf(inner, bankId).health.job(work),
    offersRecall: (bankId) => bankOf(inner, bankId).connector.recallPayment !== undefined,
    verifyPayee: ({ bankId, iban, currency, ownerName }, name) =>
      createPayeeVerifier(bankOf(inner, bankId).connector).verify({
        name,
        iban,
        currency,
        holderName: ownerName,
      }),
    verifyAccount: (bankId, account, name) =>
      createPayeeVerifier(bankOf(inner, bankId).connector).verify({ name, ...account }),
    custody: (bankId, currency) =>
      banks.get(bankId)?.config.custodyAccounts.find((account) => account.currency === currency),
    linkedAccount: (customerId, accountId) => findRecord(inner, customerId, accountId),
    linkedAccountsOf: (customerId) => findRecordsOf(inner, customerId),
    linkedAccountsById: (accountIds) => findRecords(inner, accountIds),
    payments: {
      initiate: (bankId, order) => payments.initiate(inner, bankId, order),
      status: (bankId, payment) => payments.status(inner, bankId, payment),
      cancel: (bankId, payment) => payments.cancel(inner, bankId, payment),
      recall: (bankId, payment) => payments.recall(inner, bankId, payment),
      find: (bankId, payment) => payments.find(inner, bankId, payment),
    },
    messagesOf: (paymentId) => payments.messagesOf(inner, paymentId),
    custodyStatement: (bankId, currency, date) => custodyStatement(inner, bankId, currency, date),
    refreshSoon: (accountId) => refreshSoon(inner, accountId),
    routes: createRoutes({ ...inner, customerOf: deps.customerOf, list }),
    jobs: createJobs(inner),
    cron,
    listen: () => sharedHealth.listen(),
    async close() {
      await Promise.all([...banks.values()].map(({ connector }) => connector.close()));
      await sharedHealth.close();
    },
  };
}

function connectorOf(config: BankConfig, deps: BanksDeps, health: BankHealth): BankConnector {
  const dialect = createConnector({
    config,
    clock: deps.clock,
    logger: deps.logger,
    ...(deps.http === undefined ? {} : { http: deps.http }),
  });
  const connector = withHealth(dialect, health);
  return deps.fault === undefined ? connector : withFaults(connector, deps.fault);
}

function describe({ config, connector, health }: BankAccess): Bank {
  const { state, until } = health.availability();
  const { executionWindowMs: _internal, cardPrefixes = [], ...capabilities } = connector.capabilities;
  return {
    id: config.id,
    name: config.name,
    currencies: config.custodyAccounts.map(({ currency }) => currency),
    capabilities: { ...capabilities, linking: capabilities.linking ?? "redirect" },
    cardPrefixes: [...cardPrefixes],
    health: { state, until: until?.toISOString() ?? null },
  };
}
