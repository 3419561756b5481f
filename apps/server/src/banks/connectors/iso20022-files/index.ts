import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import { type Clock, dateIn } from "../../../platform/clock.ts";
import { Refusal } from "../../../platform/errors.ts";
import type { BankConnector, ConsentAccess } from "../../connector.ts";
import type { HttpOptions } from "../../types.ts";
import type { Dialect } from "../index.ts";
import { createFolderExchange, type Place } from "./exchange.ts";
import { createInbox } from "./inbox.ts";
import { type MandateNews, writeMandateEnd } from "./mandate-messages.ts";
import {
  cancelPayment,
  findPayment,
  initiatePayment,
  type MandateTerms,
  paymentStatus,
  recallPayment,
} from "./payments.ts";
import { type IsoFilesConfig, isoFilesSettings } from "./settings.ts";
import { createSftpExchange } from "./sftp-exchange.ts";

/** How long a customer who signed a mandate waits for the bank's file about it. */
const acceptanceTimeMs = 20_000;
const lookAgainMs = 250;
const endOfTime = "9999-12-31T00:00:00.000Z";

/**
 * A bank whose core system is reached by ISO 20022 files, in a shared folder or by SFTP. Payouts are credit transfers
 * (pain.001). Top-ups are collections (pain.008) under a mandate that the customer signs on the bank's page; the
 * mandate's reference is ours and is the consent's id. The bank tells no balance and no entries of the customer.
 */
