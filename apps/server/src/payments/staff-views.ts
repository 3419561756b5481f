import type { Staff } from "@jinqiao/contract";
import { type AccessReasons, type CustomerName, maskName } from "../identity/index.ts";
import { isPayout } from "./own-account.ts";
import type { PaymentRow } from "./sql.ts";
import type { PaymentView } from "./views.ts";

/** A payment as a member of staff may see it now. */
export type StaffView = { payment: PaymentView; customerName: string; namesHidden: boolean };

type Deps = {
  views(payments: readonly PaymentRow[]): Promise<PaymentView[]>;
  customersById(ids: readonly string[]): Promise<Map<string, CustomerName>>;
  looks: Pick<AccessReasons, "openTo">;
};

/**
 * Payments in the order given, for staff. Each person in them is named to who has said why for that person, and masked
 * to everybody else; the customer's own words are left out with the name.
 */
export async function staffViews(
  deps: Deps,
  staff: Pick<Staff, "id">,
  payments: readonly PaymentRow[],
): Promise<StaffView[]> {
  const [views, people, open] = await Promise.all([
    deps.views(payments),
    deps.customersById([...new Set(payments.map(({ customer_id }) => customer_id))]),
    deps.looks.openTo(staff.id, [
      ...new Set(payments.flatMap(({ customer_id, payee_id }) => [customer_id, payee_id ?? []].flat())),
    ]),
  ]);
  return payments.map((row, index) => {
    const payment = views[index] as PaymentView;
    const name = people.get(row.customer_id)?.displayName ?? "?";
    // A shop trades under its name: there is nobody to be hidden.
    const namesHidden = !isPayout(row) && !open.has(row.customer_id);
    const otherHidden = row.kind === "transfer" ? !open.has(row.payee_id ?? "") : namesHidden;
    return {
      payment: {
        ...payment,
        note: namesHidden ? null : payment.note,
        counterparty: otherHidden ? hiddenCounterparty(payment.counterparty, name) : payment.counterparty,
      },
      customerName: namesHidden ? maskName(name) : name,
      namesHidden,
    };
  });
}

/** Some banks name an account after its owner. What an account is called otherwise tells of nobody. */
function hiddenCounterparty(
  counterparty: PaymentView["counterparty"],
  customerName: string,
): PaymentView["counterparty"] {
  const { kind, name } = counterparty;
  const ofPerson =
    kind === "customer" || name.toLocaleLowerCase("en").includes(customerName.toLocaleLowerCase("en"));
  return ofPerson && name !== "?" ? { ...counterparty, name: maskName(name) } : counterparty;
}

/** Of these payments those whose customer that person has open. */
export async function namesOpen(
  looks: Pick<AccessReasons, "openTo">,
  staff: Pick<Staff, "id">,
  payments: readonly PaymentRow[],
): Promise<ReadonlySet<string>> {
  const open = await looks.openTo(staff.id, [...new Set(payments.map(({ customer_id }) => customer_id))]);
  return new Set(payments.flatMap((payment) => (open.has(payment.customer_id) ? [payment.id] : [])));
}
