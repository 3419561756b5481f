import type { BankUnderTest, Driver } from "./subject.ts";

/** Dialects whose customers do not link and pay on a bank's own pages; the others need nothing here. */
const drivers: Readonly<Record<string, (bank: BankUnderTest) => Driver>> = {};

export function driverOf(bank: BankUnderTest): Driver {
  return drivers[bank.dialect]?.(bank) ?? {};
}
