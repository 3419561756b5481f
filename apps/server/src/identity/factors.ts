import type { SecondFactor } from "@jinqiao/contract";
import type { Clock } from "../platform/clock.ts";
import type { Db, Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { RandomBytes } from "../platform/ids.ts";
import type { Vault } from "../vault/index.ts";
import type { Codes } from "./codes.ts";
import { codeLifeMs } from "./codes.ts";
import type { Messages } from "./messages.ts";
import { maskEmail, maskPhone } from "./names.ts";
import { createRecoveryCodes, type RecoveryCodes } from "./recovery-codes.ts";
import * as sql from "./sql.ts";
import { createTotps, type Totps } from "./totp.ts";

type Purpose = "sign_in" | "reauthentication" | "recovery";

/** What a customer can prove themselves with beside password and passkey. */
export type Factors = {
  totps: Totps;
  recoveryCodes: RecoveryCodes;
  /** The proven phone number in E.164; null where there is none. */
  phoneOf(customerId: string): Promise<string | null>;
  setPhone(tx: Tx, customerId: string, phone: string): Promise<void>;
  /** What the customer may answer with, the simplest first. E-mail is everybody's. */
  methodsOf(customerId: string): Promise<SecondFactor[]>;
  /**
   * Sends a code that works for that purpose and binding alone.
   * @throws Refusal `identity.method_unavailable` without a phone number, `rate.limited`
   */
  send(
    customerId: string,
    to: { channel: "email" | "sms"; purpose: Purpose; bindTo: string },
  ): Promise<{ expiresAt: Date }>;
  /**
   * Judges an answer. Each code works once.
   * @throws Refusal `identity.code_invalid`, `identity.code_tries_used`, `identity.method_unavailable`
   */
  check(
    customerId: string,
    answer: { kind: SecondFactor["kind"]; code: string; purpose: Purpose; bindTo: string },
  ): Promise<void>;
  /** Who judges the codes of hardware tokens; they live in a part of this module that is built on this one. */
  knowHardwareTokens(tokens: HardwareTokens): void;
};

export type HardwareTokens = {
  has(customerId: string): Promise<boolean>;
  check(customerId: string, code: string): Promise<boolean>;
};

export function createFactors(deps: {
  db: Db;
  clock: Clock;
  vault: Vault;
  random: RandomBytes;
  secret: Buffer;
  codes: Codes;
  messages: Messages;
}): Factors {
  const { db, vault, codes, messages } = deps;
  const totps = createTotps(deps);
  const recoveryCodes = createRecoveryCodes(deps);
  let hardware: HardwareTokens | undefined;
  const place = (customerId: string) => ({
    table: "identity.customer",
    column: "phone_sealed",
    row: customerId,
    subject: customerId,
  });
  const useOf = (customerId: string, channel: string, purpose: Purpose, bindTo: string) => ({
    subject: customerId,
    purpose: `${purpose} ${channel}`,
    bindTo,
  });

  async function phoneOf(customerId: string): Promise<string | null> {
    const [row] = await db.query<{ phone_sealed: string | null }>(
      "SELECT phone_sealed FROM identity.customer WHERE id = $1",
      [customerId],
    );
    if (row?.phone_sealed == null) return null;
    await vault.ready({ subjects: [customerId] });
    return vault.open(place(customerId), row.phone_sealed);
  }

  return {
    totps,
    recoveryCodes,
    phoneOf,
    async setPhone(tx, customerId, phone) {
      await tx.query("UPDATE identity.customer SET phone_sealed = $2 WHERE id = $1", [
        customerId,
        vault.seal(place(customerId), phone),
      ]);
    },
    async methodsOf(customerId) {
      const [[customer], phone, totpAddedAt, codesLeft, token] = await Promise.all([
        sql.selectCustomers(db, vault, [customerId]),
        phoneOf(customerId),
        totps.addedAt(customerId),
        recoveryCodes.left(customerId),
        hardware?.has(customerId) ?? false,
      ]);
      return [
        ...(totpAddedAt === null ? [] : [{ kind: "totp" as const }]),
        { kind: "email" as const, masked: maskEmail(customer?.email ?? "") },
        ...(phone === null ? [] : [{ kind: "sms" as const, masked: maskPhone(phone) }]),
        ...(token ? [{ kind: "hardware_token" as const }] : []),
        ...(codesLeft === 0 ? [] : [{ kind: "recovery_code" as const }]),
      ];
    },
    async send(customerId, { channel, purpose, bindTo }) {
      if (channel === "sms" && (await phoneOf(customerId)) === null)
        throw new Refusal("identity.method_unavailable");
      return db.transaction(async (tx) => {
        const { code, expiresAt } = await codes.issue(tx, useOf(customerId, channel, purpose, bindTo));
        const content = {
          kind: "code" as const,
          purpose: purpose === "recovery" ? ("recovery" as const) : ("sign_in" as const),
          code,
          minutes: codeLifeMs / 60_000,
        };
        await messages.queue(tx, {
          to: { customerId: customerId as `cus_${string}` },
          channel,
          content,
          expiresAt,
        });
        return { expiresAt };
      });
    },
    async check(customerId, { kind, code, purpose, bindTo }) {
      if (kind === "email" || kind === "sms")
        return codes.check(db, useOf(customerId, kind, purpose, bindTo), code);
      const fits =
        kind === "totp"
          ? await totps.use(customerId, code)
          : kind === "recovery_code"
            ? await recoveryCodes.use(customerId, code)
            : ((await hardware?.check(customerId, code)) ?? false);
      if (!fits) throw new Refusal("identity.code_invalid");
    },
    knowHardwareTokens(tokens) {
      hardware = tokens;
    },
  };
}
