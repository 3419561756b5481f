/** The fictional people of the demo seed. Their password is public: it opens a sandbox. */

export const DEMO_PASSWORD = "harbour-demo";

export interface DemoAccount {
  /** Account number within the bank; the IBAN follows from it. */
  number: bigint;
  currency: string;
  name: string;
  /** Balance of today, decimal text. */
  balance: string;
  /** Monthly salary, decimal text; none for a savings account. */
  salary?: string;
}

export interface DemoPerson {
  username: string;
  name: string;
  accounts: DemoAccount[];
}

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  {
    username: "linxiao",
    name: "林晓",
    accounts: [
      {
        number: 1_000_000_101n,
        currency: "CNY",
        name: "活期账户 Everyday",
        balance: "26418.52",
        salary: "9800.00",
      },
      { number: 1_000_000_102n, currency: "JPY", name: "日元账户 Yen", balance: "384200" },
    ],
  },
  {
    username: "wanglei",
    name: "王磊",
    accounts: [
      {
        number: 1_000_000_201n,
        currency: "CNY",
        name: "工资账户 Salary",
        balance: "12930.07",
        salary: "7600.00",
      },
      { number: 1_000_000_202n, currency: "KWD", name: "科威特第纳尔账户 Dinar", balance: "1250.375" },
    ],
  },
  {
    username: "emma",
    name: "Emma Clarke",
    accounts: [
      {
        number: 1_000_000_301n,
        currency: "GBP",
        name: "Current account",
        balance: "4165.88",
        salary: "2140.00",
      },
      {
        number: 1_000_000_302n,
        currency: "EUR",
        name: "Euro account",
        balance: "1840.25",
        salary: "520.00",
      },
    ],
  },
];

/** At a British bank everybody has an account in pounds. */
const BRITISH_ACCOUNTS: Record<string, DemoAccount[]> = {
  linxiao: [
    {
      number: 1_000_000_101n,
      currency: "GBP",
      name: "Student account",
      balance: "1264.30",
      salary: "620.00",
    },
  ],
  wanglei: [
    {
      number: 1_000_000_201n,
      currency: "GBP",
      name: "Current account",
      balance: "3310.75",
      salary: "1980.00",
    },
  ],
};

/** Who banks at a bank of that dialect. */
export function demoPeople(dialect: string): readonly DemoPerson[] {
  if (dialect !== "uk-open-banking") return DEMO_PEOPLE;
  return DEMO_PEOPLE.map((person) => ({
    ...person,
    accounts: BRITISH_ACCOUNTS[person.username] ?? person.accounts,
  }));
}
