import { timingSafeEqual } from "node:crypto";
import * as contract from "@jinqiao/contract";
import { isIban } from "@jinqiao/iso20022";
import type { Currency, Id } from "@jinqiao/money";
import type { z } from "zod";
import { compareNames, type PayeeVerification } from "../banks/index.ts";
import { assert, Refusal } from "../platform/errors.ts";
import { type Context, handle, type RouteHandler } from "../platform/http/handler.ts";
import type { JobHandlers } from "../platform/jobs.ts";
import { maskNumber } from "./accounts-demo.ts";
import { requireOwner } from "./members.ts";
import type { MerchantRecord, SettlementAccountRecord } from "./shop-data.ts";
import { type Desk, requireOpen } from "./shop-desk.ts";

/** How often the code may be typed, how long it holds, and how long a changed account waits, in milliseconds. */
const maxTries = 5;
const codeHoldsMs = 10 * 86_400_000;
const changedWaitsMs = 86_400_000;
/** Names that may be tried in a day: nobody finds out by trying whose account a number is. */
const maxNamedPerDay = 10;

const sendTask = "merchants.send_test_payment";

/** One cent to an account, with the code in its text, so that whoever reads the account's statement can type it. */
export type TestPayment = {
  merchantId: Id<"mer">;
  accountId: Id<"mac">;
  bankId: string;
  currency: Currency;
  /** IBAN, or sort code and account number (14 digits). */
  number: string;
  holderName: string;
  /** Six digits. */
  code: string;
};

type View = z.input<typeof contract.SettlementAccount>;

export type SettlementAccounts = {
  /** The account that payouts of a currency go to now; undefined while none is verified or a changed one waits. */
  verifiedAccountOf(merchantId: string, currency: string): Promise<SettlementAccountRecord | undefined>;
  byId(accountId: string): Promise<SettlementAccountRecord | undefined>;
  newestOf(merchantId: string): Promise<SettlementAccountRecord | undefined>;
  /** Tells who sends the cent: the part that pays out. It may be called again for the same account. */
  knowTestPayments(send: (payment: TestPayment) => Promise<void>): void;
  routes: RouteHandler[];
  jobs: JobHandlers;
};

