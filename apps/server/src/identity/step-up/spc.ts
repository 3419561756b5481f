import type { PasskeyAssertion } from "@jinqiao/contract";
import { parseAmount } from "@jinqiao/money";
import type { PaymentShown } from "./factors.ts";

/**
 * Whether a signature is of a plain passkey question, or of a Secure Payment Confirmation that showed this very
 * payment. The signature itself, challenge, origin and site are verified elsewhere. Source: Secure Payment
 * Confirmation (W3C), sections 5 (CollectedClientAdditionalPaymentData) and 7.1 (verifying).
 * @param rpId the site that the passkeys belong to
 */
export function showsPayment(credential: PasskeyAssertion, rpId: string, shown: PaymentShown): boolean {
  const data = clientDataOf(credential);
  if (data?.type === "webauthn.get") return true;
  if (data?.type !== "payment.get" || !isRecord(data.payment)) return false;
  const { rpId: site, payeeName, total } = data.payment;
  if (site !== rpId || payeeName !== shown.payeeName || !isRecord(total)) return false;
  const { value, currency } = total;
  if (typeof value !== "string" || typeof currency !== "string" || currency !== shown.amount.currency)
    return false;
  try {
    return parseAmount({ amount: value, currency }).minor === shown.amount.minor;
  } catch {
    return false;
  }
}

function clientDataOf(credential: PasskeyAssertion): Record<string, unknown> | undefined {
  try {
    const data: unknown = JSON.parse(
      Buffer.from(credential.response.clientDataJSON, "base64url").toString("utf8"),
    );
    return isRecord(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
