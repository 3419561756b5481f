import type { BankUnderTest, Driver } from "../subject.ts";
import { isoFilesDriver } from "./iso20022-files.ts";
import { quickPaymentDriver } from "./quick-payment.ts";
import { ukOpenBankingDriver } from "./uk-open-banking.ts";

/** Dialects at which a customer or the bank's books differ from a bank with pages and an API; others need nothing here. */
const drivers: Readonly<Record<string, (bank: BankUnderTest) => Promise<Driver>>> = {
  "iso20022-files": isoFilesDriver,
  "quick-payment": quickPaymentDriver,
  "uk-open-banking": ukOpenBankingDriver,
};

export async function driverOf(bank: BankUnderTest): Promise<Driver> {
  return (await drivers[bank.dialect]?.(bank)) ?? {};
}
