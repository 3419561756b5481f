/** What a customer authorises: in words for the customer, and what their yes or no does. */
import { type Consent, findConsent, grantConsent, setConsentStatus } from "../consents/store.ts";
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { groupIban } from "../iban.ts";
import { accountsOfPsu, findAccountByIban, findAccounts } from "../ledger/accounts.ts";
import { findTppClient } from "../oauth/clients.ts";
import { readableAmount } from "../pages/layout.ts";
import { settleAuthorisedPayment } from "../payments/authorisation.ts";
import { setStatus } from "../payments/execution.ts";
import type { PeriodicRequest } from "../payments/periodic.ts";
import { childrenOf, findPayment, isUuid, type Payment } from "../payments/store.ts";
import { basketPayments, findBasket, setBasketStatus } from "./baskets.ts";

interface Words {
  en: string;
  zh: string;
}

/** One authorisation that waits for its customer. */
export interface Subject {
  authorisationId: string;
  tppName: string;
  /** The only customer who may say yes; `null` where whoever logs in decides about their own accounts. */
  ownerPsu: string | null;
  title: Words;
  facts: [label: Words, value: string | Words][];
  /** Amount and payee in short, for the text message with the code; empty where no money is asked for. */
  summary: string;
  /** What a one-time code for it is bound to (RTS (EU) 2018/389 art. 5). */
  binding: string;
  redirectUri: string | null;
  nokRedirectUri: string | null;
}

interface Row {
  id: string;
  consent_id: string | null;
  payment_id: string | null;
  basket_id: string | null;
  purpose: "confirm" | "cancel";
  sca_status: string;
  psu_id: string | null;
  redirect_uri: string | null;
  nok_redirect_uri: string | null;
}

const words = {
  payee: { en: "Payee", zh: "收款人" },
  payeeAccount: { en: "Payee's account", zh: "收款账号" },
  amount: { en: "Amount", zh: "金额" },
  account: { en: "Account", zh: "账户" },
  payments: { en: "Payments", zh: "付款笔数" },
  total: { en: "Total", zh: "合计" },
  frequency: { en: "How often", zh: "频率" },
  first: { en: "From", zh: "开始日期" },
  last: { en: "Until", zh: "截止日期" },
  data: { en: "What they will see", zh: "可查看内容" },
};

const titles = {
  payments: { en: "Confirm this payment?", zh: "确认此笔付款？" },
  "periodic-payments": { en: "Confirm this standing order?", zh: "确认此定期付款？" },
  "bulk-payments": { en: "Confirm these payments together?", zh: "一并确认以下付款？" },
  cancel: { en: "Stop these payments?", zh: "停止这些付款？" },
};

/** `frequencyCode` in words. */
const frequencies: Record<string, Words> = {
  Daily: { en: "Every day", zh: "每天" },
  Weekly: { en: "Every week", zh: "每周" },
  EveryTwoWeeks: { en: "Every two weeks", zh: "每两周" },
  Monthly: { en: "Every month", zh: "每月" },
  EveryTwoMonths: { en: "Every two months", zh: "每两个月" },
  Quarterly: { en: "Every three months", zh: "每三个月" },
  SemiAnnual: { en: "Every six months", zh: "每六个月" },
  Annual: { en: "Every year", zh: "每年" },
};

