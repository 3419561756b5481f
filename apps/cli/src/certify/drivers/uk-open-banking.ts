import { generateKeyPairSync } from "node:crypto";
import type { BankUnderTest, Driver } from "../subject.ts";

/** People act on the bank's pages as everywhere; our messages are signed (JWS, detached). */
export async function ukOpenBankingDriver(bank: BankUnderTest): Promise<Driver> {
  const own = bank.entry.privateKey as { kid?: string } | undefined;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    signedAnswers: ["initiatePayment", "paymentStatus"],
    forgedSettings: { privateKey: { ...privateKey.export({ format: "jwk" }), kid: own?.kid } },
  };
}
