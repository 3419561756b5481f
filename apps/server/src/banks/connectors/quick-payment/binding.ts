import { CompactEncrypt, importSPKI } from "jose";
import { Refusal } from "../../../platform/errors.ts";
import type { BankAccount, CardBinding, CardHolder, ConsentAccess } from "../../connector.ts";
import { BankRefused, type Exchange, reading } from "./exchange.ts";
import { bindingConfirmed, bindingStarted } from "./messages.ts";
import type { QuickPaymentConfig } from "./settings.ts";

/** What the bank says of the four elements, in the house's words. */
const refusals = {
  DETAILS_MISMATCH: "bank.details_mismatch",
  CARD_NOT_SUPPORTED: "bank.card_not_supported",
  TOO_MANY_TRIES: "bank.too_many_tries",
} as const;

/** An agreement is no token that ends by itself: its end is the consent's. */
const never = "9999-12-31T00:00:00.000Z";

/** 签约: the four elements, the bank's code, and the agreement number under which payments are made from then on. */
export function createBinding(deps: { config: QuickPaymentConfig; exchange: Exchange }): CardBinding {
  const { config, exchange } = deps;
  return {
    start: ({ requestId, noticeUrl, ...holder }) =>
      reading(async () => {
        const sensitive = await encipher(config, holder);
        try {
          const { data } = await exchange("binding-start", bindingStarted, {
            requestId,
            sensitive,
            noticeUrl,
          });
          return {
            bankConsentId: data.bindingId,
            phoneMasked: data.phoneMasked,
            codeExpiresAt: data.codeExpiresAt,
          };
        } catch (error) {
          const code =
            error instanceof BankRefused ? refusals[error.code as keyof typeof refusals] : undefined;
          throw code === undefined ? error : new Refusal(code);
        }
      }),
    confirm: ({ bankConsentId, code }) =>
      reading(async () => {
        const { data } = await exchange("binding-confirm", bindingConfirmed, {
          bindingId: bankConsentId,
          code,
        });
        if (data.outcome !== "signed") return data;
        const { agreement } = data;
        const access: ConsentAccess = {
          bankConsentId,
          accessToken: agreement.agreementNumber,
          refreshToken: null,
          expiresAt: never,
        };
        return {
          outcome: "linked",
          access,
          validUntil: agreement.validUntil,
          accounts: [accountOf(agreement)],
        };
      }),
  };
}

/** The card stands under its token: the number itself is never kept. Token and card end in the same four digits. */
function accountOf(agreement: {
  cardToken: string;
  cardType: "debit" | "credit";
  currency: string;
  holderName: string;
}): BankAccount {
  const kind = agreement.cardType === "debit" ? "借记卡 Debit card" : "信用卡 Credit card";
  return {
    resourceId: agreement.cardToken,
    iban: agreement.cardToken,
    currency: agreement.currency,
    name: kind,
    ownerName: agreement.holderName,
  };
}

/** JWE, RSA-OAEP-256 with A256GCM (RFC 7516; RFC 7518 sections 4.3 and 5.3). */
async function encipher(config: QuickPaymentConfig, holder: CardHolder): Promise<string> {
  const { holderName, idType, idNumber, cardNumber, phone } = holder;
  const { serial, publicKey } = config.bankCipherKey;
  const text = JSON.stringify({ holderName, idType, idNumber, cardNumber, phone });
  return new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", kid: serial })
    .encrypt(await importSPKI(publicKey, "RSA-OAEP-256"));
}
