import { type Currency, formatDecimal, isCurrency, parseDecimal } from "@jinqiao/money";
import {
  AccessError,
  type BankEntry,
  type PaymentAnswer,
  type PaymentOrder,
  Refusal,
} from "@jinqiao/server/connectors";
import { type BankUnderTest, consentRequest, inDays, type Linked } from "./subject.ts";

/** Something the person typed that cannot be done; told in one line, and the shell goes on. */
export class ShellError extends Error {}

type Verb = {
  /** Arguments as the help shows them. */
  usage: string;
  summary: { en: string; zh: string };
  run(state: ShellState, args: readonly string[]): Promise<string>;
};

/** What a session remembers between two lines. */
type ShellState = {
  bank: BankUnderTest;
  /** Whether the bank's script API is at hand: it walks pages, closes days and breaks things. */
  scripted: boolean;
  waiting: { bankConsentId: string; secrets: Record<string, string> } | undefined;
  linked: Linked | undefined;
  order: PaymentOrder | undefined;
  answer: PaymentAnswer | undefined;
  raw: boolean;
};

export type Shell = {
  /** Runs one line and answers what to show. @throws ShellError for what cannot be done */
  run(line: string): Promise<string>;
  /** Whether the lines of the connector's own log are to be shown. */
  readonly raw: boolean;
};

const customerIp = "192.0.2.7";