/** Where a merchant is paid out to: its name checked, and proved by one cent that carries a code. */
export function createSettlementAccounts(desk: Desk): SettlementAccounts {
  const { db, clock, ids, rows, banks, identity } = desk;
  let send: ((payment: TestPayment) => Promise<void>) | undefined;

  async function accountsOf(merchantId: string): Promise<SettlementAccountRecord[]> {
    const found = await db.query(
      "SELECT * FROM merchants.settlement_account WHERE merchant_id = $1 ORDER BY id DESC LIMIT 100",
      [merchantId],
    );
    return found.map(rows.toAccount);
  }
  async function byId(accountId: string): Promise<SettlementAccountRecord | undefined> {
    const [row] = await db.query("SELECT * FROM merchants.settlement_account WHERE id = $1", [accountId]);
    return row && rows.toAccount(row);
  }

  /** Which of our banks pays out to an account. @throws Refusal `settlement_account.no_bank` */
  function bankFor(currency: string, kind: "iban" | "sort_code"): string {
    const bank = banks.list().find(({ id }) => {
      const british = banks.config(id)?.connector === "uk-open-banking";
      return banks.custody(id, currency) !== undefined && british === (kind === "sort_code");
    });
    if (bank === undefined) throw new Refusal("settlement_account.no_bank");
    return bank.id;
  }

  /** What a bank told us of the holder, when one of the owners has linked the account. */
  async function holderKnown(owners: readonly Id<"cus">[], number: string): Promise<string | null> {
    const linked = (await Promise.all(owners.map((id) => banks.linkedAccountsOf(id)))).flat();
    return linked.find(({ iban }) => iban === number)?.ownerName ?? null;
  }

  async function isOwnName(merchant: MerchantRecord, name: string): Promise<boolean> {
    if (merchant.legalName === null) throw new Refusal("merchant.incomplete");
    return ["match", "close_match"].includes(compareNames(name, merchant.legalName));
  }

  async function create(context: Context<typeof contract.createSettlementAccount>): Promise<View> {
    const owner = requireOwner(context);
    identity.requireConfirmed(context.session);
    const { merchantId } = context.merchant;
    const { account, holderName, currency } = context.body;
    if (account.kind === "iban" && !isIban(account.iban))
      throw new Refusal("settlement_account.number_invalid");
    const number = account.kind === "iban" ? account.iban : `${account.sortCode}${account.accountNumber}`;
    const merchant = await desk.merchantById(merchantId);
    assert(merchant, "who acts for a merchant has one");
    requireOpen(merchant);
    if (!(await isOwnName(merchant, holderName))) throw new Refusal("settlement_account.not_yours");
    const bankId = bankFor(currency, account.kind);
    const dayAgo = new Date(clock.now().getTime() - 86_400_000);
    const before = await accountsOf(merchantId);
    if (before.filter(({ createdAt }) => createdAt > dayAgo).length >= maxNamedPerDay)
      throw new Refusal("rate.limited", { retryAfterSeconds: 86_400 });
    // The bank is asked before anything is stored: no network call is made while a commit is under way.
    const { result, bankSpelling } = await banks.verifyAccount(
      bankId,
      { iban: number, currency, holderName: await holderKnown(await desk.ownersOf(merchantId), number) },
      holderName,
    );
    const isSent = result === "match" || result === "not_possible";
    const now = clock.now();
    const named: SettlementAccountRecord = {
      id: ids.next("mac"),
      merchantId,
      status: isSent ? "awaiting_code" : "refused",
      bankId,
      currency: currency as Currency,
      country: account.kind === "iban" ? number.slice(0, 2) : "GB",
      number,
      holderName,
      maskedNumber: maskNumber(number),
      nameCheck: result,
      code: isSent ? sixDigits(desk.random(4)) : null,
      tries: 0,
      codeExpiresAt: isSent ? new Date(now.getTime() + codeHoldsMs) : null,
      verifiedAt: null,
      usableFrom: null,
      version: 1,
      createdAt: now,
    };
    // A name that the bank refuses is kept as a try, and is no answer to a repeated request.
    const view = await desk.change(merchantId, isSent ? context.idempotency : undefined, async (current) => {
      requireOpen(current);
      const waiting = (await accountsOf(merchantId)).filter(
        (one) => one.status === "awaiting_code" && one.currency === currency,
      );
      return {
        rows: [
          ...(isSent ? waiting : []).map((one) =>
            rows.account({ ...one, status: "failed", code: null, version: one.version + 1 }),
          ),
          rows.account(named),
        ],
        jobs: isSent
          ? [
              { task: sendTask, payload: { accountId: named.id }, key: `${sendTask}/${named.id}` },
              desk.tell({ what: "account_named", merchantId, at: now.toISOString() }),
            ]
          : [],
        record: {
          what: isSent ? "account_named" : "account_refused",
          byId: owner.customerId,
          detail: `${named.maskedNumber} ${result}`,
        },
        answer: () => viewOf(named),
      };
    });
    if (!isSent) throw nameRefusal(result, bankSpelling);
    return view;
  }

  async function verify(context: Context<typeof contract.verifySettlementAccount>): Promise<View> {
    const owner = requireOwner(context);
    const { merchantId } = context.merchant;
    const known = await byId(context.params.accountId);
    if (known?.merchantId !== merchantId) throw new Refusal("request.not_found");
    const outcome = await desk.change(merchantId, undefined, async () => {
      const all = await accountsOf(merchantId);
      const account = all.find(({ id }) => id === known.id);
      assert(account, "accounts are never deleted");
      if (account.status === "failed") throw new Refusal("settlement_account.code_over");
      if (account.status !== "awaiting_code" || account.code === null)
        throw new Refusal("settlement_account.not_waiting");
      const now = clock.now();
      const isLate = account.codeExpiresAt !== null && account.codeExpiresAt <= now;
      const isRight = !isLate && sameCode(account.code, context.body.code);
      const tries = account.tries + 1;
      const isOver = isLate || (!isRight && tries >= maxTries);
      const replaced = all.filter(
        ({ status, currency }) => status === "verified" && currency === account.currency,
      );
      const after: SettlementAccountRecord = {
        ...account,
        tries,
        version: account.version + 1,
        ...(isRight
          ? {
              status: "verified",
              code: null,
              verifiedAt: now,
              // Somebody who took an owner's session over cannot send the next payout elsewhere unseen.
              usableFrom: new Date(now.getTime() + (replaced.length > 0 ? changedWaitsMs : 0)),
            }
          : isOver
            ? { status: "failed", code: null }
            : {}),
      };
      return {
        merchant: isRight && replaced.length > 0 ? { payoutsPausedUntil: after.usableFrom } : {},
        rows: [
          ...(isRight ? replaced : []).map((one) =>
            rows.account({ ...one, status: "replaced", version: one.version + 1 }),
          ),
          rows.account(after),
        ],
        jobs: isRight ? [desk.tell({ what: "account_verified", merchantId, at: now.toISOString() })] : [],
        record: {
          what: isRight ? "account_verified" : isOver ? "account_failed" : "account_code_wrong",
          byId: owner.customerId,
          detail: account.maskedNumber,
        },
        answer: () => ({
          view: viewOf(after),
          outcome: isRight ? ("right" as const) : isOver ? ("over" as const) : ("wrong" as const),
        }),
      };
    });
    // The try is counted before it is refused, so that asking again and again does not help.
    if (outcome.outcome === "over") throw new Refusal("settlement_account.code_over");
    if (outcome.outcome === "wrong") throw new Refusal("settlement_account.code_wrong");
    return outcome.view;
  }

  return {
    async verifiedAccountOf(merchantId, currency) {
      const [row] = await db.query(
        `SELECT * FROM merchants.settlement_account
          WHERE merchant_id = $1 AND currency = $2 AND status = 'verified' AND usable_from <= $3`,
        [merchantId, currency, clock.now()],
      );
      return row && rows.toAccount(row);
    },
    byId,
    newestOf: async (merchantId) =>
      (await accountsOf(merchantId)).find(({ status }) => ["awaiting_code", "verified"].includes(status)),
    knowTestPayments(sender) {
      send = sender;
    },
    routes: [
      handle(contract.listSettlementAccounts, async ({ merchant }) => ({
        items: (await accountsOf(merchant.merchantId))
          .filter(({ status }) => status !== "refused")
          .map(viewOf),
        nextCursor: null,
      })),
      handle(contract.createSettlementAccount, create),
      handle(contract.verifySettlementAccount, verify),
    ],
    jobs: {
      async [sendTask](payload) {
        const account = await byId(String(payload.accountId));
        if (account?.status !== "awaiting_code" || account.code === null) return;
        if (send === undefined) throw new Error("nobody sends test payments in this process");
        const { id, merchantId, bankId, currency, number, holderName, code } = account;
        await send({ accountId: id, merchantId, bankId, currency, number, holderName, code });
      },
    },
  };
}

