import { randomBytes } from "node:crypto";
import type { Clock } from "../platform/clock.ts";
import { defaultRecoveryWaitMs, defaultSessionLifetimes, type SessionLifetimes } from "../platform/config.ts";
import type { Db } from "../platform/db.ts";
import type { Subscriptions } from "../platform/events.ts";
import type { RouteHandler } from "../platform/http/handler.ts";
import type { CustomerSession, SessionLookup } from "../platform/http/sessions.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import { createLookup } from "../platform/lookup.ts";
import { createMemory } from "../platform/memory.ts";
import type { ModuleMigrations } from "../platform/migrations.ts";
import type { Vault } from "../vault/index.ts";
import { type AccessReasons, createAccessReasons } from "./access-reasons.ts";
import { type Approvals, createApprovals } from "./approvals.ts";
import { type Audit, createAudit } from "./audit.ts";
import { auditRoutes } from "./audit-routes.ts";
import { createCodes } from "./codes.ts";
import { type Contact, createContacts, type Known } from "./contacts.ts";
import type { Core } from "./core.ts";
import { type CustomerName, nameOf } from "./customers.ts";
import { type DemoPeople, seedDemo } from "./demo.ts";
import { createDevices } from "./devices.ts";
import { createFactors } from "./factors.ts";
import { freezeRoutes } from "./freeze-routes.ts";
import { createFreezes, type Freezes } from "./freezes.ts";
import { lessonRoutes } from "./lessons.ts";
import { createMessages, type Messages } from "./messages.ts";
import { normalEmail } from "./names.ts";
import { createNotices } from "./notices.ts";
import { createPasskeys } from "./passkeys.ts";
import { createRecoveries } from "./recovery.ts";
import { recoveryRoutes } from "./recovery-routes.ts";
import { identityRoutes } from "./routes.ts";
import type { SecurityElsewhere } from "./security-centre.ts";
import { securityRoutes } from "./security-routes.ts";
import type { SessionRow } from "./session-sql.ts";
import { createSessions } from "./sessions.ts";
import * as sql from "./sql.ts";
import { staffDeskRoutes } from "./staff-desk.ts";
import { type StaffSignIn, staffSignInRoutes } from "./staff-sign-in.ts";
import { createStepUpModule, type StepUpPolicy, type StepUps } from "./step-up/index.ts";
import { createThrottle } from "./throttle.ts";

export type { AccessReasons } from "./access-reasons.ts";
export { holdsMs as lookHoldsMs } from "./access-reasons.ts";
export type { Approvals, ProposalDraft, ProposalKind } from "./approvals.ts";
export type { Actor, Audit, AuditDraft } from "./audit.ts";
export { createAudit, lateMs as auditLateMs } from "./audit.ts";
export { auditTrail, type TrailReport, trailText } from "./audit-chain.ts";
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
export { namesOfWhoDid, requirePermission } from "./staff.ts";
export { staffWithoutPasskey } from "./staff-without-passkey.ts";
export {
  lenientStepUpPolicy,
  type PaymentAuthentication,
  type PaymentToConfirm,
  type StepUpPolicy,
  type StepUps,
  usualStepUpPolicy,
} from "./step-up/index.ts";

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
  /** Address that people open; passkeys belong to its host. */
  publicUrl: string;
  /** How staff sign in; absent: with passkeys alone. */
  staffSignIn?: StaffSignIn;
  /** When payments have to be confirmed; absent: as installations use it. */
  stepUp?: StepUpPolicy | undefined;
  /** How long a recovery waits after its second proof, in milliseconds; absent: a day. */
  recoveryWaitMs?: number | undefined;
};

/** Customers, staff, their credentials and sessions. */
export type Identity = SessionLookup & {
  /** Names by id; ids that nobody has are left out. */
  customersById(ids: readonly string[]): Promise<Map<string, CustomerName>>;
  /** Finds a customer by address, however its letters are written. */
  customerByEmail(email: string): Promise<CustomerName | undefined>;
  /** Whether a browser is a device of the customer, and was not removed. */
  hasDevice(customerId: string, deviceId: string): Promise<boolean>;
  /** What is told to people: codes, security notices. */
  messages: Messages;
  /** How somebody is reached; undefined for whoever is unknown or was erased. */
  contactOf(to: Known): Promise<Contact | undefined>;
  /** @throws Refusal `identity.reauthentication_needed` when two factors were last given over five minutes ago */
  requireConfirmed(session: CustomerSession): void;
  /** Tells who has chosen a phrase against forged messages; messages are sent by a module above this one. */
  knowPhrases(isSet: (customerId: string) => Promise<boolean>): void;
  /** What stands still: payments, signing in, a card. */
  freezes: Freezes;
  /** The append-only record of who did what. */
  audit: Audit;
  /** For which customers a member of staff has said why their data must be seen. */
  looks: Pick<AccessReasons, "openTo" | "require">;
  /** What two people decide; modules above bring kinds of their own. */
  approvals: Approvals;
  /** Strong authentication of payments. */
  stepUps: StepUps;
  /** Hears of sessions that end in other processes; until it does, every request looks its session up. */
  listen(): Promise<{ close(): Promise<void> }>;
  /** Opens the accounts of a demo installation that are missing. Safe to repeat. */
  seedDemo(people: DemoPeople): Promise<void>;
  routes: RouteHandler[];
  jobs: JobHandlers;
  cron: CronJob[];
};