export function createIsoFilesConnector(deps: {
  config: IsoFilesConfig;
  clock: Clock;
  logger: Logger;
  http?: HttpOptions;
}): BankConnector {
  const { config, clock, logger } = deps;
  const exchange =
    config.exchange.kind === "folder"
      ? createFolderExchange(config.exchange.path)
      : createSftpExchange(config.exchange, deps.http?.timeoutMs ?? 10_000);
  const { partialAfterMs } = config;
  const inbox = createInbox({ exchange, clock, logger, bankId: config.id, partialAfterMs });
  const payments = { config, clock, exchange, inbox };

  /** The bank's last word on a mandate. An ended one does not come back, in whatever order the files came. */
  async function stateOf(mandateId: string): Promise<MandateNews | undefined> {
    await reaching(() => inbox.refresh());
    const news = inbox.mandateNews(mandateId);
    return news.find(({ kind }) => kind === "ended") ?? news.at(-1);
  }

  /** Whether we ended it: the file about it lies with the bank. */
  async function isEndedHere(mandateId: string, places: readonly Place[] = endPlaces): Promise<boolean> {
    for (const place of places) if (await exchange.has(place, endFile(mandateId))) return true;
    return false;
  }

  /** Files of acceptance that linked somebody: each links once. */
  const used = new Set<string>();

  async function awaitAcceptance(mandateId: string, messageId: string) {
    const looks = acceptanceTimeMs / lookAgainMs;
    for (let look = 1; look <= looks; look += 1) {
      await reaching(() => inbox.refresh());
      // The callback names the bank's file, so that a mandate signed by one visit is not taken for that of another.
      const news = inbox.mandateNews(mandateId).find((one) => one.messageId === messageId);
      if (news?.kind === "accepted" && !used.has(messageId)) {
        used.add(messageId);
        return news;
      }
      if (news !== undefined) throw new Refusal("bank.link_failed");
      await setTimeout(lookAgainMs);
    }
    throw new Refusal("bank.unavailable");
  }

  return {
    capabilities: {
      accounts: false,
      payments: true,
      oneTapTopUp: true,
      statements: true,
      notices: false,
      creditsOnlyWhenSettled: true,
      executionWindowMs: config.executionWindowMs ?? 3_600_000,
    },
    async startConsent(input) {
      const mandateId = input.requestId.replaceAll("-", "");
      const page = new URL(config.mandatePage);
      page.searchParams.set("creditor", config.companyId);
      page.searchParams.set("mandate", mandateId);
      page.searchParams.set("redirect_uri", input.redirectUri);
      page.searchParams.set("state", input.state);
      return { bankConsentId: mandateId, authorisationUrl: page.href, secrets: { state: input.state } };
    },
    async completeConsent({ bankConsentId, callbackUrl, secrets }) {
      const callback = new URL(callbackUrl).searchParams;
      const messageId = callback.get("code");
      if (messageId === null || callback.get("state") !== secrets.state)
        throw new Refusal("bank.link_failed");
      const accepted = await awaitAcceptance(bankConsentId, messageId);
      const signedAt = new Date(accepted.createdAt);
      const terms: MandateTerms = {
        mandateId: bankConsentId,
        signedOn: dateIn(config.timeZone, signedAt),
        debtorName: accepted.debtorName,
      };
      return {
        access: {
          bankConsentId,
          accessToken: JSON.stringify(terms),
          refreshToken: null,
          expiresAt: endOfTime,
        },
        validUntil: null,
        frequencyPerDay: null,
        accounts: [
          {
            resourceId: accepted.iban,
            iban: accepted.iban,
            currency: accepted.currency ?? config.custodyAccounts[0]?.currency ?? "EUR",
            name: accepted.accountName ?? config.name.en,
            ownerName: accepted.debtorName,
          },
        ],
      };
    },
    async consentStatus(bankConsentId) {
      const state = await stateOf(bankConsentId);
      if (await reaching(() => isEndedHere(bankConsentId))) return "revoked";
      if (state === undefined) return "awaiting_customer";
      return state.kind === "accepted" ? "valid" : state.kind === "refused" ? "rejected" : "revoked";
    },
    async revokeConsent(bankConsentId) {
      await reaching(async () => {
        await inbox.refresh();
        const over = inbox.mandateNews(bankConsentId).some(({ kind }) => kind !== "accepted");
        if (over || (await isEndedHere(bankConsentId, ["to-bank", "to-bank/archive"]))) return;
        const message = {
          messageId: `C${bankConsentId}`,
          createdAt: clock.now().toISOString(),
          companyId: config.companyId,
          mandateId: bankConsentId,
        };
        await exchange.put("to-bank", endFile(bankConsentId), writeMandateEnd(message));
      });
    },
    async refreshAccess(access: ConsentAccess) {
      const over =
        (await stateOf(access.bankConsentId))?.kind === "ended" ||
        (await reaching(() => isEndedHere(access.bankConsentId)));
      if (over) throw new Refusal("bank.consent_ended");
      return access;
    },
    balance: async () => notOffered(),
    entries: async () => notOffered(),
    initiatePayment: (order, access) => initiatePayment(payments, order, access),
    paymentStatus: (bankPaymentId) => paymentStatus(payments, bankPaymentId),
    cancelPayment: (bankPaymentId) => cancelPayment(payments, bankPaymentId),
    findPayment: (reference) => findPayment(payments, reference),
    recallPayment: (bankPaymentId, reason) => recallPayment(payments, bankPaymentId, reason),
    custodyStatement: ({ currency, resourceId }, date) =>
      reaching(async () => {
        const custody = config.custodyAccounts.find(
          (account) => account.currency === currency && account.resourceId === resourceId,
        );
        if (custody === undefined) return null;
        await inbox.refresh();
        const name = inbox.statementFile(custody.iban, date);
        const content = name === null ? null : await exchange.read("from-bank", name);
        return content === null ? null : new TextDecoder("utf-8", { fatal: true }).decode(content);
      }),
    close: exchange.close,
  };
}

/** Also what the bank could not read is ended for us: we collect nothing more, and `revokeConsent` tells it again. */
const endPlaces = ["to-bank", "to-bank/archive", "to-bank/rejected"] as const;
const endFile = (mandateId: string) => `pain.011_${mandateId}.xml`;

/** Callers ask the capabilities first. */
function notOffered(): never {
  throw new Error("this bank tells neither balances nor entries of its customers");
}

async function reaching<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal("bank.unavailable", { cause });
  }
}

export const isoFiles = {
  settings: isoFilesSettings,
  create: createIsoFilesConnector,
} satisfies Dialect<typeof isoFilesSettings>;
