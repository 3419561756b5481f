/**
 * What we read of UK Open Banking answers (v4.0 OpenAPI definitions; the older names of v3.1 are understood beside).
 * Members we do not use are let through: banks add their own.
 */
import { z } from "zod";

const amount = z.looseObject({ Amount: z.string().max(40), Currency: z.string().length(3) });
const account = z.looseObject({
  SchemeName: z.string().optional(),
  Identification: z.string().max(256).optional(),
  Name: z.string().max(350).optional(),
});
const links = z.looseObject({ Next: z.string().max(4000).optional() }).optional();
const statusReason = z
  .array(
    z.looseObject({
      StatusReasonCode: z.string().max(80).optional(),
      StatusReasonDescription: z.string().max(500).optional(),
    }),
  )
  .optional();

/** `OBErrorResponse1` */
export const errorResponse = z.looseObject({
  Errors: z
    .array(z.looseObject({ ErrorCode: z.string().max(128), Message: z.string().max(2000).optional() }))
    .min(1),
});

/** `OBReadConsentResponse1`, `OBWriteDomesticConsentResponse5`, `OBDomesticVRPConsentResponse` */
export const consentResponse = z.looseObject({
  Data: z.looseObject({
    ConsentId: z.string().min(1).max(128),
    Status: z.string().max(40),
    ExpirationDateTime: z.string().max(60).optional(),
    StatusReason: statusReason,
    Initiation: z.looseObject({}).optional(),
  }),
  Risk: z.looseObject({}).optional(),
});

/** `OBReadAccount6` */
export const accountsResponse = z.looseObject({
  Data: z.looseObject({
    Account: z
      .array(
        z.looseObject({
          AccountId: z.string().min(1).max(40),
          Currency: z.string().optional(),
          Nickname: z.string().optional(),
          Description: z.string().optional(),
          Account: z.array(account).optional(),
        }),
      )
      .optional(),
  }),
  Links: links,
});

/** `OBReadBalance1` */
export const balancesResponse = z.looseObject({
  Data: z.looseObject({
    Balance: z.array(
      z.looseObject({ CreditDebitIndicator: z.enum(["Credit", "Debit"]), Type: z.string(), Amount: amount }),
    ),
  }),
});

export const transaction = z.looseObject({
  TransactionId: z.string().max(210).optional(),
  TransactionReference: z.string().max(210).optional(),
  CreditDebitIndicator: z.enum(["Credit", "Debit"]),
  Status: z.string(),
  BookingDateTime: z.string(),
  ValueDateTime: z.string().optional(),
  TransactionInformation: z.string().optional(),
  Amount: amount,
  CreditorAccount: account.optional(),
  DebtorAccount: account.optional(),
});
export type Transaction = z.infer<typeof transaction>;

/** `OBReadTransaction6` */
export const transactionsResponse = z.looseObject({
  Data: z.looseObject({ Transaction: z.array(transaction).optional() }),
  Links: links,
});

/** `OBReadStatement2` */
export const statementsResponse = z.looseObject({
  Data: z.looseObject({
    Statement: z
      .array(
        z.looseObject({
          StatementId: z.string().max(40).optional(),
          StartDateTime: z.string(),
          EndDateTime: z.string(),
        }),
      )
      .optional(),
  }),
});

/** v4.0 keeps days and frequency of a standing order in `MandateRelatedInformation`, v3.1 beside the amounts. */
const orderDays = z.looseObject({
  FirstPaymentDateTime: z.string().max(60).optional(),
  FinalPaymentDateTime: z.string().max(60).optional(),
});
const resourceId = z.string().min(1).max(128).optional();

/** `OBWriteDomesticResponse5`, `OBDomesticVRPResponse`, `OBWriteDomesticScheduledResponse5`, `OBWriteDomesticStandingOrderResponse6` */
export const paymentResponse = z.looseObject({
  Data: z.looseObject({
    DomesticPaymentId: resourceId,
    DomesticVRPId: resourceId,
    DomesticScheduledPaymentId: resourceId,
    DomesticStandingOrderId: resourceId,
    Status: z.string().max(60),
    StatusReason: statusReason,
    Initiation: orderDays.extend({ MandateRelatedInformation: orderDays.optional() }).optional(),
  }),
});
export type PaymentResponse = z.infer<typeof paymentResponse>;

/** `OBWritePaymentDetailsResponse1` */
export const paymentDetails = z.looseObject({
  Data: z.looseObject({ PaymentStatus: z.array(z.looseObject({ Status: z.string().max(60) })).optional() }),
});

/** `OBFundsConfirmationConsentResponse1` */
export const fundsConsent = z.looseObject({
  Data: z.looseObject({
    ConsentId: z.string().min(1).max(128),
    Status: z.string().max(40),
    ExpirationDateTime: z.string().max(60).optional(),
  }),
});

/** `OBFundsConfirmationResponse1`; v3.1 says the same. */
export const fundsConfirmation = z.looseObject({
  Data: z.looseObject({ ConsentId: z.string(), Reference: z.string(), FundsAvailable: z.boolean() }),
});
