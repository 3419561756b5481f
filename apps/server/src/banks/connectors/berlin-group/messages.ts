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
        text: z.string().max(2000).optional(),
      }),
    )
    .min(1),
});

/** `consentsResponse-201` */
export const consentCreated = z.looseObject({
  consentStatus: z.string(),
  consentId: z.string().min(1).max(300),
  _links: z.looseObject({ scaOAuth: href.optional(), scaRedirect: href.optional() }),
});

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
  _links: z.looseObject({ scaRedirect: href.optional() }).optional(),
  ...notes,
});
/** `paymentInitiationStatusResponse-200_json` */
export const paymentStatusAnswer = z.looseObject({ transactionStatus: z.string(), ...notes });
