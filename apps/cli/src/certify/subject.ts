import { randomUUID } from "node:crypto";
import { type Currency, formatDecimal } from "@jinqiao/money";
import type { FaultOperation, ScriptClient, ScriptPsu } from "@jinqiao/sandbox-bank/script-client";
import type {
  BankAccount,
  BankConnector,
  CardHolder,
  ConsentAccess,
  PaymentAnswer,
  PaymentOrder,
} from "@jinqiao/server/connectors";
import type { BankEntry } from "../instance/sandbox-banks/registration.ts";
import type { Inbox } from "./inbox.ts";
import { NotOffered } from "./not-offered.ts";

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

export type ConnectOptions = {
  timeoutMs?: number;
  clockOffsetMs?: number;
  /** Settings of the dialect that differ from the bank's entry. */
  settings?: Record<string, unknown>;
};

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
  connect(options?: ConnectOptions): BankConnector;
  script: ScriptClient;
  /** Whether somebody at the bank acts for the checks. Without that most of them are skipped, saying so. */
  scripted: boolean;
  /** Where the sandbox answers, and what opens its script API. */
  bankUrl: string;
  scriptToken: string;
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
  /** What the customer does about a payment that waits for them, and what is known of it then. */
  decide(
    payment: { waiting: WaitingAnswer; order: PaymentOrder; username: string },
    outcome: "confirm" | "refuse",
  ): Promise<Decided>;
  /** The customer ends the consent at the bank. */
  endAtBank(linked: Linked): Promise<void>;
  /** Waits until the bank has taken in what was sent to it, where that is not at once. */
  settle(): Promise<void>;
  /** What a customer knows and receives, where an account is linked by a form and a code. */
  binding?: {
    holder(username: string): Promise<CardHolder>;
    code(holder: CardHolder): Promise<string>;
  };
  /** An order under a reference of its own. */
  order(input: { from: string; to: string; amountMinor: bigint; creditorName?: string }): PaymentOrder;
  truth(iban: string): Promise<Truth>;
  /** An amount above which the bank asks the customer, where it does not ask for smaller ones. */
  askedAmountMinor?: bigint;
  /** Why there are no access tokens that could end, in a few words for the report. */
  tokenless?: string;
  /** Calls whose answers the bank signs. */
  signedAnswers?: readonly FaultOperation[];
  /** Where the bank is reached by files instead of calls. */
  files?: {
    /** Settings with which drills reach it from afar, so that a call can fail: by SFTP. */
    drillSettings: Record<string, unknown>;
    /** The same with other keys or secrets. */
    settings(change: { hostFingerprint?: string; password?: string }): Record<string, unknown>;
    /** The folder itself. */
    folder: string;
  };
  /** Makes a throw-away database for a server of ours, where the bank's days can be closed by script. */
  rehearsalDatabase?: () => Promise<{ url: string; drop(): Promise<void> }>;
  /** Settings by which our messages are signed with a key that the bank does not know, where they are signed. */
  forgedSettings?: Record<string, unknown>;
  close(): Promise<void>;
};

export type WaitingAnswer = Extract<PaymentAnswer, { outcome: "action_required" }>;
export type Decided = Partial<Awaited<ReturnType<NonNullable<BankConnector["completePayment"]>>>>;

/** Where dialects differ for a customer; everything absent is done as banks with pages do it. */
export type Driver = Partial<
  Pick<
    BankUnderTest,
    | "link"
    | "decide"
    | "truth"
    | "settle"
    | "endAtBank"
    | "binding"
    | "people"
    | "askedAmountMinor"
    | "forgedSettings"
    | "tokenless"
    | "signedAnswers"
    | "files"
  >
