/** The demo seed: fictional people with about ninety days of plausible history, the same at every first start. */
import { addDays, type Bank } from "../context.ts";
import { accountIban } from "../iban.ts";
import { clearingAccount } from "../ledger/accounts.ts";
import { businessDate } from "../ledger/end-of-day.ts";
import { postPending } from "../ledger/postings.ts";
import { exponent, parseAmount } from "../money.ts";
import { hashPassword } from "../psus.ts";
import { loadBulk, type SeedAccount, type SeedEntry, type SeedPsu } from "./bulk.ts";
import { DEMO_PASSWORD, type DemoAccount, demoPeople } from "./people.ts";

const HISTORY_DAYS = 90;

interface Merchant {
  name: string;
  remittance: string;
  /** Smallest and largest amount, in whole main units of the account's currency. */
  low: number;
  high: number;
  /** A visit happens when the day's draw out of 100 is below this. */
  chance: number;
}

// Invented names. Amounts suit the everyday account of the currency.
const MERCHANTS: Record<string, Merchant[]> = {
  CNY: [
    { name: "青禾生鲜超市", remittance: "食品 Groceries", low: 38, high: 260, chance: 34 },
    { name: "江城地铁", remittance: "地铁 Metro", low: 3, high: 9, chance: 52 },
    { name: "巷口面馆", remittance: "午餐 Lunch", low: 18, high: 46, chance: 44 },
    { name: "云雀书店", remittance: "图书 Books", low: 35, high: 180, chance: 7 },
    { name: "南风茶饮", remittance: "茶饮 Tea", low: 12, high: 32, chance: 28 },
  ],
  GBP: [
    { name: "Maple & Thyme Grocers", remittance: "Groceries", low: 9, high: 68, chance: 33 },
    { name: "Northline Metro", remittance: "Travel", low: 2, high: 9, chance: 50 },
    { name: "The Copper Kettle", remittance: "Coffee", low: 3, high: 12, chance: 38 },
    { name: "Lantern Books", remittance: "Books", low: 8, high: 40, chance: 8 },
  ],
  EUR: [
    { name: "Café Zum Anker", remittance: "Café", low: 4, high: 22, chance: 22 },
    { name: "Grünmarkt", remittance: "Groceries", low: 8, high: 75, chance: 20 },
    { name: "Stadtlinie", remittance: "Tram", low: 2, high: 5, chance: 25 },
  ],
  JPY: [{ name: "あおぞら商店", remittance: "買い物 Shopping", low: 480, high: 6200, chance: 12 }],
  KWD: [{ name: "Dana Corner Store", remittance: "Shopping", low: 1, high: 14, chance: 12 }],
};
const EMPLOYERS: Record<string, string> = {
  CNY: "启明软件有限公司",
  GBP: "Brightwater Design Ltd",
  EUR: "Hafenwerk GmbH",
};
const RENT: Record<string, [string, string]> = {
  CNY: ["安居物业", "4200.00"],
  GBP: ["Willow Court Lettings", "980.00"],
};

export async function seedDemo(bank: Bank): Promise<void> {
  const today = await businessDate(bank.db);
  const passwordHash = await hashPassword(DEMO_PASSWORD);
  const psus: SeedPsu[] = [];
  const accounts: SeedAccount[] = [];
  const entries: SeedEntry[] = [];
  for (const person of demoPeople(bank.dialect)) {
    const id = bank.random.uuid();
    psus.push({ id, username: person.username, name: person.name, passwordHash });
    for (const demo of person.accounts) {
      const account: SeedAccount = {
        id: bank.random.uuid(),
        iban: accountIban(bank, demo.number),
        currency: demo.currency,
        ownerPsu: id,
        ownerName: person.name,
        name: demo.name,
        product: demo.salary === undefined ? "Currency account" : "Current account",
        floorMinor: 0n,
      };
      accounts.push(account);
      entries.push(...historyOf(account, demo, today));
    }
  }
  await bank.db.transaction(async (tx) => {
    const clearing = new Map<string, string>();
    for (const { currency } of accounts) clearing.set(currency, await clearingAccount(bank, tx, currency));
    const deps = {
      now: bank.clock.now(),
      uuid: bank.random.uuid,
      clearingAccount: async (currency: string) => clearing.get(currency) ?? "",
    };
    await loadBulk(tx, deps, { psus, accounts, entries });
    const first = accounts[0] as SeedAccount;
    await addPending(bank, tx, first, clearing.get(first.currency) ?? "", today);
  });
}

