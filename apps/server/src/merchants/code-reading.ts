import type { CodeReading } from "@jinqiao/contract";
import type { Currency } from "@jinqiao/money";
import {
  judgeMerchantCode,
  type MerchantCode,
  ownReferenceOf,
  problemTexts,
  QrError,
  type ReadCode,
  readCode,
  readPayCode,
} from "@jinqiao/qr";
import type { z } from "zod";
import type { Clock } from "../platform/clock.ts";
import type { CodeKeys } from "./code-keys.ts";
import { codeLimitOf } from "./code-limits.ts";
import { claimed, judgeLink } from "./code-payloads.ts";
import { type CodeRow, limitsView } from "./code-rows.ts";
import { otherSchemeText, readingTexts } from "./code-texts.ts";

type Reading = z.input<typeof CodeReading>;

export type ReadingDeps = {
  clock: Clock;
  publicUrl: string;
  keys: CodeKeys;
  codeById(id: string): Promise<CodeRow | undefined>;
  /** Whether a payment with this token can be paid now; undefined where nobody asked for such a payment. */
  payment(token: string): Promise<{ link: string; payable: boolean } | undefined>;
};

const nothing = {
  verdict: null,
  code: null,
  payment: null,
  schemes: [],
  claims: null,
  problem: null,
} satisfies Partial<Reading>;
const tokenForm = /^\/pay\/([0-9a-z]{32})$/;
const codeForm = /^\/t\/(qrc_[0-9a-hjkmnp-tv-z]{26})$/;

/**
 * Says what a scanned text is: one of our codes, and whether it is genuine; another scheme's, and what it says; a web
 * page; a payer's code; or nothing that can be read. Never refuses: whoever scanned something has to be told.
 */
export function createCodeReading(deps: ReadingDeps): (text: string) => Promise<Reading> {
  const { keys, publicUrl } = deps;
  const ours = new URL(publicUrl).origin;

  async function staticCode(codeId: string, genuine: boolean): Promise<Reading> {
    const row = genuine ? await deps.codeById(codeId) : undefined;
    if (row === undefined)
      return { ...nothing, kind: "static_code", verdict: "forged", text: readingTexts.forged };
    if (row.status === "revoked")
      return { ...nothing, kind: "static_code", verdict: "revoked", text: readingTexts.revoked };
    return {
      ...nothing,
      kind: "static_code",
      verdict: "genuine",
      code: {
        id: row.id,
        merchantName: row.merchant_name,
        storeName: row.store_name,
        livemode: row.livemode,
        currency: row.currency,
        limits: limitsView(codeLimitOf("static", row.country, row.currency), row.currency),
      },
      text: readingTexts.static,
    };
  }

  async function payment(token: string, expiresAt?: Date): Promise<Reading> {
    const found = await deps.payment(token);
    if (found === undefined)
      return { ...nothing, kind: "payment", verdict: "forged", text: readingTexts.forged };
    if (!found.payable || (expiresAt !== undefined && expiresAt <= deps.clock.now()))
      return { ...nothing, kind: "payment", verdict: "ended", text: readingTexts.ended };
    return {
      ...nothing,
      kind: "payment",
      verdict: "genuine",
      payment: { token, link: found.link },
      text: readingTexts.payment,
    };
  }

  async function merchantCode(code: MerchantCode, read: ReadCode): Promise<Reading> {
    const claims = claimsOf(code);
    const isOurs = code.accounts.some((account) => !("value" in account) && ownsIt(account.owner));
    if (!isOurs) {
      const { schemes } = read;
      const text =
        schemes.length === 0
          ? readingTexts.unknown_merchant
          : otherSchemeText(schemes.map(({ name }) => name));
      return { ...nothing, kind: "other_scheme", schemes, claims, text };
    }
    // Every code of ours is signed: without a signature it is as good as with a wrong one.
    const { verdict } = await judgeMerchantCode(code, keys.verify);
    const reference = verdict === "genuine" ? ownReferenceOf(code) : undefined;
    if (reference === undefined) {
      const kind = code.initiation === "dynamic" ? "payment" : "static_code";
      return { ...nothing, kind, verdict: "forged", claims, text: readingTexts.forged };
    }
    return reference.kind === "static"
      ? staticCode(reference.codeId, true)
      : payment(reference.token, reference.expiresAt);
  }

  async function address(url: URL): Promise<Reading> {
    if (url.origin === ours) {
      const token = tokenForm.exec(url.pathname)?.[1];
      if (token !== undefined) return payment(token);
      const codeId = codeForm.exec(url.pathname)?.[1];
      if (codeId !== undefined) return staticCode(codeId, await judgeLink(keys, publicUrl, url));
    }
    return {
      ...nothing,
      kind: "website",
      claims: { name: null, place: null, amount: null, reference: null, address: url.href.slice(0, 500) },
      text: url.origin === ours ? readingTexts.own_page : readingTexts.website,
    };
  }

  return async (given) => {
    const text = given.trim();
    if (readPayCode(text, deps.clock.now().getTime()) !== undefined)
      return { ...nothing, kind: "pay_code", text: readingTexts.pay_code };
    try {
      const read = readCode(text);
      if (read.kind === "merchant") return await merchantCode(read.code, read);
      if (read.kind === "consumer")
        return { ...nothing, kind: "pay_code", text: readingTexts.other_pay_code };
      return {
        ...nothing,
        kind: "other_scheme",
        schemes: read.schemes,
        claims: addressClaims(read),
        text: otherSchemeText(read.schemes.map(({ name }) => name)),
      };
    } catch (error) {
      if (!(error instanceof QrError)) throw error;
      if (/^https?:\/\//i.test(text) && URL.canParse(text)) return address(new URL(text));
      return { ...nothing, kind: "not_readable", text: problemTexts[error.problem], problem: error.problem };
    }
  };
}

function ownsIt(owner: string): boolean {
  return owner.toLowerCase() === "org.jinqiao";
}

function claimsOf(code: MerchantCode): NonNullable<Reading["claims"]> {
  return {
    name: code.translated ? `${code.name} · ${code.translated.name}` : code.name,
    place: `${code.city}, ${code.country}`,
    amount: code.amount === undefined ? null : claimed(code.amount, code.currency),
    reference: code.additional?.billNumber ?? code.additional?.reference ?? null,
    address: null,
  };
}

/** What the address of another scheme says. Of UPI: pn = name, am = amount, cu = currency, tn or tr = what for (NPCI). */
function addressClaims(read: Extract<ReadCode, { kind: "address" }>): NonNullable<Reading["claims"]> {
  const { fields, address } = read;
  const isUpi = read.schemes.some(({ id }) => id === "upi");
  const amount = isUpi && /^\d{1,12}(\.\d{1,2})?$/.test(fields.am ?? "") ? fields.am : undefined;
  return {
    name: (isUpi ? fields.pn : undefined) ?? null,
    place: null,
    amount:
      amount === undefined ? null : { amount, currency: ((fields.cu || "INR") as Currency).slice(0, 3) },
    reference: (isUpi ? (fields.tn ?? fields.tr) : undefined) ?? null,
    address: address.slice(0, 500),
  };
}
