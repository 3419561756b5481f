/** The bank's own online banking: log in, accounts, transactions, connected apps. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Consent, findConsent, setConsentStatus } from "../consents/store.ts";
import { addDays, type Bank, calendarDate } from "../context.ts";
import { groupIban } from "../iban.ts";
import { type Account, accountsOfPsu } from "../ledger/accounts.ts";
import { businessDate } from "../ledger/end-of-day.ts";
import { settleDuePayments } from "../payments/execution.ts";
import { findPsu, type Psu } from "../psus.ts";
import { bookedEntries, type Entry, pendingEntries } from "../statements/entries.ts";
import { endByCustomer, lastingConsents, type UkConsent } from "../uk/consents.ts";
import { cancelOrder, initiationOf, type OpenOrder, openOrders } from "../uk/orders.ts";
import { ukTexts } from "../uk/texts.ts";
import { endFlow, type Flow, findFlow, isLocked, logInto, openFlow } from "./flow.ts";
import { type Html, html } from "./html.ts";
import {
  formToken,
  hasFormToken,
  type Reader,
  readableAmount,
  readableDate,
  readerOf,
  sendPage,
} from "./layout.ts";
import { loginForm, sendGone } from "./parts.ts";

const COOKIE = "hb_online";
const SHOWN_TRANSACTIONS = 30;

interface Visit {
  flow: Flow;
  reader: Reader;
  request: FastifyRequest;
  reply: FastifyReply;
}

export function registerOnlineBanking(app: FastifyInstance, bank: Bank): void {
  const visit = async (request: FastifyRequest, reply: FastifyReply): Promise<Visit> => {
    const known = request.cookies[COOKIE];
    const found = known === undefined ? undefined : await findFlow(bank, known, "online");
    const flow =
      found ?? (await openFlow(bank, `online:${bank.random.bytes(32).toString("base64url")}`, "online"));
    if (found === undefined) {
      const secure = bank.baseUrl.startsWith("https:");
      reply.setCookie(COOKIE, flow.id, { path: "/", httpOnly: true, sameSite: "lax", secure });
    }
    return { flow, reader: readerOf(request), request, reply };
  };
  const personal =
    (show: (visit: Visit, psu: Psu) => Promise<unknown>) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const found = await visit(request, reply);
      const psu = found.flow.psuId === null ? undefined : await findPsu(bank.db, found.flow.psuId);
      if (psu === undefined) return reply.redirect("/", 303);
      if (request.method === "POST" && !hasFormToken(bank, found.flow.id, request.body))
        return reply.redirect("/", 303);
      return show(found, psu);
    };

  app.get("/", async (request, reply) => {
    const found = await visit(request, reply);
    if (found.flow.psuId !== null) return reply.redirect("/online", 303);
    return showLogin(bank, found, 200);
  });
  app.post("/", async (request, reply) => {
    const found = await visit(request, reply);
    if (!hasFormToken(bank, found.flow.id, request.body)) return showLogin(bank, found, 403);
    const psu = await logInto(bank, found.flow, (request.body ?? {}) as Record<string, unknown>);
    if (psu === undefined) return showLogin(bank, found, 422, found.reader.t.loginFailed);
    return reply.redirect("/online", 303);
  });
  app.post(
    "/online/logout",
    personal(async (found) => {
      await endFlow(bank, found.flow);
      return found.reply.clearCookie(COOKIE, { path: "/" }).redirect("/", 303);
    }),
  );
  app.get(
    "/online",
    personal((found, psu) => showAccounts(bank, found, psu)),
  );
  app.get(
    "/online/accounts/:id",
    personal((found, psu) => showTransactions(bank, found, psu)),
  );
  app.post(
    "/online/consents/:id/revoke",
    personal((found, psu) => revoke(bank, found, psu)),
  );
  app.post(
    "/online/orders/:id/cancel",
    personal(async (found, psu) => {
      const { id } = found.request.params as { id: string };
      await bank.db.transaction((tx) => cancelOrder(bank, tx, id, psu.id));
      return found.reply.redirect("/online", 303);
    }),
  );
}

function showLogin(bank: Bank, visit: Visit, status: number, error?: string): FastifyReply {
  const { t } = visit.reader;
  const body = loginForm(bank, visit.reader, {
    flowId: visit.flow.id,
    action: "/",
    lead: t.loginLeadOnline,
    error,
    locked: isLocked(visit.flow),
  });
  return sendPage(visit.request, visit.reply, { reader: visit.reader, title: t.loginTitle, status, body });
}

async function showAccounts(bank: Bank, visit: Visit, psu: Psu): Promise<FastifyReply> {
  await settleDuePayments(bank);
  const { t } = visit.reader;
  const accounts = await accountsOfPsu(bank.db, psu.id);
  const { rows } = await bank.db.query<{ id: string; tpp: string }>(
    `SELECT c.id, t.name AS tpp FROM consents c JOIN tpp_clients t ON t.id = c.client_id
      WHERE c.psu_id = $1 ORDER BY c.created_at DESC LIMIT 50`,
    [psu.id],
  );
  const consents: (Consent & { tpp: string })[] = [];
  for (const { id, tpp } of rows) {
    const consent = await findConsent(bank, bank.db, id);
    if (consent !== undefined) consents.push({ ...consent, tpp });
  }
  const standing = await lastingConsents(bank, bank.db, psu.id);
  const orders = await openOrders(bank.db, psu.id);
  const body = html`<div class="wide">
<div class="head"><h1>${t.hello(psu.name)}</h1><form method="post" action="/online/logout"><input type="hidden" name="_csrf" value="${formToken(bank, visit.flow.id)}"><button class="quiet" type="submit" data-testid="bank-logout">${t.logout}</button></form></div>
<div class="grid">
<section class="card"><h2>${t.onlineTitle}</h2><ul class="rows">${accounts.map((account) => accountRow(account, t.available))}</ul></section>
<section class="card"><h2>${t.permissions}</h2>${
    consents.length + standing.length === 0
      ? html`<p class="soft">${t.noPermissions}</p>`
      : html`<ul class="rows">${consents.map((consent) => consentRow(bank, visit, consent))}${standing.map((consent) => standingRow(bank, visit, consent))}</ul>`
  }</section>
${orders.length > 0 && html`<section class="card"><h2>${ukTexts(visit.reader.language).ordersTitle}</h2><ul class="rows">${orders.map((order) => orderRow(bank, visit, order))}</ul></section>`}
</div></div>`;
  return sendPage(visit.request, visit.reply, { reader: visit.reader, title: t.onlineTitle, body });
}

/** A payment of a later day or a standing order, which the customer can stop here. */
function orderRow(bank: Bank, { flow, reader: { language } }: Visit, order: OpenOrder): Html {
  const uk = ukTexts(language);
  const { payment } = order;
  const often = initiationOf(payment).MandateRelatedInformation?.Frequency.Type;
  const day = readableDate(order.nextDate, language);
  const when = often === undefined ? uk.paidOn(day) : uk.nextOn(day);
  return html`<li><div class="left"><strong>${payment.creditorName}</strong><span>${readableAmount(payment.amountMinor, payment.currency)}${often && ` · ${uk.frequencies[often] ?? often}`}</span><span class="soft">${when} · ${order.tpp}</span></div><form method="post" action="/online/orders/${payment.id}/cancel"><input type="hidden" name="_csrf" value="${formToken(bank, flow.id)}"><button class="quiet" type="submit" data-testid="cancel-order-${payment.id}">${uk.cancelOrder}</button></form></li>`;
}

