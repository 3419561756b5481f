import { z } from "zod";

/** What a member of staff may be. One role each; least privilege: a role has what its work needs and no more. */
export const StaffRole = z
  .enum(["operations", "viewer", "support", "compliance", "security", "administrator"])
  .meta({ id: "StaffRole" });
export type StaffRole = z.infer<typeof StaffRole>;

/** What a staff route asks for. `self` is what every member of staff has: their own session and passkeys. */
export const permissions = [
  "self",
  "events.read",
  "payments.read",
  "payments.recall",
  "books.read",
  "books.personal",
  "reconciliation.read",
  "reconciliation.decide",
  "cases.read",
  "cases.decide",
  "alarms.read",
  "alarms.clear",
  "banks.read",
  "onboarding.read",
  "onboarding.decide",
  "messages.read",
  "customers.read",
  "freezes.set",
  "freezes.lift",
  "customers.erase",
  "proposals.read",
  "limits.change",
  "tokens.import",
  "keys.change",
  "security.read",
  "audit.read",
  "staff.read",
  "staff.change",
  "merchants.read",
  "merchants.decide",
  "disputes.decide",
] as const;
export type Permission = (typeof permissions)[number];

const looking = [
  "self",
  "events.read",
  "payments.read",
  "books.read",
  "reconciliation.read",
  "cases.read",
  "alarms.read",
  "banks.read",
  "onboarding.read",
  "messages.read",
  "merchants.read",
] as const;

/** Which role has which permission. No role has both staff and money; keys and staff are nobody's who moves money. */
export const rolePermissions: Readonly<Record<StaffRole, readonly Permission[]>> = {
  operations: [
    ...looking,
    "payments.recall",
    "books.personal",
    "reconciliation.decide",
    "cases.decide",
    "alarms.clear",
    "onboarding.decide",
    "customers.read",
    "freezes.set",
    "freezes.lift",
    "customers.erase",
    "proposals.read",
    "limits.change",
    "security.read",
    "merchants.decide",
    "disputes.decide",
  ],
  viewer: looking,
  support: [
    "self",
    "events.read",
    "payments.read",
    "alarms.read",
    "messages.read",
    "customers.read",
    "freezes.set",
    "freezes.lift",
    "proposals.read",
  ],
  compliance: [
    ...looking,
    "customers.read",
    "freezes.set",
    "freezes.lift",
    "customers.erase",
    "proposals.read",
    "limits.change",
    "audit.read",
    "merchants.decide",
    "disputes.decide",
  ],
  security: [
    "self",
    "events.read",
    "messages.read",
    "proposals.read",
    "tokens.import",
    "keys.change",
    "security.read",
    "audit.read",
    "staff.read",
    "staff.change",
  ],
  administrator: [
    "self",
    "events.read",
    "proposals.read",
    "keys.change",
    "security.read",
    "audit.read",
    "staff.read",
    "staff.change",
  ],
};

/** Whether people of that role may do that. */
export function may(role: StaffRole, permission: Permission): boolean {
  return rolePermissions[role].includes(permission);
}