const verbs: Readonly<Record<string, Verb>> = {
  bank: {
    usage: "",
    summary: { en: "what is known of the bank, and what it can do", zh: "银行信息与其能力" },
    async run({ bank }) {
      const { name, dialect, connector, custody } = bank;
      const can = Object.entries(connector.capabilities).map(([key, value]) => `${key}=${value}`);
      return [
        `${name.en} ${name.zh}, ${dialect}`,
        `custody ${custody.iban} ${custody.currency} (${custody.resourceId})`,
        can.join(" "),
      ].join("\n");
    },
  },
  people: {
    usage: "",
    summary: { en: "the sandbox's customers and their accounts", zh: "沙盒银行的客户与账户" },
    async run(state) {
      const people = await scripted(state).script.psus();
      return people
        .map(({ username, name, accounts }) => {
          const list = accounts.map(({ iban, currency }) => `  ${iban} ${currency}`);
          return [`${username}  ${name}`, ...list].join("\n");
        })
        .join("\n");
    },
  },
  link: {
    usage: "[USERNAME] [trust]",
    summary: {
      en: "link a customer's account; at a bank without script API: print the page to open",
      zh: "绑定客户账户；无脚本接口的银行则显示需打开的页面",
    },
    async run(state, args) {
      const { bank } = state;
      if (!state.scripted) {
        const started = await bank.connector.startConsent(consentRequest(bank));
        state.waiting = started;
        return `consent ${started.bankConsentId}\nOpen ${started.authorisationUrl}\nthen say: callback ADDRESS`;
      }
      const trusted = args.includes("trust");
      const username = args.find((word) => word !== "trust");
      if (username !== undefined && !bank.people.some((person) => person.username === username))
        throw new ShellError(`Nobody is called "${username}" there; say "people".`);
      state.linked = await bank.link({ trusted, ...(username === undefined ? {} : { username }) });
      return linkedLines(state.linked);
    },
  },
  callback: {
    usage: "ADDRESS",
    summary: { en: "the address to which the bank sent the customer back", zh: "银行将客户送回的地址" },
    async run(state, [callbackUrl]) {
      if (state.waiting === undefined) throw new ShellError('Say "link" first.');
      if (callbackUrl === undefined || !URL.canParse(callbackUrl))
        throw new ShellError("Give the whole address to which the bank sent you back.");
      const { bank, waiting } = state;
      const done = await bank.connector.completeConsent({
        bankConsentId: waiting.bankConsentId,
        redirectUri: bank.redirectUri,
        callbackUrl,
        secrets: waiting.secrets,
        customerIp,
      });
      const account = done.accounts.find(({ currency }) => currency === bank.currency) ?? done.accounts[0];
      if (account === undefined) throw new ShellError("The link brought no account.");
      state.linked = { username: "", account, ...done };
      return linkedLines(state.linked);
    },
  },
  consent: {
    usage: "",
    summary: { en: "how the consent stands", zh: "授权状态" },
    run: async (state) => state.bank.connector.consentStatus(linked(state).access.bankConsentId),
  },
  refresh: {
    usage: "",
    summary: { en: "refresh the access", zh: "刷新访问凭证" },
    async run(state) {
      const link = linked(state);
      link.access = await state.bank.connector.refreshAccess(link.access, { force: true });
      return `until ${link.access.expiresAt}`;
    },
  },
  revoke: {
    usage: "",
    summary: { en: "end the consent", zh: "解除授权" },
    async run(state) {
      const { bankConsentId } = linked(state).access;
      await state.bank.connector.revokeConsent(bankConsentId);
      return state.bank.connector.consentStatus(bankConsentId);
    },
  },
  accounts: {
    usage: "",
    summary: { en: "the linked account and our own", zh: "已绑定账户与自有账户" },
    async run({ bank, linked: link }) {
      const own = `${bank.custody.iban} ${bank.custody.currency}  custody`;
      if (link === undefined) return own;
      const { iban, currency, name, ownerName } = link.account;
      return `${iban} ${currency}  ${[ownerName, name].filter(Boolean).join(", ")}\n${own}`;
    },
  },
  balance: {
    usage: "",
    summary: { en: "balance of the linked account", zh: "已绑定账户余额" },
    async run(state) {
      const { access, account } = linked(state);
      const { booked, available } = await state.bank.connector.balance(access, account, customerIp);
      const shown = available === null ? "" : `, available ${amountOf(available, account.currency)}`;
      return `booked ${amountOf(booked, account.currency)}${shown}`;
    },
  },
  entries: {
    usage: "[FROM]",
    summary: { en: "entries since a date; the last 30 days", zh: "某日起的明细，默认近 30 天" },
    async run(state, [from = inDays(-30)]) {
      const { access, account } = linked(state);
      const entries = await state.bank.connector.entries(access, account, { from: dateOf(from) }, customerIp);
      return entries.length === 0 ? "no entries" : entries.map(entryLine).join("\n");
    },
  },
  pay: {
    usage: "in|out AMOUNT [ACCOUNT]",
    summary: {
      en: "in: from the linked account to custody; out: from custody to an account",
      zh: "in：由已绑定账户付入托管账户；out：由托管账户付出",
    },
    async run(state, [direction, amount, account]) {
      const { bank } = state;
      const amountMinor = minorOf(amount, bank.currency);
      if (direction === "in") {
        const link = linked(state);
        state.order = bank.order({ from: link.account.iban, to: bank.custody.iban, amountMinor });
        state.answer = await bank.connector.initiatePayment(state.order, link.access);
      } else if (direction === "out") {
        const to = account ?? state.linked?.account.iban;
        if (to === undefined) throw new ShellError("Name the account to pay to, or link one first.");
        state.order = bank.order({ from: bank.custody.iban, to, amountMinor, creditorName: "Workbench" });
        state.answer = await bank.connector.initiatePayment(state.order, null);
      } else throw new ShellError('Say "pay in AMOUNT" or "pay out AMOUNT [ACCOUNT]".');
      return `${state.order.reference}\n${answerLines(state.answer)}`;
    },
  },
  again: {
    usage: "",
    summary: { en: "send the last order again, unchanged", zh: "原样重发上一指令" },
    async run(state) {
      if (state.order === undefined) throw new ShellError('Nothing was sent yet; say "pay".');
      const own = state.order.debtorIban === state.bank.custody.iban;
      const access = own ? null : linked(state).access;
      state.answer = await state.bank.connector.initiatePayment(state.order, access);
      return answerLines(state.answer);
    },
  },
  confirm: {
    usage: "",
    summary: { en: "the customer agrees to the payment that waits", zh: "客户确认待确认的付款" },
    run: (state) => decide(state, "confirm"),
  },
  refuse: {
    usage: "",
    summary: { en: "the customer refuses the payment that waits", zh: "客户拒绝待确认的付款" },
    run: (state) => decide(state, "refuse"),
  },
  status: {
    usage: "[ID]",
    summary: { en: "how a payment stands, by the bank's id", zh: "按银行编号查询付款状态" },
    async run(state, [id]) {
      const status = await state.bank.connector.paymentStatus(id ?? lastId(state), state.bank.currency);
      return status.outcome === "waiting" ? `waiting ${status.bankStatus}` : answerLines(status);
    },
  },
  cancel: {
    usage: "[ID]",
    summary: { en: "cancel a payment", zh: "撤销付款" },
    run: (state, [id]) => state.bank.connector.cancelPayment(id ?? lastId(state), state.bank.currency),
  },
  find: {
    usage: "[REFERENCE]",
    summary: { en: "look for a payment by our reference", zh: "按本方编号查找付款" },
    async run(state, [reference = state.order?.reference]) {
      if (reference === undefined) throw new ShellError("Name a reference.");
      const sighting = await state.bank.connector.findPayment(reference, state.bank.custody, inDays(-30));
      if (sighting.found === true) return `found, ${sighting.status}`;
      return sighting.found === false ? "not found" : `unknown: ${sighting.why}`;
    },
  },
  statement: {
    usage: "DATE",
    summary: { en: "the statement of our own account, as the bank wrote it", zh: "自有账户对账单原文" },
    async run(state, [date]) {
      const xml = await state.bank.connector.custodyStatement(state.bank.custody, dateOf(date));
      return xml ?? "the day is open";
    },
  },
  "end-of-day": {
    usage: "",
    summary: { en: "close the sandbox's day", zh: "沙盒银行日终" },
    async run(state) {
      const { closedDate, entries } = await scripted(state).script.endOfDay();
      return `${closedDate} closed, ${entries} entries`;
    },
  },
  faults: {
    usage: "[ACTION [OPERATION] | clear]",
    summary: { en: "show, add or clear the sandbox's faults", zh: "查看、添加或清除沙盒故障" },
    async run(state, [action, operation = "*"]) {
      const { script } = scripted(state);
      if (action === "clear") await script.clearFaults();
      else if (action !== undefined) await script.addFault({ action, operation } as never);
      const faults = await script.faults();
      return faults.length === 0
        ? "no faults"
        : faults
            .map((one) => `${one.action} on ${one.operation}: ${one.fired} of ${one.times} struck`)
            .join("\n");
    },
  },
  clock: {
    usage: "HOURS",
    summary: {
      en: "put the sandbox's clock wrong by so many hours",
      zh: "将沙盒银行时钟拨快（负数为拨慢）若干小时",
    },
    async run(state, [hours = ""]) {
      if (!/^-?\d{1,4}$/.test(hours))
        throw new ShellError("Give whole hours, for example 24 or -24; 0 is right.");
      return (await scripted(state).script.setClock(Number(hours) * 3_600_000)).now;
    },
  },
  raw: {
    usage: "on|off",
    summary: { en: "show every call that the connector makes", zh: "显示连接器的每次调用" },
    async run(state, [word]) {
      if (word !== "on" && word !== "off") throw new ShellError('Say "raw on" or "raw off".');
      state.raw = word === "on";
      return state.raw ? "calls are shown" : "calls are not shown";
    },
  },
};

