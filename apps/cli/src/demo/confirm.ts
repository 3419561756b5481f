import type { ReadCode } from "./enter.ts";
import { type ApiClient, unwrap } from "./session.ts";

type Amount = { amount: string; currency: string };
type Payment =
  | { kind: "transfer"; payeeId: string; amount: Amount }
  | { kind: "withdrawal"; linkedAccountId: string; amount: Amount };

/**
 * Confirms a payment as a person without a passkey does: by the code that is sent for exactly this payment.
 * @returns the confirmation's id, which goes with the payment
 */
export async function confirmPayment(
  api: ApiClient,
  payment: Payment,
  readCode: (than?: string) => ReturnType<ReadCode>,
): Promise<string> {
  const { id } = await unwrap(api.POST("/v1/step-ups", { body: payment }));
  const params = { path: { stepUpId: id } };
  const before = await readCode();
  await unwrap(api.POST("/v1/step-ups/{stepUpId}/codes", { params, body: { channel: "email" } }));
  const code = await readCode(before);
  await unwrap(api.POST("/v1/step-ups/{stepUpId}/answers", { params, body: { kind: "code", code } }));
  return id;
}
