/**
 * What we read of NextGenPSD2 XS2A 1.3.11 answers (Berlin Group, `components/schemas` of the OpenAPI definition).
 * Members we do not use are let through: banks add their own.
 */
import { z } from "zod";

const href = z.looseObject({ href: z.string().max(4000) });
const amount = z.looseObject({ currency: z.string().length(3), amount: z.string().max(40) });

export const tppErrors = z.looseObject({
  tppMessages: z
    .array(
      z.looseObject({
        category: z.string().optional(),
        code: z.string().max(100),
        path: z.string().max(500).optional(),
        text: z.string().max(2000).optional(),
      }),
    )
    .min(1),
});

const links = z.record(z.string(), href);

/** `consentsResponse-201`, and `ConsentsConfirmationOfFundsResponse` of the consent API 2.0 */
export const consentCreated = z.looseObject({
  consentStatus: z.string(),
  consentId: z.string().min(1).max(300),
  _links: links,
  psuMessage: z.string().max(500).optional(),
  scaStatus: z.string().optional(),
});

const scaMethods = z
  .array(z.looseObject({ authenticationMethodId: z.string().max(35), name: z.string().max(200).optional() }))
  .max(50)
  .optional();
/** `startScaprocessResponse` */
export const scaStarted = z.looseObject({
  scaStatus: z.string(),
  authorisationId: z.string().min(1).max(300),
  scaMethods,
  psuMessage: z.string().max(500).optional(),
  _links: links,
});
/** `updatePsuAuthenticationResponse`, `selectPsuAuthenticationMethodResponse` and `scaStatusResponse` have this in common. */
export const scaUpdated = z.looseObject({
  scaStatus: z.string(),
  scaMethods,
  psuMessage: z.string().max(500).optional(),
  _links: links.optional(),
});
/** `scaStatusResponse` */
export const scaStatusAnswer = z.looseObject({
  scaStatus: z.string(),
  psuMessage: z.string().max(500).optional(),
});
/** `paymentInitiationCancelResponse-202` */
export const cancellationWaits = z.looseObject({ transactionStatus: z.string(), _links: links.optional() });
/** Body of `OK_200_ConfirmationOfFunds` */
export const fundsAnswer = z.looseObject({ fundsAvailable: z.boolean() });
/** `signingBasketResponse-201` */
export const basketCreated = z.looseObject({
  transactionStatus: z.string(),
  basketId: z.string().min(1).max(300),
  _links: links,
  psuMessage: z.string().max(500).optional(),
});
/** `signingBasketStatusResponse-200` */
export const basketStatus = z.looseObject({ transactionStatus: z.string() });

/** `consentStatus`, an open enumeration in 1.3.11. */
export const consentStatusAnswer = z.looseObject({ consentStatus: z.string() });

/** `consentInformationResponse-200_json` */
export const consentInformation = z.looseObject({
  consentStatus: z.string(),
  validUntil: z.iso.date(),
  frequencyPerDay: z.number().int(),
});

/** `accountList` */
export const accountList = z.looseObject({
  accounts: z.array(
    z.looseObject({
      resourceId: z.string().optional(),
      iban: z.string().max(34).optional(),
      currency: z.string().length(3),
      ownerName: z.string().max(140).optional(),
      name: z.string().max(140).optional(),
      displayName: z.string().max(140).optional(),
      product: z.string().max(70).optional(),
    }),
  ),
});

/** `readAccountBalanceResponse-200` */
export const balanceAnswer = z.looseObject({
  balances: z.array(z.looseObject({ balanceAmount: amount, balanceType: z.string() })),
});

const accountReference = z.looseObject({ iban: z.string().optional() });
/** `transactions` */
export const transaction = z.looseObject({
  transactionId: z.string().optional(),
  entryReference: z.string().optional(),
  endToEndId: z.string().optional(),
  bookingDate: z.string().optional(),
  valueDate: z.string().optional(),
  transactionAmount: amount,
  creditorName: z.string().optional(),
  creditorAccount: accountReference.optional(),
  debtorName: z.string().optional(),
  debtorAccount: accountReference.optional(),
  remittanceInformationUnstructured: z.string().optional(),
  remittanceInformationStructured: z
    .union([z.string(), z.looseObject({ reference: z.string().optional() })])
    .optional(),
  additionalInformation: z.string().optional(),
});
export type Transaction = z.infer<typeof transaction>;

/** `transactionsResponse-200_json` */
export const transactionList = z.looseObject({
  transactions: z.looseObject({
    booked: z.array(transaction).optional(),
    pending: z.array(transaction).optional(),
    _links: z.looseObject({ next: href.optional() }).optional(),
  }),
});

export type TransactionList = z.infer<typeof transactionList>;

const notes = {
  psuMessage: z.string().max(500).optional(),
  tppMessages: z.array(z.looseObject({ code: z.string().max(100), text: z.string().optional() })).optional(),
};
/** `paymentInitationRequestResponse-201` (so spelled there) */
export const paymentCreated = z.looseObject({
  transactionStatus: z.string(),
  paymentId: z.string().min(1).max(300),
  _links: links.optional(),
  scaStatus: z.string().optional(),
  ...notes,
});
/** `paymentInitiationStatusResponse-200_json` */
export const paymentStatusAnswer = z.looseObject({ transactionStatus: z.string(), ...notes });

/** `cardAccountList` */
export const cardAccountList = z.looseObject({
  cardAccounts: z.array(
    z.looseObject({
      resourceId: z.string().optional(),
      maskedPan: z.string().max(35),
      currency: z.string().length(3),
      ownerName: z.string().max(140).optional(),
      name: z.string().max(70).optional(),
      displayName: z.string().max(140).optional(),
      product: z.string().max(35).optional(),
    }),
  ),
});
/** `readCardAccountBalanceResponse-200` */
export const cardBalanceAnswer = z.looseObject({
  debitAccounting: z.boolean().optional(),
  balances: z.array(z.looseObject({ balanceAmount: amount, balanceType: z.string() })),
});
const cardTransaction = z.looseObject({
  cardTransactionId: z.string().optional(),
  transactionDate: z.string().optional(),
  bookingDate: z.string().optional(),
  transactionAmount: amount,
  transactionDetails: z.string().max(1000).optional(),
});
export type CardTransaction = z.infer<typeof cardTransaction>;
/** `cardAccountsTransactionsResponse200` */
export const cardTransactionList = z.looseObject({
  debitAccounting: z.boolean().optional(),
  cardTransactions: z.looseObject({
    booked: z.array(cardTransaction).optional(),
    pending: z.array(cardTransaction).optional(),
    _links: z.looseObject({ next: href.optional() }).optional(),
  }),
});
/** `trustedBeneficiaries` of the list of trusted beneficiaries 1.0.0 */
export const trustedList = z.looseObject({
  trustedBeneficiaries: z.array(
    z.looseObject({
      trustedBeneficiaryId: z.string().max(100),
      creditorAccount: z.looseObject({
        iban: z.string().max(34).optional(),
        currency: z.string().optional(),
      }),
      creditorName: z.string().max(140),
    }),
  ),
});