const expireProposalsTask = "identity.expire_proposals";
const deleteEndedTask = "identity.delete_ended_sessions";

export function createIdentity(deps: IdentityDeps): Identity {
  const { db } = deps;
  const customerOf = createLookup(async (ids) => {
    const rows = await sql.selectCustomers(db, deps.vault, ids);
    return new Map(rows.map((row) => [row.id as string, row]));
  });
  const random = deps.random ?? randomBytes;
  const basis = {
    ...deps,
    random,
    staffSignIn: deps.staffSignIn ?? ("passkey" as const),
    lifetimes: deps.lifetimes ?? defaultSessionLifetimes,
  };
  const memory = createMemory<SessionRow>(db, "identity_session_ended");
  const messages = createMessages(basis);
  const audit = createAudit(basis);
  const codes = createCodes(basis);
  const sessions = createSessions({ ...basis, memory });
  const passkeys = createPasskeys(basis);
  const freezes = createFreezes({ ...basis, messages, audit, memory });
  const factors = createFactors({ ...basis, codes, messages });
  const core: Core = {
    ...basis,
    messages,
    audit,
    codes,
    sessions,
    passkeys,
    freezes,
    factors,
    devices: createDevices({ ...basis, memory }),
    throttle: createThrottle(basis),
    notices: createNotices({ ...basis, messages }),
  };
  const approvals = createApprovals({ ...basis, audit });
  const access = createAccessReasons({ ...basis, audit });
  const desk = { ...core, approvals, access };
  const stepUp = createStepUpModule({
    ...core,
    policy: deps.stepUp,
    async channels(customerId) {
      const methods = await factors.methodsOf(customerId);
      return methods.flatMap(({ kind, masked }) =>
        (kind === "email" || kind === "sms") && masked !== undefined ? [{ channel: kind, masked }] : [],
      );
    },
    totp: {
      isSet: async (customerId) => (await factors.totps.addedAt(customerId)) !== null,
      check: (customerId, code) => factors.totps.use(customerId, code),
    },
  });
  factors.knowHardwareTokens({
    has: async (customerId) => (await stepUp.tokens.list(customerId)).some(({ kind }) => kind === "hardware"),
    check: (customerId, code) => stepUp.tokens.checkHardware(customerId, code),
  });
  const recoveries = createRecoveries(core, {
    waitMs: deps.recoveryWaitMs ?? defaultRecoveryWaitMs,
    async onTakenOver(tx, customerId) {
      await stepUp.pins.remove(tx, customerId);
      // Those that lie on the lost device; hardware is still in the owner's hand.
      for (const { id, kind } of await stepUp.tokens.list(customerId))
        if (kind === "in_app") await stepUp.tokens.remove(tx, customerId, id);
    },
  });
  let phraseSet: (customerId: string) => Promise<boolean> = async () => false;
  const securityElsewhere: SecurityElsewhere = async (customerId) => {
    const [pin, tokens, phrase] = await Promise.all([
      stepUp.pins.state(customerId),
      stepUp.tokens.list(customerId),
      phraseSet(customerId),
    ]);
    const hardwareTokens = tokens.filter(({ kind }) => kind === "hardware").length;
    return { pinSet: pin.set, hardwareTokens, phraseSet: phrase };
  };
  return {
    listen: memory.listen,
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
    hasDevice: core.devices.has,
    messages,
    contactOf: createContacts({ ...deps, phoneOf: factors.phoneOf }),
    requireConfirmed: sessions.requireConfirmed,
    knowPhrases(isSet) {
      phraseSet = isSet;
    },
    freezes,
    audit,
    looks: access,
    approvals,
    stepUps: stepUp.stepUps,
    seedDemo: (people) => seedDemo(deps, people),
    routes: [
      ...identityRoutes(core),
      ...securityRoutes(core, securityElsewhere),
      ...recoveryRoutes(recoveries),
      ...freezeRoutes({ db, freezes, sessions }),
      ...staffSignInRoutes({ ...core, staffSignIn: basis.staffSignIn }),
      ...staffDeskRoutes(desk),
      ...auditRoutes(core),
      ...stepUp.routes,
      ...lessonRoutes(core),
    ],
    jobs: {
      [deleteEndedTask]: () => sessions.deleteEnded(),
      ...audit.jobs,
      [expireProposalsTask]: () => approvals.expire(),
      ...stepUp.jobs,
    },
    cron: [
      { task: deleteEndedTask, pattern: "*/15 * * * *" },
      { task: expireProposalsTask, pattern: "7 * * * *" },
      ...stepUp.cron,
    ],
  };
}