function nameRefusal(result: PayeeVerification["result"], bankSpelling: string | null): Refusal {
  if (result !== "close_match") return new Refusal("settlement_account.name_differs");
  if (bankSpelling === null) return new Refusal("settlement_account.name_close");
  return new Refusal("settlement_account.name_close", {
    detail: {
      en: `The bank writes the holder's name “${bankSpelling}”. Write it like that and try again; nothing was sent.`,
      zh: `银行登记的户名为“${bankSpelling}”。请按此填写后重试；没有发送任何款项。`,
    },
  });
}

/** Six digits out of four random bytes; 2^32 is so much more than a million that no code is likelier than another. */
function sixDigits(bytes: Uint8Array): string {
  const number = bytes.reduce((total, byte) => total * 256 + byte, 0);
  return String(number % 1_000_000).padStart(6, "0");
}
const sameCode = (one: string, other: string) =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

function viewOf(account: SettlementAccountRecord): View {
  const { id, currency, country, maskedNumber, holderName, version } = account;
  const { status, nameCheck } = account;
  assert(status !== "refused", "what the bank refused is no account");
  return {
    object: "settlement_account",
    id,
    status,
    currency,
    country,
    maskedNumber,
    holderName,
    nameCheck: nameCheck === "match" ? "match" : "not_possible",
    triesLeft: status === "awaiting_code" ? maxTries - account.tries : 0,
    codeExpiresAt: account.codeExpiresAt?.toISOString() ?? null,
    verifiedAt: account.verifiedAt?.toISOString() ?? null,
    usableFrom: account.usableFrom?.toISOString() ?? null,
    createdAt: account.createdAt.toISOString(),
    version,
  };
}