/** The subject of an authorisation, or `undefined` when nothing waits for it (any more). */
export async function subjectOf(
  bank: Bank,
  db: Queryable,
  authorisationId: string,
): Promise<Subject | undefined> {
  const row = await findRow(db, authorisationId);
  if (row === undefined || row.sca_status === "finalised" || row.sca_status === "failed") return undefined;
  const base = {
    authorisationId,
    redirectUri: row.redirect_uri,
    nokRedirectUri: row.nok_redirect_uri,
  };
  const named = async (clientId: string) => (await findTppClient(db, clientId))?.name ?? "";
  if (row.payment_id !== null) {
    const payment = await findPayment(db, row.payment_id);
    const waits = row.purpose === "cancel" ? payment?.status === "ACTC" : payment?.status === "RCVD";
    if (payment === undefined || !waits) return undefined;
    return {
      ...base,
      tppName: await named(payment.clientId),
      ownerPsu: await ownerOf(db, payment),
      title: titles[row.purpose === "cancel" ? "cancel" : (payment.service ?? "payments")],
      summary: summaryOf(payment.service === "bulk-payments" ? await childrenOf(db, payment.id) : [payment]),
      facts: await paymentFacts(db, payment),
      binding: JSON.stringify([
        row.purpose,
        payment.id,
        payment.amountMinor.toString(),
        payment.currency,
        payment.creditorIban,
      ]),
    };
  }
  if (row.basket_id !== null) {
    const basket = await findBasket(db, row.basket_id);
    if (basket?.status !== "RCVD") return undefined;
    const payments = await basketPayments(db, basket.id);
    const [first] = payments;
    if (first === undefined) return undefined;
    return {
      ...base,
      tppName: await named(basket.clientId),
      ownerPsu: await ownerOf(db, first),
      title: { en: "Confirm these payments together?", zh: "一并确认以下付款？" },
      summary: summaryOf(payments),
      facts: groupFacts(payments),
      binding: JSON.stringify([
        "basket",
        basket.id,
        payments.map(({ id, amountMinor }) => [id, amountMinor.toString()]),
      ]),
    };
  }
  const consent = await findConsent(bank, db, row.consent_id ?? "");
  if (consent?.status !== "received") return undefined;
  const tppName = await named(consent.clientId);
  const ibans = [...new Set((consent.requestedAccess.accounts ?? []).flatMap(({ iban }) => iban ?? []))];
  const owner = await findAccountByIban(db, ibans[0] ?? "");
  return {
    ...base,
    tppName,
    ownerPsu: owner?.ownerPsu ?? null,
    title:
      consent.kind === "PIIS"
        ? {
            en: `Let ${tppName} ask whether there is enough money?`,
            zh: `允许 ${tppName} 查询余额是否足够？`,
          }
        : { en: `Let ${tppName} see your accounts?`, zh: `允许 ${tppName} 查看您的账户？` },
    summary: "",
    facts: [
      ...ibans.map((iban) => [words.account, groupIban(iban)] satisfies Subject["facts"][number]),
      ...(consent.kind === "PIIS" ? [] : consentFacts(consent)),
    ],
    binding: JSON.stringify(["consent", consent.id]),
  };
}

/**
 * Ends an authorisation with the customer's yes or no and does what follows from it. Nothing happens twice: what
 * waits no more stays as it is.
 */
export async function settleAuthorisation(
  bank: Bank,
  authorisationId: string,
  psuId: string,
  outcome: "confirmed" | "refused",
): Promise<void> {
  await bank.db.transaction(async (tx) => {
    // The bank's day first, then the rows: the order in which every payment takes its locks.
    await tx.query("SELECT value FROM settings WHERE key = 'business_date' FOR SHARE");
    await tx.query("SELECT id FROM authorisations WHERE id = $1 FOR UPDATE", [authorisationId]);
    const row = await findRow(tx, authorisationId);
    const subject = await subjectOf(bank, tx, authorisationId);
    if (row === undefined || subject === undefined) return;
    if (subject.ownerPsu !== null && subject.ownerPsu !== psuId) return;
    await tx.query(
      "UPDATE authorisations SET sca_status = $2, psu_id = $3, sandbox_code = NULL WHERE id = $1",
      [authorisationId, outcome === "confirmed" ? "finalised" : "failed", psuId],
    );
    if (row.payment_id !== null && row.purpose === "cancel") {
      const payment = await findPayment(tx, row.payment_id, { lock: true });
      if (outcome === "confirmed" && payment?.status === "ACTC") {
        await setStatus(bank, tx, payment, "CANC");
        await tx.query("UPDATE payments SET next_date = NULL WHERE id = $1", [payment.id]);
      }
    } else if (row.payment_id !== null) {
      await settleAuthorisedPayment(bank, tx, row.payment_id, outcome);
    } else if (row.basket_id !== null) {
      for (const payment of await basketPayments(tx, row.basket_id))
        await settleAuthorisedPayment(bank, tx, payment.id, outcome);
      await setBasketStatus(tx, row.basket_id, outcome === "confirmed" ? "ACTC" : "RJCT");
    } else {
      await settleConsent(bank, tx, row.consent_id ?? "", psuId, outcome);
    }
  });
}

