import { hashOf, losses } from "../ledger/index.ts";
import type { MerchantsDeps } from "./index.ts";
import type { TestPayment } from "./settlement-account.ts";

/**
 * In whose name test payments go out: no merchant's, because their cent is the operator's own. It has a balance of its
 * own in the books, which is empty before and after.
 */
export const checksAccounts = "mer_account-check";

/** One minor unit of the currency: a cent, a fen, a yen. */
const amount = 1n;

/**
 * Sends one cent with a code to an account that a merchant has named, as an order like any other: asked for and never
 * sent twice, shown on the bank's statement, reconciled. The operator bears it (`losses:account-checks`). It waits while
 * custody holds no money of the operator's own: customers' money pays for nobody's check.
 * @throws an Error while it has to wait; the job that asks for it comes back later
 */
export async function sendTestPayment(
  deps: Pick<MerchantsDeps, "ids" | "ledger" | "payments">,
  { accountId, bankId, currency, number, holderName }: TestPayment,
): Promise<void> {
  const key = `settlement-account/${accountId}/cent`;
  const { assets, owed } = await deps.ledger.safeguarding(currency);
  if (assets - owed < amount)
    throw new Error("custody holds no money of the operator's own for a test payment");
  const { payment, instruction } = await deps.payments.payouts.draft({
    merchantId: checksAccounts,
    settlementAccountId: accountId,
    creditor: { iban: number, holder: holderName, bankId },
    money: { minor: amount, currency },
  });
  const outcome = await deps.ledger.commit({
    key,
    hash: hashOf({ accountId }),
    transfer: {
      id: deps.ids.next("trf"),
      kind: "account.check",
      subject: payment.id,
      postings: [
        {
          debit: losses("account-checks", currency),
          credit: { code: `merchant:${checksAccounts}:available`, currency },
          amount,
        },
      ],
    },
    ...instruction,
  });
  // A second time under the same key changes nothing: the cent is on its way.
  if (outcome.status === "refused" || outcome.status === "stale")
    throw new Error(`a test payment was not stored: ${outcome.status}`);
}
