import { type PersonalTable, personalData, type Vault } from "../vault/index.ts";
import type { PaymentRow } from "./sql.ts";

/** Where payments keep personal data, sealed: what the payer wrote, readable until the payer's data is erased. */
export const paymentData = {
  table: "payments.payment",
  id: "id",
  columns: ["note"],
  subject: "customer_id",
} as const satisfies PersonalTable;

type Noted = Pick<PaymentRow, "id" | "customer_id">;
const placeOf = ({ id, customer_id }: Noted) => ({ id, subject: customer_id });

/** The column for what the payer wrote; nothing for an empty note. */
export async function sealNote(
  vault: Vault,
  payment: Noted,
  note: string | undefined,
): Promise<string | null> {
  if (!note) return null;
  await vault.ready({ subjects: [payment.customer_id] });
  return personalData(vault, paymentData).seal("note", placeOf(payment), note);
}

/** What the payers wrote, by payment; nothing for those who wrote nothing or were erased. */
export async function notesOf(vault: Vault, payments: readonly PaymentRow[]): Promise<Map<string, string>> {
  const noted = payments.filter((payment) => payment.note_sealed !== null);
  if (noted.length > 0) await vault.ready({ subjects: noted.map(({ customer_id }) => customer_id) });
  const data = personalData(vault, paymentData);
  return new Map(
    noted.flatMap((payment) => {
      const note = data.open("note", placeOf(payment), payment.note_sealed, null);
      return note === null ? [] : [[payment.id, note]];
    }),
  );
}