async function settleConsent(
  bank: Bank,
  tx: Queryable,
  consentId: string,
  psuId: string,
  outcome: "confirmed" | "refused",
): Promise<void> {
  const consent = await findConsent(bank, tx, consentId, { lock: true });
  if (consent?.status !== "received") return;
  if (outcome === "refused") return setConsentStatus(bank, tx, consent, "rejected");
  const { requestedAccess } = consent;
  const covers = (kind: "accounts" | "balances" | "transactions", iban: string) => {
    const wanted = requestedAccess[kind];
    return (
      wanted !== undefined && (wanted.length === 0 || wanted.some((reference) => reference.iban === iban))
    );
  };
  const isGlobal = requestedAccess.accounts === undefined;
  const accounts = (await accountsOfPsu(tx, psuId))
    .filter(({ iban }) => isGlobal || covers("accounts", iban))
    .map(({ id, iban, currency }) => ({
      accountId: id,
      iban,
      currency,
      balances: isGlobal || covers("balances", iban),
      transactions: isGlobal || covers("transactions", iban),
    }));
  await grantConsent(bank, tx, consent, { psuId, accounts, oidcGrantId: null });
}

async function findRow(db: Queryable, id: string): Promise<Row | undefined> {
  if (!isUuid(id)) return undefined;
  const { rows } = await db.query<Row>(
    `SELECT id, consent_id, payment_id, basket_id, purpose, sca_status, psu_id, redirect_uri, nok_redirect_uri
       FROM authorisations WHERE id = $1`,
    [id],
  );
  return rows[0];
}

async function ownerOf(db: Queryable, payment: Payment): Promise<string | null> {
  return (await findAccounts(db, [payment.debtorAccount]))[0]?.ownerPsu ?? null;
}

/** What the permission opens, and until when. */
function consentFacts({ requestedAccess: access, validUntil }: Consent): Subject["facts"] {
  const parts: Words[] = [{ en: "account names and numbers", zh: "账户名称和账号" }];
  const isGlobal = access.accounts === undefined && access.balances === undefined;
  if (isGlobal || access.balances !== undefined) parts.push({ en: "balances", zh: "余额" });
  if (isGlobal || access.transactions !== undefined) parts.push({ en: "transactions", zh: "交易明细" });
  if (access.additionalInformation?.trustedBeneficiaries !== undefined)
    parts.push({ en: "whom you pay without being asked", zh: "您设为免确认付款的收款方" });
  const data = {
    en: parts.map(({ en }) => en).join(", "),
    zh: parts.map(({ zh }) => zh).join("、"),
  };
  return [
    [words.data, data],
    [words.last, validUntil],
  ];
}

async function paymentFacts(db: Queryable, payment: Payment): Promise<Subject["facts"]> {
  if (payment.service === "bulk-payments") return groupFacts(await childrenOf(db, payment.id));
  if (payment.service !== "periodic-payments") return amountFacts(payment);
  const { frequency, startDate, endDate } = payment.body as unknown as PeriodicRequest;
  return [
    ...amountFacts(payment),
    [words.frequency, frequencies[frequency] ?? { en: frequency, zh: frequency }],
    [words.first, startDate],
    ...(endDate === undefined ? [] : [[words.last, endDate] satisfies Subject["facts"][number]]),
  ];
}

/** All payments with their sum, in one currency or several. */
function groupFacts(payments: readonly Payment[]): Subject["facts"] {
  return [
    [words.payments, String(payments.length)],
    [words.total, totalsOf(payments)],
    ...payments.flatMap((payment) => amountFacts(payment)),
  ];
}

function totalsOf(payments: readonly Payment[]): string {
  const sums = new Map<string, bigint>();
  for (const { currency, amountMinor } of payments)
    sums.set(currency, (sums.get(currency) ?? 0n) + amountMinor);
  return [...sums].map(([currency, sum]) => readableAmount(sum, currency)).join(" + ");
}

function summaryOf(payments: readonly Payment[]): string {
  const payees = [...new Set(payments.map(({ creditorName }) => creditorName))];
  return `${totalsOf(payments)} → ${payees.slice(0, 3).join(", ")}${payees.length > 3 ? " …" : ""}`;
}

function amountFacts(payment: Payment): Subject["facts"] {
  return [
    [words.amount, readableAmount(payment.amountMinor, payment.currency)],
    [words.payee, payment.creditorName],
    [words.payeeAccount, groupIban(payment.creditorIban)],
  ];
}
