import { z } from "zod";
import { idOf, Money } from "../../common.ts";
import { gatewayObject, Metadata } from "./shared.ts";

export const RefundReason = z.enum(["duplicate", "fraudulent", "requested_by_customer"]);

export const Refund = z
  .object({
    ...gatewayObject("refund", "re"),
    status: z.enum(["succeeded", "failed"]),
    paymentIntent: idOf("pi"),
    amount: Money,
    fee: Money.describe("Of the payment's fee, what is given back to the shop."),
    reason: RefundReason.nullable(),
    metadata: Metadata,
    balanceTransaction: idOf("txn").nullable(),
  })
  .meta({ id: "Refund", description: "Money that went back to the payer, at once." });
export type Refund = z.infer<typeof Refund>;