>;

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
export async function createSubject(
  base: Omit<
    BankUnderTest,
    "authorise" | "link" | "linked" | "decide" | "order" | "truth" | "settle" | "endAtBank" | "binding"
  >,
  driverOf: (bank: BankUnderTest) => Promise<Driver>,
): Promise<BankUnderTest> {
  let first: Promise<Linked> | undefined;
  const bank: BankUnderTest = {
    ...base,
    authorise: async (authorizationUrl, username, wish = {}) =>
      (await base.script.authorise({ authorizationUrl, username, ...wish })).redirectUrl,
    link: (wish = {}) =>
      bank.connector.capabilities.linking === "form" ? linkByForm(bank, wish) : linkByPages(bank, wish),
    async linked() {
      first ??= bank.link({ trusted: bank.connector.capabilities.oneTapTopUp });
      const linked = await first;
      // A certification takes longer than an access token lives.
      linked.access = await bank.connector.refreshAccess(linked.access);
      return linked;
    },
    decide: (payment, outcome) => decideOnPages(bank, payment, outcome),
    endAtBank: async ({ access }) => {
      await base.script.revokeConsent(access.bankConsentId);
    },
    // The script API answers when all that was handed over is worked on.
    settle: async () => {
      await base.script.trialBalance();
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
      returnUrl: base.redirectUri,
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
  return Object.assign(bank, await driverOf(bank));
}

function personOf(bank: BankUnderTest, username: string | undefined) {
  const person =
    username === undefined
      ? bank.people[0]
      : bank.people.find((candidate) => candidate.username === username);
  const account = person?.accounts.find(({ currency }) => currency === bank.currency);
  if (person === undefined || account === undefined)
    throw new NotOffered(`nobody at the bank has an account in ${bank.currency} that checks may use`);
  return { person, account };
}

async function linkByPages(bank: BankUnderTest, wish: LinkWish): Promise<Linked> {
  const connector = wish.connector ?? bank.connector;
  const { person, account: own } = personOf(bank, wish.username);
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
  const linked = { username: person.username, access, account, validUntil, frequencyPerDay };
  return wish.trusted && connector.completePayment !== undefined ? askForTrust(bank, linked) : linked;
}

/** Where trust is given with the first payment: a small one, confirmed by the customer. */
async function askForTrust(bank: BankUnderTest, linked: Linked): Promise<Linked> {
  const { access, account, username } = linked;
  const order = bank.order({ from: account.iban, to: bank.custody.iban, amountMinor: 1n });
  const waiting = await bank.connector.initiatePayment(order, access);
  if (waiting.outcome !== "action_required") throw new Error(`a first payment is ${waiting.outcome}`);
  const { standing } = await bank.decide({ waiting, order, username }, "confirm");
  if (standing === undefined) return linked;
  const { debtorIban, ...permission } = standing;
  return { ...linked, access: { ...access, standing: { [debtorIban]: permission } } };
}

async function linkByForm(bank: BankUnderTest, wish: LinkWish): Promise<Linked> {
  const { bind } = wish.connector ?? bank.connector;
  if (bind === undefined || bank.binding === undefined) throw new Error("nobody can fill in the bank's form");
  const { person } = personOf(bank, wish.username);
  const holder = await bank.binding.holder(person.username);
  const { bankConsentId } = await bind.start(bindingRequest(bank, holder));
  const bound = await bind.confirm({ bankConsentId, code: await bank.binding.code(holder) });
  if (bound.outcome !== "linked") throw new Error(`the right code was answered with ${bound.outcome}`);
  const account = bound.accounts.find(({ currency }) => currency === bank.currency);
  if (account === undefined) throw new Error("the agreement brought no account");
  const { access, validUntil } = bound;
  return { username: person.username, access, account, validUntil, frequencyPerDay: null };
}

/** What `bind.start` is asked with. */
export function bindingRequest(bank: Pick<BankUnderTest, "noticeUrl">, holder: CardHolder) {
  return { ...holder, requestId: randomUUID(), noticeUrl: bank.noticeUrl };
}

async function decideOnPages(
  bank: BankUnderTest,
  { waiting, order, username }: Parameters<BankUnderTest["decide"]>[0],
  outcome: "confirm" | "refuse",
): Promise<Decided> {
  const callbackUrl = await bank.authorise(waiting.actionUrl, username, { refuse: outcome === "refuse" });
  if (bank.connector.completePayment === undefined) return {};
  return bank.connector.completePayment({
    callbackUrl,
    state: stateOf(callbackUrl),
    requestId: order.requestId,
  });
}

/** The state with which the bank sent the customer back. */
export function stateOf(callbackUrl: string): string {
  const { searchParams, hash } = new URL(callbackUrl);
  return searchParams.get("state") ?? new URLSearchParams(hash.slice(1)).get("state") ?? "";
}
