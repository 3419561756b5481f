import { isCurrency } from "@jinqiao/money";
import type { BankEntry } from "../../connector.ts";
import type { BankServices } from "../../connector-services.ts";
import { BankCallError } from "../shared/http.ts";
import { dateOrNull, minorOf, readerOf, textOrNull } from "./accounts.ts";
import { type CardTransaction, cardAccountList, cardBalanceAnswer, cardTransactionList } from "./messages.ts";
import { reading, type Xs2a } from "./xs2a.ts";

const maxPages = 1_000;

/** Card accounts (NextGenPSD2 1.3.11, /v1/card-accounts). */
export function createCards({ xs2a }: { xs2a: Xs2a }): NonNullable<BankServices["cards"]> {
  const pathOf = (resourceId: string) => `v1/card-accounts/${encodeURIComponent(resourceId)}`;
  return {
    accounts: (access, customerIp) =>
      reading(async () => {
        const { cardAccounts } = await xs2a.json(cardAccountList, {
          operation: "cardAccounts",
          path: "v1/card-accounts",
          ...readerOf(access, customerIp),
        });
        return cardAccounts.flatMap((card) => {
          // A card that cannot be asked about is of no use.
          if (card.resourceId === undefined || !isCurrency(card.currency)) return [];
          const name = [card.displayName, card.name, card.product].find((text) => text?.trim());
          const { resourceId, maskedPan, currency, ownerName } = card;
          return [{ resourceId, maskedPan, currency, name: name ?? "", ownerName: ownerName ?? null }];
        });
      }),
    balance: (access, card, customerIp) =>
      reading(async () => {
        const { balances, debitAccounting } = await xs2a.json(cardBalanceAnswer, {
          operation: "cardBalances",
          path: `${pathOf(card.resourceId)}/balances`,
          ...readerOf(access, customerIp),
        });
        const inCurrency = balances.filter(({ balanceAmount }) => balanceAmount.currency === card.currency);
        const of = (type: string) => inCurrency.find(({ balanceType }) => balanceType === type);
        const booked = of("nonInvoiced") ?? of("interimBooked") ?? of("closingBooked");
        if (booked === undefined) throw new BankCallError("maybe", "no balance in the card's currency");
        return { booked: owed(minorOf(booked.balanceAmount), debitAccounting), available: null };
      }),
    entries: (access, card, range, customerIp) =>
      reading(async () => {
        const entries: BankEntry[] = [];
        const seen = new Set<string>();
        let next: string | undefined = `${pathOf(card.resourceId)}/transactions`;
        let query: Record<string, string | undefined> = {
          bookingStatus: "both",
          dateFrom: range.from,
          dateTo: range.to,
        };
        while (next !== undefined) {
          if (seen.has(next) || seen.size >= maxPages)
            throw new BankCallError("maybe", "the pages have no end");
          seen.add(next);
          const page: Awaited<ReturnType<typeof pageAt>> = await pageAt(next, query);
          const { booked = [], pending = [], _links } = page.cardTransactions;
          const entryOf = (status: BankEntry["status"]) => (item: CardTransaction) =>
            cardEntry(item, status, page.debitAccounting);
          entries.push(...booked.map(entryOf("booked")), ...pending.map(entryOf("pending")));
          next = _links?.next?.href;
          // The link carries the whole query itself.
          query = {};
        }
        return entries;

        function pageAt(path: string, asked: Record<string, string | undefined>) {
          return xs2a.json(cardTransactionList, {
            operation: "cardTransactions",
            path,
            query: asked,
            ...readerOf(access, customerIp),
          });
        }
      }),
  };
}

function cardEntry(
  item: CardTransaction,
  status: BankEntry["status"],
  debitAccounting: boolean | undefined,
): BankEntry {
  return {
    status,
    bankId: textOrNull(item.cardTransactionId),
    endToEndId: null,
    bookingDate: dateOrNull(item.bookingDate),
    valueDate: dateOrNull(item.transactionDate),
    amountMinor: owed(minorOf(item.transactionAmount), debitAccounting),
    currency: item.transactionAmount.currency,
    counterpartyName: textOrNull(item.transactionDetails),
    counterpartyIban: null,
    remittance: null,
  };
}

/** With debit accounting the bank writes what is owed as positive; for us money that left is negative. */
function owed(minor: bigint, debitAccounting: boolean | undefined): bigint {
  return debitAccounting === true ? -minor : minor;
}
