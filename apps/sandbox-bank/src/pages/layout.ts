/** The frame of every page: header, language, security headers, style sheet. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Bank } from "../context.ts";
import { formatAmount } from "../money.ts";
import { type Html, html } from "./html.ts";
import { type Language, type Texts, textsOf } from "./texts.ts";

const ASSETS = new URL("../assets/", import.meta.url);
const LANGUAGE_COOKIE = "hb_lang";
const YEAR_SECONDS = 31_536_000;

declare module "fastify" {
  interface FastifyInstance {
    bankName: { en: string; zh: string };
  }
}

/** Everything a page needs to know about its reader. */
export interface Reader {
  language: Language;
  t: Texts;
}

/** The reader's language: chosen on the page, then what the app asks for, then the browser's. */
export function readerOf(request: FastifyRequest, uiLocales?: unknown): Reader {
  const query = request.query as { lang?: string };
  const asked = [query.lang, request.cookies[LANGUAGE_COOKIE], uiLocales, request.headers["accept-language"]];
  for (const text of asked) {
    const language = languageOf(text);
    if (language !== undefined) return { language, t: textsOf(language, request.server.bankName) };
  }
  return { language: "en", t: textsOf("en", request.server.bankName) };
}

function languageOf(text: unknown): Language | undefined {
  if (typeof text !== "string") return undefined;
  const first = text.split(/[ ,]/).find((tag) => /^(zh|en)\b/i.test(tag));
  return first === undefined ? undefined : (first.slice(0, 2).toLowerCase() as Language);
}

export interface Page {
  reader: Reader;
  title: string;
  body: Html;
  status?: number;
  /** Origins that a form of this page may end at after redirects (Content-Security-Policy form-action). */
  formTargets?: string[];
}

/** Sends a page with strict security headers: no scripts at all, nothing from elsewhere, no framing. */
export function sendPage(request: FastifyRequest, reply: FastifyReply, page: Page): FastifyReply {
  const { language, t } = page.reader;
  const query = request.query as { lang?: string };
  if (query.lang === "zh" || query.lang === "en") {
    reply.setCookie(LANGUAGE_COOKIE, query.lang, {
      path: "/",
      sameSite: "lax",
      httpOnly: true,
      maxAge: YEAR_SECONDS,
    });
  }
  const formAction = ["'self'", ...(page.formTargets ?? [])].join(" ");
  reply
    .code(page.status ?? 200)
    .type("text/html; charset=utf-8")
    .headers({
      "content-security-policy": `default-src 'none'; style-src 'self'; img-src 'self'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
  const other = language === "zh" ? "en" : "zh";
  const path = request.url.split("?")[0] ?? "/";
  // After a refused form the address is the form's own; the language link leads back to the page that holds it.
  const target = request.method === "GET" ? path : path.replace(/\/[^/]+$/, "") || "/";
  const document = html`<!doctype html>
<html lang="${language === "zh" ? "zh-CN" : "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} · ${t.bankName}</title>
<link rel="stylesheet" href="/assets/bank.css">
<link rel="icon" href="/assets/logo.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#main">${t.skip}</a>
<header class="top"><div class="bar">
<span class="brand"><img src="/assets/logo.svg" alt="" width="32" height="32"><span class="names"><strong>${request.server.bankName.en}</strong><span lang="zh-CN">${request.server.bankName.zh}</span></span><span class="tag">${t.sandbox}</span></span>
<a class="language" href="${target}?lang=${other}" hreflang="${other}" lang="${other}" data-testid="bank-language">${t.otherLanguage}</a>
</div></header>
<main id="main">${page.body}</main>
<footer><p>${t.sandboxNote}</p></footer>
</body>
</html>`;
  return reply.send(document.html);
}

/** A message about what went wrong, read out at once by screen readers. */
export function alertBox(text: string | undefined): Html {
  return text === undefined
    ? html``
    : html`<p class="alert" role="alert" data-testid="bank-error">${text}</p>`;
}

/** A form's proof that it comes from this bank's own page: bound to the flow it belongs to. */
export function formToken(bank: Bank, flowId: string): string {
  return createHmac("sha256", bank.keys.pageKey).update(`form:${flowId}`).digest("base64url");
}

export function hasFormToken(bank: Bank, flowId: string, body: unknown): boolean {
  const given = Buffer.from(String((body as { _csrf?: unknown } | null)?._csrf ?? ""));
  const expected = Buffer.from(formToken(bank, flowId));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** An amount as people read it: grouped digits, currency code first, exact. */
export function readableAmount(minor: bigint, currency: string): string {
  const text = formatAmount(minor, currency);
  const [whole = "", fraction] = text.replace("-", "").split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${minor < 0n ? "−" : ""}${currency} ${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** A calendar date as people read it. */
export function readableDate(date: string, language: Language): string {
  const format = new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", {
    dateStyle: "long",
    timeZone: "UTC",
  });
  return format.format(new Date(`${date}T00:00:00Z`));
}

export async function registerAssets(app: FastifyInstance): Promise<void> {
  const files: [string, string][] = [
    ["bank.css", "text/css; charset=utf-8"],
    ["logo.svg", "image/svg+xml"],
  ];
  for (const [name, type] of files) {
    const content = await readFile(new URL(name, ASSETS));
    app.get(`/assets/${name}`, async (_request, reply) =>
      reply
        .type(type)
        .header("cache-control", "public, max-age=300")
        .header("x-content-type-options", "nosniff")
        .send(content),
    );
  }
}
