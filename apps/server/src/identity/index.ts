import { randomBytes } from "node:crypto";
import type { Clock } from "../platform/clock.ts";
import { defaultSessionLifetimes, type SessionLifetimes } from "../platform/config.ts";
import type { Db } from "../platform/db.ts";
import type { Subscriptions } from "../platform/events.ts";
import type { RouteHandler } from "../platform/http/handler.ts";
import type { CustomerSession, SessionLookup } from "../platform/http/sessions.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import { createLookup } from "../platform/lookup.ts";
import type { ModuleMigrations } from "../platform/migrations.ts";
import type { Vault } from "../vault/index.ts";
import { type Audit, createAudit } from "./audit.ts";
import { type Contact, createContacts, type Known } from "./contacts.ts";
import { type CustomerName, nameOf } from "./customers.ts";
import { type DemoPeople, seedDemo } from "./demo.ts";
import { freezeRoutes } from "./freeze-routes.ts";
import { createFreezes, type Freezes } from "./freezes.ts";
import { lessonRoutes } from "./lessons.ts";
import { createMessages, type Messages } from "./messages.ts";
import { normalEmail } from "./names.ts";
import { identityRoutes } from "./routes.ts";
import { createSessions } from "./sessions.ts";
import * as sql from "./sql.ts";

export type { Actor, Audit, AuditDraft } from "./audit.ts";
export type { Contact } from "./contacts.ts";
export type { CustomerName } from "./customers.ts";
export type { DemoPeople } from "./demo.ts";
export type { FreezeDraft, Freezes, FrozenThing } from "./freezes.ts";
export {
  type Channel,
  deliverTask,
  type Message,
  type MessageContent,
  type Messages,
  type Recipient,
} from "./messages.ts";
export { maskEmail, maskName, maskPhone } from "./names.ts";
export { identityData } from "./sql.ts";
export { requireRole } from "./staff.ts";

export const identityMigrations: ModuleMigrations = {
  module: "identity",
  folder: new URL("./migrations/", import.meta.url),
};

export type IdentityDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  subscriptions: Subscriptions;
  /** Key for what must be recognised and not read, 32 bytes. */
  secret: Buffer;
  vault: Vault;
  random?: RandomBytes;
  lifetimes?: SessionLifetimes;
};

/** Customers, staff, their credentials and sessions. */
export type Identity = SessionLookup & {
  /** Names by id; ids that nobody has are left out. */
  customersById(ids: readonly string[]): Promise<Map<string, CustomerName>>;
  /** Finds a customer by address, however its letters are written. */
  customerByEmail(email: string): Promise<CustomerName | undefined>;
  /** What is told to people: codes, security notices. */
  messages: Messages;
  /** How somebody is reached; undefined for whoever is unknown or was erased. */
  contactOf(to: Known): Promise<Contact | undefined>;
  /** @throws Refusal `identity.reauthentication_needed` when two factors were last given over five minutes ago */
  requireConfirmed(session: CustomerSession): void;
  /** What stands still: payments, signing in, a card. */
  freezes: Freezes;
  /** The append-only record of who did what. */
  audit: Audit;
  /** Opens the accounts of a demo installation that are missing. Safe to repeat. */
  seedDemo(people: DemoPeople): Promise<void>;
  routes: RouteHandler[];
  jobs: JobHandlers;
  cron: CronJob[];
};

const deleteEndedTask = "identity.delete_ended_sessions";

export function createIdentity(deps: IdentityDeps): Identity {
  const { db } = deps;
  const customerOf = createLookup(async (ids) => {
    const rows = await sql.selectCustomers(db, deps.vault, ids);
    return new Map(rows.map((row) => [row.id as string, row]));
  });
  const sessions = createSessions({
    db,
    clock: deps.clock,
    ids: deps.ids,
    random: deps.random ?? randomBytes,
    vault: deps.vault,
    lifetimes: deps.lifetimes ?? defaultSessionLifetimes,
  });
  const messages = createMessages(deps);
  const audit = createAudit(deps);
  const freezes = createFreezes({ ...deps, messages, audit });
  return {
    sessionOf: sessions.sessionOf,
    customerOf: sessions.customerOf,
    staffOf: sessions.staffOf,
    async customersById(ids) {
      const wanted = [...new Set(ids)];
      const rows = await Promise.all(wanted.map(customerOf));
      return new Map(rows.flatMap((row) => (row ? [[row.id, nameOf(row)]] : [])));
    },
    async customerByEmail(email) {
      const row = await sql.selectCustomerByEmail(db, deps.vault, normalEmail(email));
      return row && nameOf(row);
    },
    messages,
    contactOf: createContacts({ ...deps, phoneOf: async () => null }),
    requireConfirmed: sessions.requireConfirmed,
    freezes,
    audit,
    seedDemo: (people) => seedDemo(deps, people),
    routes: [...identityRoutes({ ...deps, sessions }), ...freezeRoutes({ db, freezes, sessions })],
    jobs: { [deleteEndedTask]: () => sessions.deleteEnded(), ...audit.jobs },
    cron: [{ task: deleteEndedTask, pattern: "*/15 * * * *" }],
  };
}
