/** List of trusted beneficiaries: NextGenPSD2 extended service 1.0.0, GET /v1/trusted-beneficiaries. */
import type { Bank } from "../context.ts";
import { custodyAccountsOf } from "../ledger/accounts.ts";
import { findTppClient } from "../oauth/clients.ts";
import { accountAccess, visibleAccount } from "./access.ts";
import { Xs2aError } from "./errors.ts";
import type { Endpoint } from "./pipeline.ts";

export function trustEndpoints(bank: Bank): Endpoint[] {
  return [
    {
      operationId: "listOfTrustedBeneficiaries",
      method: "GET",
      url: "/v1/trusted-beneficiaries",
      fault: "trustedBeneficiaries",
      async handle(call) {
        const access = await accountAccess(bank, call.caller, call.headers["consent-id"] ?? "");
        if (access.consent?.requestedAccess.additionalInformation?.trustedBeneficiaries === undefined)
          throw new Xs2aError(
            401,
            "CONSENT_INVALID",
            "The consent does not cover trusted beneficiaries.",
            "Consent-ID",
          );
        const asked = call.query["account-id"];
        if (asked !== undefined) visibleAccount(access, asked);
        const visible = access.accounts.filter(
          ({ resourceId }) => asked === undefined || resourceId === asked,
        );
        const { rows } = await bank.db.query<{ account_id: string; client_id: string }>(
          "SELECT account_id, client_id FROM trusted_beneficiaries WHERE account_id = ANY ($1::uuid[])",
          [visible.map(({ id }) => id)],
        );
        const trustedBeneficiaries = [];
        for (const { account_id, client_id } of rows) {
          const debtor = visible.find(({ id }) => id === account_id);
          const company = await findTppClient(bank.db, client_id);
          const creditors = (await custodyAccountsOf(bank.db, client_id)).filter(
            ({ currency }) => currency === debtor?.currency,
          );
          if (debtor === undefined || company === undefined) continue;
          for (const creditor of creditors)
            trustedBeneficiaries.push({
              trustedBeneficiaryId: creditor.id,
              debtorAccount: { iban: debtor.iban, currency: debtor.currency },
              creditorAccount: { iban: creditor.iban, currency: creditor.currency },
              creditorName: company.name,
            });
        }
        return { status: 200, body: { trustedBeneficiaries } };
      },
    },
  ];
}
