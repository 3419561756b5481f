import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { ClientKind, ServerKind } from "@jinqiao/sandbox-bank/script-client";
import type { BankUnderTest } from "../subject.ts";
import { assertBooksBalance, type Check, fresh, NotOffered } from "./check.ts";
import { impatientMs } from "./faults.ts";
import { isSuccess, type Step, steps } from "./steps.ts";

/** What is wrong with the bank, or with us, for as long as a step takes. */
export type Condition = {
  name: string;
  en: string;
  zh: string;
  /** Steps that it can touch; all when absent. */
  steps?: readonly string[];
  /** Nothing may come of the step meanwhile. */
  mustFail?: boolean;
  /** @throws NotOffered with the reason where the dialect knows nothing of the kind */
  begin(bank: BankUnderTest): Promise<{ settings?: Record<string, unknown>; end?: () => Promise<unknown> }>;
};

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Past the longest consent of any dialect (RTS (EU) 2018/389, article 10: 180 days). */
const refreshTokenMs = 190 * dayMs;

export const conditions: readonly Condition[] = [
  bankCertificate("expired", "the bank's certificate has expired", "银行证书已过期"),
  bankCertificate("foreign", "the bank's certificate is of another authority", "银行证书由其他机构签发"),
  ourCertificate("expired", "our certificate has expired", "本方证书已过期"),
  ourCertificate("revoked", "our certificate was revoked", "本方证书已被吊销"),
  ourCertificate("foreign", "our certificate is of another authority", "本方证书由其他机构签发"),
  {
    name: "token-expired",
    en: "the access token has expired",
    zh: "访问令牌已过期",
    async begin(bank) {
      if (bank.tokenless !== undefined) throw new NotOffered(bank.tokenless);
      return clockAt(bank, hourMs);
    },
  },
  {
    name: "refresh-token-expired",
    en: "the refresh token has expired",
    zh: "刷新令牌已过期",
    steps: ["refresh"],
    mustFail: true,
    begin: (bank) => clockAt(bank, refreshTokenMs),
  },
  {
    name: "account-moved",
    en: "the bank has changed the account's id",
    zh: "银行更改了账户编号",
    steps: ["balance", "entries", "pay"],
    async begin(bank) {
      if (!bank.connector.capabilities.accounts)
        throw new NotOffered("accounts are named by their numbers here, which do not change");
      const { account } = await bank.linked();
      await bank.script.newResourceId(account.iban);
      return {};
    },
  },
  {
    name: "clock-ahead",
    en: "the bank's clock is a day ahead",
    zh: "银行时钟快一天",
    begin: (bank) => clockAt(bank, dayMs),
  },
  {
    name: "clock-behind",
    en: "the bank's clock is a day behind",
    zh: "银行时钟慢一天",
    begin: (bank) => clockAt(bank, -dayMs),
  },
];

/** Every step under every condition that can touch it. */
export const conditionChecks: readonly Check[] = steps.flatMap((one) =>
  conditions
    .filter((condition) => condition.steps?.includes(one.id) ?? true)
    .map((condition) => ({
      id: `fault.${one.id}.${condition.name}`,
      title: { en: `${one.en}: ${condition.en}`, zh: `${one.zh}：${condition.zh}` },
      needs: one.needs,
      run: (bank: BankUnderTest) => drill(bank, one, condition),
    })),
);

async function drill(bank: BankUnderTest, one: Step<never>, condition: Condition): Promise<string> {
  if (!bank.scripted) throw new NotOffered("this bank has no script");
  if (bank.files !== undefined && one.files.length === 0)
    throw new NotOffered("this step calls no bank: the customer's browser does");
  const prepared = await one.prepare(bank);
  const { settings = {}, end } = await condition.begin(bank);
  let outcome: string;
  try {
    const all = { ...bank.files?.drillSettings, ...settings };
    outcome = await fresh(bank, { timeoutMs: impatientMs, settings: all }, (connector) =>
      one.attempt(bank, connector, prepared),
    );
  } finally {
    await end?.();
  }
  if (condition.mustFail) assert(!isSuccess(outcome), `something came of it: ${outcome}`);
  await one.aftermath(bank, prepared, outcome);
  await assertBooksBalance(bank);
  return outcome;
}

async function clockAt(bank: BankUnderTest, offsetMs: number) {
  await bank.script.setClock(offsetMs);
  return { end: () => bank.script.setClock(0) };
}

/** The bank shows another certificate than its good one; by SFTP: another key than the pinned one. */
function bankCertificate(
  kind: Extract<ServerKind, "expired" | "foreign">,
  en: string,
  zh: string,
): Condition {
  return {
    name: `bank-certificate-${kind}`,
    en,
    zh,
    mustFail: true,
    async begin(bank) {
      if (bank.files !== undefined) {
        if (kind === "expired") throw new NotOffered("an SFTP server has a pinned key, which does not end");
        return {
          settings: bank.files.settings({ hostFingerprint: randomBytes(32).toString("base64").slice(0, 43) }),
        };
      }
      assertTls(bank);
      await bank.script.showCertificate(kind);
      return { end: () => bank.script.showCertificate("valid") };
    },
  };
}

/** We show another certificate than our good one; by SFTP: another secret than the one agreed. */
function ourCertificate(kind: Exclude<ClientKind, "valid">, en: string, zh: string): Condition {
  return {
    name: `client-certificate-${kind}`,
    en,
    zh,
    mustFail: true,
    async begin(bank) {
      if (bank.files !== undefined) {
        if (kind === "expired") throw new NotOffered("keys of SFTP do not end");
        return { settings: bank.files.settings({ password: "not the secret that was agreed" }) };
      }
      const tls = assertTls(bank);
      const { ca } = tls;
      return {
        settings: { tls: { ca, ...(await bank.script.clientCertificate({ kind, name: "Jinqiao" })) } },
      };
    },
  };
}

function assertTls({ entry }: BankUnderTest): { ca?: string } {
  if (entry.tls === undefined) throw new NotOffered("this bank is not called over TLS here");
  return entry.tls as { ca?: string };
}
