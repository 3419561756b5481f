import { accountChecks } from "./accounts.ts";
import type { Check } from "./check.ts";
import { conditionChecks } from "./conditions.ts";
import { consentChecks } from "./consents.ts";
import { faultChecks } from "./faults.ts";
import { fileChecks } from "./files.ts";
import { loadChecks } from "./load.ts";
import { noticeChecks } from "./notices.ts";
import { paymentChecks } from "./payments.ts";
import { serviceChecks } from "./services.ts";
import { settlementChecks } from "./settlement.ts";
import { lieChecks, statementChecks } from "./statements.ts";
import { weekChecks } from "./week.ts";

export { type Check, NotOffered, offers } from "./check.ts";

/** Everything that a bank must do before it may hold a customer's money, in the order in which it is asked. */
export const checks: readonly Check[] = [
  ...consentChecks,
  ...accountChecks,
  ...paymentChecks,
  ...serviceChecks,
  ...noticeChecks,
  ...fileChecks,
  ...statementChecks,
  ...faultChecks,
  ...conditionChecks,
  ...loadChecks,
  ...weekChecks,
  ...settlementChecks,
  ...lieChecks,
];