function accountRow(account: Account, available: string): Html {
  return html`<li><div class="left"><a href="/online/accounts/${account.id}">${account.name}</a><span class="mono soft">${groupIban(account.iban)}</span></div><div class="right"><strong>${readableAmount(account.availableMinor, account.currency)}</strong><span class="soft">${available}</span></div></li>`;
}

/** A consent of UK Open Banking; some last until somebody ends them. */
function standingRow(
  bank: Bank,
  { flow, reader: { t, language } }: Visit,
  consent: UkConsent & { tpp: string },
): Html {
  const status = t.status[standingStates[consent.status] ?? "received"];
  const uk = ukTexts(language);
  const until =
    consent.expiresAt === null
      ? uk.noEnd
      : readableDate(calendarDate(consent.expiresAt, bank.timeZone), language);
  const what =
    consent.kind === "domestic-vrp" ? t.topUps : consent.kind === "funds" ? uk.fundsWhat : uk.accountsWhat;
  return html`<li><div class="left"><strong>${consent.tpp}</strong><span>${what} · ${status}</span><span class="soft">${t.untilWhen} ${until}</span></div>${consent.status === "AUTH" && html`<form method="post" action="/online/consents/${consent.id}/revoke"><input type="hidden" name="_csrf" value="${formToken(bank, flow.id)}"><button class="quiet" type="submit" data-testid="revoke-${consent.id}">${t.endPermission}</button></form>`}</li>`;
}

