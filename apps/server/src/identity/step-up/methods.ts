import type { StepUp, StepUpAnswer, StepUpMethodKind, StepUpStatement } from "@jinqiao/contract";
import { parseAmount } from "@jinqiao/money";
import type { z } from "zod";
import type { Db } from "../../platform/db.ts";
import { Refusal } from "../../platform/errors.ts";
import type { Codes, CodeUse } from "../codes.ts";
import type { StepUpFactors } from "./factors.ts";
import type { Pins } from "./pin.ts";
import { isAllowed } from "./policy.ts";
import type { StepUpRow } from "./sql.ts";
import type { Tokens } from "./tokens.ts";

type Method = z.input<typeof StepUp>["methods"][number];

/** The order in which methods are offered: what is safest and least work first. */
const order: readonly StepUpMethodKind[] = ["passkey", "pin", "in_app", "code", "totp", "hardware_token"];

/** A code by mail or SMS works for the payment of this digest and for nothing else. */
export const codeUseOf = (row: StepUpRow): CodeUse => ({
  subject: row.customer_id,
  purpose: "payment",
  bindTo: row.digest.toString("hex"),
});

/** The ways in which a payment can be confirmed. */
export type Methods = {
  /** Those that the customer has and that are enough for this payment, the best first. */
  of(row: StepUpRow, known: { hasPasskey: boolean; locked: boolean }): Promise<Method[]>;
  /** Whether an answer is right; one that is right is used up where it works only once. */
  isRight(row: StepUpRow, answer: StepUpAnswer, statement: StepUpStatement): Promise<boolean>;
};

export function createMethods(deps: {
  db: Db;
  codes: Codes;
  factors: StepUpFactors;
  pins: Pins;
  tokens: Tokens;
}): Methods {
  const { db, factors, pins, tokens } = deps;
  return {
    async of(row, { hasPasskey, locked }) {
      const { customer_id: customerId } = row;
      const [channels, pin, list, totp] = await Promise.all([
        factors.channels(customerId),
        pins.state(customerId),
        tokens.list(customerId),
        factors.totp.isSet(customerId),
      ]);
      const isSet: Record<StepUpMethodKind, boolean> = {
        passkey: hasPasskey,
        pin: pin.set,
        in_app: list.some(({ kind }) => kind === "in_app"),
        code: channels.length > 0,
        totp,
        hardware_token: list.some(({ kind }) => kind === "hardware"),
      };
      const needed = { linkedOnly: row.linked_only, pin: row.pin_allowed };
      return order
        .filter((kind) => isSet[kind] && isAllowed(kind, needed))
        .map((kind) => ({
          kind,
          locked: kind !== "passkey" && (locked || (kind === "pin" && pin.locked)),
          ...(kind === "code" ? { channels } : {}),
        }));
    },

    async isRight(row, answer, { amount, currency, payee }) {
      const { customer_id: customerId, digest } = row;
      switch (answer.kind) {
        case "passkey": {
          const payment = { payeeName: payee.name, amount: parseAmount({ amount, currency }) };
          return factors.passkeys.isSigned(customerId, answer.credential, { challenge: digest, payment });
        }
        case "pin":
          return pins.check(customerId, answer.pin);
        case "totp":
          return factors.totp.check(customerId, answer.code);
        case "hardware_token":
          return tokens.checkHardware(customerId, answer.code);
        case "in_app":
          return tokens.checkInApp(customerId, digest, answer.code);
        case "code":
          return deps.codes.check(db, codeUseOf(row), answer.code).then(
            () => true,
            (error: unknown) => {
              if (error instanceof Refusal) return false;
              throw error;
            },
          );
      }
    },
  };
}
