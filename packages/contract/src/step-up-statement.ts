/**
 * What a customer confirms of one payment. `amount` is the exact decimal text, `payee.name` the name as it was shown,
 * `note` the text that travels with the payment (null where there is none).
 */
export type StepUpStatement = {
  stepUpId: string;
  customerId: string;
  kind: "transfer" | "withdrawal" | "purchase";
  amount: string;
  currency: string;
  payee: { id: string; name: string };
  note: string | null;
  trustPayee: boolean;
};

/**
 * The statement as the one text whose SHA-256 digest is signed: JSON with sorted keys and nothing between them, as RFC
 * 8785 (JSON Canonicalization Scheme) writes it; every value is text, true, false or null, so that no number can be
 * written in two ways. Server and wallet build it by this one function: a device that shows a payment can check that
 * the digest it signs is of what it shows. Source: PSD2 RTS (EU) 2018/389, Art. 5.
 */
export function stepUpText(statement: StepUpStatement): string {
  const { stepUpId, customerId, kind, amount, currency, payee, note, trustPayee } = statement;
  // The keys stand in the order of their code units.
  return JSON.stringify({
    amount,
    currency,
    customer: customerId,
    kind,
    note,
    payee: { id: payee.id, name: payee.name },
    stepUp: stepUpId,
    trustPayee,
    version: "1",
  });
}

/**
 * The dynamic code of a device over a payment's digest: HMAC-SHA-256 by the device's secret, cut to eight digits as RFC
 * 4226, section 5.3, cuts (8 instead of 6 digits; the message is the digest instead of a counter).
 * @param mac 32 bytes
 */
export function dynamicCode(mac: Uint8Array): string {
  const offset = (mac[mac.length - 1] as number) & 0x0f;
  const view = new DataView(mac.buffer, mac.byteOffset, mac.byteLength);
  const number = view.getUint32(offset) & 0x7fff_ffff;
  return String(number % 100_000_000).padStart(8, "0");
}