const standingStates: Record<string, keyof Reader["t"]["status"]> = {
  AUTH: "valid",
  RJCT: "rejected",
  EXPD: "expired",
  CANC: "revokedByPsu",
};

function consentRow(
  bank: Bank,
  { flow, reader: { t, language } }: Visit,
  consent: Consent & { tpp: string },
): Html {
  return html`<li><div class="left"><strong>${consent.tpp}</strong><span>${t.status[consent.status]}</span><span class="soft">${t.untilWhen} ${readableDate(consent.validUntil, language)}</span></div>${consent.status === "valid" && html`<form method="post" action="/online/consents/${consent.id}/revoke"><input type="hidden" name="_csrf" value="${formToken(bank, flow.id)}"><button class="quiet" type="submit" data-testid="revoke-${consent.id}">${t.endPermission}</button></form>`}</li>`;
}

async function showTransactions(bank: Bank, visit: Visit, psu: Psu): Promise<FastifyReply> {
  await settleDuePayments(bank);
  const { reader } = visit;
  const { t } = reader;
  const { id } = visit.request.params as { id: string };
  const account = (await accountsOfPsu(bank.db, psu.id)).find((candidate) => candidate.id === id);
  if (account === undefined) return sendGone(visit.request, visit.reply, reader);
  const today = await businessDate(bank.db);
  const booked = await bookedEntries(bank.db, account.id, {
    from: "1900-01-01",
    to: addDays(today, 1),
    limit: SHOWN_TRANSACTIONS,
  });
  const pending = await pendingEntries(bank.db, account.id);
  const row = (entry: Entry) =>
    html`<li><div class="left"><strong>${entry.counterpartyName ?? entry.remittance ?? "—"}</strong><span class="soft">${entry.bookingDate === null ? t.pending : readableDate(entry.bookingDate, reader.language)}${entry.remittance !== null && ` · ${entry.remittance}`}</span></div><div class="right">${readableAmount(entry.amountMinor, account.currency)}</div></li>`;
  const lines = [...pending, ...booked];
  const body = html`<div class="wide"><p><a href="/online">← ${t.back}</a></p>
<section class="card"><h1>${account.name}</h1><p class="mono soft">${groupIban(account.iban)}</p>
<p class="sum">${readableAmount(account.availableMinor, account.currency)}</p><p class="soft">${t.available} · ${t.booked} ${readableAmount(account.bookedMinor, account.currency)}</p></section>
<section class="card"><h2>${t.transactionsTitle}</h2>${lines.length === 0 ? html`<p class="soft">${t.noTransactions}</p>` : html`<ul class="rows">${lines.map(row)}</ul><p class="note">${t.showing(lines.length)}</p>`}</section></div>`;
  return sendPage(visit.request, visit.reply, { reader, title: account.name, body });
}

async function revoke(bank: Bank, visit: Visit, psu: Psu): Promise<FastifyReply> {
  const { id } = visit.request.params as { id: string };
  await bank.db.transaction(async (tx) => {
    const consent = await findConsent(bank, tx, id, { lock: true });
    if (consent?.psuId === psu.id && consent.status === "valid") {
      await setConsentStatus(bank, tx, consent, "revokedByPsu");
    } else await endByCustomer(bank, tx, id, psu.id);
  });
  return visit.reply.redirect("/online", 303);
}