/** Movements of the last ninety days that end exactly at the account's balance of today. */
export function historyOf(account: SeedAccount, demo: DemoAccount, today: string): SeedEntry[] {
  const draw = generator(Number(demo.number % 1_000_003n));
  const scale = 10n ** BigInt(exponent(account.currency));
  const movements: SeedEntry[] = [];
  const add = (date: string, amountMinor: bigint, name: string, remittance: string, family: string) =>
    movements.push({
      account,
      amountMinor,
      date,
      counterpartyName: name,
      counterpartyAccount: null,
      remittance,
      family,
    });
  const minor = (text: string) => parseAmount(text, account.currency) ?? 0n;
  for (let day = HISTORY_DAYS; day >= 1; day--) {
    const date = addDays(today, -day);
    if (demo.salary !== undefined && date.endsWith("-25")) {
      add(date, minor(demo.salary), EMPLOYERS[account.currency] ?? "", "工资 Salary", "RCDT/ESCT");
    }
    const rent = RENT[account.currency];
    if (demo.salary !== undefined && rent !== undefined && date.endsWith("-01")) {
      add(date, -minor(rent[1]), rent[0], "房租 Rent", "ICDT/ESCT");
    }
    for (const merchant of MERCHANTS[account.currency] ?? []) {
      if (draw(100) >= merchant.chance) continue;
      const whole = BigInt(merchant.low + draw(merchant.high - merchant.low));
      const fraction = BigInt(draw(Number(scale)));
      add(date, -(whole * scale + fraction), merchant.name, merchant.remittance, "CCRD/POSD");
    }
  }
  return [
    openingOf(account, minor(demo.balance), movements, addDays(today, -HISTORY_DAYS - 1)),
    ...movements,
  ];
}

function openingOf(account: SeedAccount, balance: bigint, movements: SeedEntry[], date: string): SeedEntry {
  const moved = movements.reduce((sum, movement) => sum + movement.amountMinor, 0n);
  return {
    account,
    amountMinor: balance - moved,
    date,
    counterpartyName: null,
    counterpartyAccount: null,
    remittance: "上期余额转入 Balance brought forward",
    family: "RCDT/BOOK",
  };
}

/** One card payment of today that is not booked yet. */
async function addPending(
  bank: Bank,
  tx: Parameters<typeof postPending>[0],
  account: SeedAccount,
  clearing: string,
  today: string,
): Promise<void> {
  const grocer = MERCHANTS[account.currency]?.[0];
  const shared = {
    counterpartyAccount: null,
    endToEndId: null,
    remittance: grocer?.remittance ?? "",
    family: "CCRD/POSD",
  };
  await postPending(
    tx,
    bank.random.uuid(),
    [
      { ...shared, accountId: account.id, amountMinor: -8650n, counterpartyName: grocer?.name ?? "" },
      { ...shared, accountId: clearing, amountMinor: 8650n, counterpartyName: account.ownerName },
    ],
    { valueDate: today, now: bank.clock.now(), uuid: bank.random.uuid },
  );
}

/** A small repeatable generator (xorshift32): whole numbers below `limit`. Plausible history, not secrets. */
function generator(seed: number): (limit: number) => number {
  let state = (seed | 1) >>> 0;
  return (limit) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
}