/** A shell on one bank. */
export function createShell(
  bank: BankUnderTest,
  options: { scripted: boolean; language: "en" | "zh" },
): Shell {
  const state: ShellState = {
    bank,
    scripted: options.scripted,
    waiting: undefined,
    linked: undefined,
    order: undefined,
    answer: undefined,
    raw: false,
  };
  return {
    get raw() {
      return state.raw;
    },
    async run(line) {
      const [name = "", ...args] = line.trim().split(/\s+/);
      if (name === "" || name.startsWith("#")) return "";
      if (name === "help") return help(options.language);
      if (!Object.hasOwn(verbs, name)) throw new ShellError(`"${name}" is no command here; say "help".`);
      try {
        return await (verbs[name] as Verb).run(state, args);
      } catch (error) {
        if (error instanceof ShellError) throw error;
        if (error instanceof AccessError) throw new ShellError(error.message);
        if (error instanceof Refusal) throw new ShellError(`${error.code}${causeOf(error)}`);
        throw new ShellError((error as Error).message);
      }
    },
  };
}

function help(language: "en" | "zh"): string {
  const rows = Object.entries(verbs).map(([name, { usage, summary }]) => ({
    left: `${name} ${usage}`.trim(),
    right: summary[language],
  }));
  const width = Math.max(...rows.map(({ left }) => left.length));
  return rows.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

function causeOf(error: Refusal): string {
  return error.cause instanceof Error ? `: ${error.cause.message}` : "";
}

function linked(state: ShellState): Linked {
  if (state.linked === undefined) throw new ShellError('No account is linked; say "link".');
  return state.linked;
}

function scripted(state: ShellState): BankUnderTest {
  if (!state.scripted) throw new ShellError("This bank has no script API: only a sandbox does that.");
  return state.bank;
}

function lastId(state: ShellState): string {
  const id =
    state.answer !== undefined && "bankPaymentId" in state.answer ? state.answer.bankPaymentId : null;
  if (id === null) throw new ShellError('Name the bank\'s id of the payment, or say "pay" first.');
  return id;
}

async function decide(state: ShellState, outcome: "confirm" | "refuse"): Promise<string> {
  const { bank } = scripted(state) && state;
  const { answer } = state;
  if (answer?.outcome !== "action_required") throw new ShellError("No payment waits for the customer.");
  const order = state.order as PaymentOrder;
  const { answer: decided } = await bank.decide(
    { waiting: answer, order, username: linked(state).username },
    outcome,
  );
  if (decided !== undefined) return answerLines(decided);
  const status = await bank.connector.paymentStatus(answer.bankPaymentId, bank.currency);
  return status.outcome === "waiting" ? `waiting ${status.bankStatus}` : answerLines(status);
}

function dateOf(text: string | undefined): string {
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new ShellError("Give a date as 2026-01-31.");
  return text;
}

function minorOf(text: string | undefined, currency: Currency): bigint {
  try {
    const minor = parseDecimal(text ?? "", currency);
    if (minor > 0n) return minor;
  } catch {
    // Told below, with the other wrong amounts.
  }
  throw new ShellError(
    `Give an amount of ${currency} above zero, for example ${formatDecimal(1_250n, currency)}.`,
  );
}

function amountOf(minor: bigint, currency: string): string {
  return isCurrency(currency)
    ? `${formatDecimal(minor, currency)} ${currency}`
    : `${minor} minor units of ${currency}`;
}

function linkedLines({ account, access, validUntil }: Linked): string {
  const until = validUntil === null ? "" : `, valid until ${validUntil}`;
  const owner = account.ownerName === null ? "" : `  ${account.ownerName}`;
  return `${account.iban} ${account.currency}${owner}\nconsent ${access.bankConsentId}${until}`;
}

function entryLine(entry: BankEntry): string {
  const { bookingDate, status, amountMinor, currency, counterpartyName, remittance, endToEndId } = entry;
  const words = [counterpartyName, remittance, endToEndId].filter((word) => word !== null).join(" · ");
  return `${bookingDate ?? status.padEnd(10)}  ${amountOf(amountMinor, currency).padStart(18)}  ${words}`;
}

function answerLines(answer: PaymentAnswer): string {
  const { outcome } = answer;
  if (outcome === "unknown" || outcome === "not_sent") return `${outcome}: ${answer.why}`;
  if (outcome === "rejected")
    return `rejected ${answer.reason.code}: ${answer.reason.text.en} ${answer.reason.text.zh}`;
  const line = `${outcome} ${answer.bankStatus}, ${answer.bankPaymentId}`;
  return outcome === "action_required" ? `${line}\n${answer.actionUrl}` : line;
}
