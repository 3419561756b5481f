import { setTimeout as sleep } from "node:timers/promises";
import type { BankConnector } from "./connector.ts";
import { compareNames } from "./name-matching.ts";

/**
 * Whether a payee's name fits the account, as the EPC Verification of Payee scheme (EPC218-23) tells it.
 * `not_possible` says nothing about the payee: the bank could not or did not tell.
 */
export type VerificationResult = "match" | "close_match" | "no_match" | "not_possible";

export type PayeeVerification = {
  result: VerificationResult;
  /** The bank's spelling; only with `close_match`, so that nobody can find out names by guessing. */
  bankSpelling: string | null;
  /** Who compared: the payee's bank, or we, with the holder's name the bank had given. */
  by: "bank" | "name_comparison";
};

/** A payee before a payout: the name the payer knows, the account, and the holder's name where the bank gave one. */
type PayeeToVerify = { name: string; iban: string; currency: string; holderName: string | null };

export type PayeeVerifier = { verify(payee: PayeeToVerify): Promise<PayeeVerification> };

/** The scheme's longest time for an answer. */
const longestWaitMs = 5_000;

/**
 * Asks the bank where it verifies payees, and otherwise compares names here. Never throws: a payout is not stopped
 * by a bank that cannot tell.
 */
export function createPayeeVerifier(
  connector: Pick<BankConnector, "verifyPayee">,
  options: { waitMs?: number } = {},
): PayeeVerifier {
  return {
    async verify(payee) {
      if (connector.verifyPayee === undefined) {
        const result =
          payee.holderName === null ? "not_possible" : compareNames(payee.name, payee.holderName);
        const bankSpelling = result === "close_match" ? payee.holderName : null;
        return { result, bankSpelling, by: "name_comparison" };
      }
      const { name, iban, currency } = payee;
      const silence = { result: "not_possible", bankSpelling: null } as const;
      const deadline = new AbortController();
      const { result, bankSpelling } = await Promise.race([
        connector.verifyPayee({ name, iban, currency }).catch(() => silence),
        sleep(options.waitMs ?? longestWaitMs, silence, { signal: deadline.signal, ref: false }).catch(
          () => silence,
        ),
      ]);
      deadline.abort();
      return { result, bankSpelling: result === "close_match" ? bankSpelling : null, by: "bank" };
    },
  };
}
