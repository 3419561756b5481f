import { randomUUID } from "node:crypto";
import { type Currency, formatDecimal } from "@jinqiao/money";
import type { ScriptClient, ScriptPsu } from "@jinqiao/sandbox-bank/script-client";
import type {
  BankAccount,
  BankConnector,
  ConsentAccess,
  PaymentAnswer,
  PaymentOrder,
} from "@jinqiao/server/connectors";
import type { BankEntry } from "../instance/sandbox-banks/registration.ts";
import type { Inbox } from "./inbox.ts";

/** A customer's link as the checks use it: the access and one account in the currency of the checks. */
export type Linked = {
  username: string;
  access: ConsentAccess;
  account: BankAccount;
  validUntil: string | null;
  frequencyPerDay: number | null;
};

export type LinkWish = {
  username?: string;
  /** Whether the customer allows top-ups without asking, up to a day's amount that no check reaches. */
  trusted?: boolean;
  /** The connector to link with; the usual one when absent. */
  connector?: BankConnector;
};

/** What a person does on the bank's own pages. */
export type AuthoriseWish = { accountIbans?: string[]; trustTopUpsPerDay?: string; refuse?: boolean };

/** Exact balances in minor units as the bank's own books have them, past every interface. */
export type Truth = { booked: bigint; available: bigint; expected: bigint };

/**
 * One bank to be certified: a connector that talks to a running sandbox, and the strings behind that sandbox.
 * What differs between dialects beyond the connector itself (how a person links an account where there are no pages)
 * is overridden in `drivers.ts`.
 */
export type BankUnderTest = {
  id: string;
  name: { en: string; zh: string };
  dialect: string;
  connector: BankConnector;
  /** Another connector to the same bank; closed with the subject. */
  connect(options?: { timeoutMs?: number; clockOffsetMs?: number }): BankConnector;
  script: ScriptClient;
  /** The bank as `banks.json` has it. */
  entry: BankEntry;
  /** The currency of all checks. */
  currency: Currency;
  custody: BankEntry["custodyAccounts"][number];
  /** Customers with an account in that currency. */
  people: readonly ScriptPsu[];
  redirectUri: string;
  noticeUrl: string;
  /** Collects what the bank sends to `noticeUrl`. */
  inbox: Inbox;
  /** Walks the bank's own pages for a person: answers the address that the bank sends them back to. */
  authorise(authorisationUrl: string, username: string, wish?: AuthoriseWish): Promise<string>;
  /** The whole way of a customer: consent, the bank's pages, back. */
  link(wish?: LinkWish): Promise<Linked>;
  /** The same customer every time, linked once, top-ups allowed where the bank offers that. */
  linked(): Promise<Linked>;
  /** What the customer does about a payment that waits for them. */
  decide(
    waiting: Extract<PaymentAnswer, { outcome: "action_required" }>,
    username: string,
    outcome: "confirm" | "refuse",
  ): Promise<void>;
  /** An order under a reference of its own. */
  order(input: { from: string; to: string; amountMinor: bigint; creditorName?: string }): PaymentOrder;
  truth(iban: string): Promise<Truth>;
  close(): Promise<void>;
};

/** Where dialects differ for a customer; everything absent is done as banks with pages do it. */
export type Driver = Partial<Pick<BankUnderTest, "link" | "decide" | "truth">>;

const trustLimitMinor = 50_000_000n;
const customerIp = "192.0.2.7";

export const inDays = (days: number): string =>
  new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** What `startConsent` is asked with. */
export function consentRequest(bank: Pick<BankUnderTest, "redirectUri" | "noticeUrl">) {
  return {
    requestId: randomUUID(),
    state: `state-${randomUUID()}`,
    redirectUri: bank.redirectUri,
    noticeUrl: bank.noticeUrl,
    validUntil: inDays(90),
    frequencyPerDay: 4,
    customerIp,
  };
}

/** A subject made of a running bank and its driver. */
export function createSubject(
  base: Omit<
    BankUnderTest,
    "authorise" | "link" | "linked" | "decide" | "order" | "truth" | "people" | "currency" | "custody"
  > & { people: readonly ScriptPsu[]; currency: Currency; custody: BankUnderTest["custody"] },
  driverOf: (bank: BankUnderTest) => Driver,
): BankUnderTest {
  let first: Promise<Linked> | undefined;
  const bank: BankUnderTest = {
    ...base,
    authorise: async (authorizationUrl, username, wish = {}) =>
      (await base.script.authorise({ authorizationUrl, username, ...wish })).redirectUrl,
    link: (wish = {}) => linkByPages(bank, wish),
    linked: () => {
      first ??= bank.link({ trusted: bank.connector.capabilities.oneTapTopUp });
      return first;
    },
    decide: async (waiting, username, outcome) => {
      await bank.authorise(waiting.actionUrl, username, { refuse: outcome === "refuse" });
    },
    order: ({ from, to, amountMinor, creditorName = "Jinqiao" }) => ({
      reference: `JQ${randomUUID().replaceAll("-", "").slice(0, 24)}`,
      requestId: randomUUID(),
      debtorIban: from,
      creditorIban: to,
      creditorName,
      amountMinor,
      currency: base.currency,
      remittance: "Certification",
      returnUrl: `${base.inbox.url}/v1/bank-payment-returns/pay_1`,
      noticeUrl: base.noticeUrl,
    }),
    truth: async (iban) => {
      const state = await base.script.account(iban);
      return {
        booked: BigInt(state.bookedMinor),
        available: BigInt(state.availableMinor),
        expected: BigInt(state.expectedMinor),
      };
    },
  };
  return Object.assign(bank, driverOf(bank));
}

async function linkByPages(bank: BankUnderTest, wish: LinkWish): Promise<Linked> {
  const connector = wish.connector ?? bank.connector;
  const person =
    wish.username === undefined
      ? bank.people[0]
      : bank.people.find(({ username }) => username === wish.username);
  const own = person?.accounts.find(({ currency }) => currency === bank.currency);
  if (person === undefined || own === undefined)
    throw new Error(`nobody at the bank has an account in ${bank.currency}`);
  const started = await connector.startConsent(consentRequest(bank));
  const callbackUrl = await bank.authorise(started.authorisationUrl, person.username, {
    accountIbans: [own.iban],
    ...(wish.trusted ? { trustTopUpsPerDay: formatDecimal(trustLimitMinor, bank.currency) } : {}),
  });
  const { access, accounts, validUntil, frequencyPerDay } = await connector.completeConsent({
    bankConsentId: started.bankConsentId,
    redirectUri: bank.redirectUri,
    callbackUrl,
    secrets: started.secrets,
    customerIp,
  });
  const account = accounts.find(({ currency }) => currency === bank.currency);
  if (account === undefined) throw new Error("the link brought no account that the customer had ticked");
  return { username: person.username, access, account, validUntil, frequencyPerDay };
}
