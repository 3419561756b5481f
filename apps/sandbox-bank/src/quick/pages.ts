/** The bank's own pages of this dialect: the sandbox telephone, agreements, and the code for a large payment. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Bank } from "../context.ts";
import { type Html, html } from "../pages/html.ts";
import { formToken, hasFormToken, readableAmount, readerOf, sendPage } from "../pages/layout.ts";
import { codeForm, sendGone } from "../pages/parts.ts";
import { endByCustomer } from "./bindings.ts";
import { listCards } from "./cards.ts";
import { findMerchant } from "./merchants.ts";
import { listMessages } from "./messages.ts";
import { execute, lockOrder, type OrderRow, setStatus } from "./orders.ts";
import { pageTexts } from "./texts.ts";

const PHONE_FLOW = "quick-phone";

export function registerQuickPages(app: FastifyInstance, bank: Bank): void {
  // Whoever opens the sandbox telephone sees everybody's messages: it exists where invented people bank.
  if (bank.showDemoLogins) registerPhone(app, bank);
  registerApproval(app, bank);
}

function registerPhone(app: FastifyInstance, bank: Bank): void {
  app.get("/phone", async (request, reply) => showPhone(bank, request, reply));
  app.post<{ Params: { id: string } }>("/phone/agreements/:id/end", async (request, reply) => {
    if (hasFormToken(bank, PHONE_FLOW, request.body)) await endByCustomer(bank, request.params.id);
    return reply.redirect("/phone", 303);
  });
}

async function showPhone(bank: Bank, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const reader = readerOf(request);
  const t = pageTexts[reader.language];
  const messages = await listMessages(bank.db);
  const cards = await listCards(bank.db);
  const { rows: agreements } = await bank.db.query<{
    id: string;
    merchant: string;
    card_number: string;
    holder_name: string;
    valid_until: string | null;
  }>(
    `SELECT b.id, t.name AS merchant, b.card_number, c.holder_name, b.valid_until FROM quick_bindings b
       JOIN tpp_clients t ON t.id = b.client_id JOIN quick_cards c ON c.card_number = b.card_number
      WHERE b.status = 'signed' ORDER BY b.signed_at DESC LIMIT 50`,
  );
  const time = new Intl.DateTimeFormat(reader.language === "zh" ? "zh-CN" : "en-GB", {
    timeStyle: "medium",
    timeZone: bank.timeZone,
  });
  const body = html`<div class="wide"><h1>${t.phoneTitle}</h1><p class="lead">${t.phoneLead}</p>
<div class="grid">
<section class="card" aria-label="${t.messages}"><h2>${t.messages}</h2>${
    messages.length === 0
      ? html`<p class="note">${t.noMessages}</p>`
      : messages.map(
          (message) =>
            html`<p class="sms" data-testid="sms" data-phone="${message.phone}" data-code="${message.code}">${reader.language === "zh" ? message.textZh : message.textEn}</p><p class="note">${message.phone} · ${time.format(message.at)}</p>`,
        )
  }</section>
<section class="card"><h2>${t.agreements}</h2>${
    agreements.length === 0
      ? html`<p class="soft">${t.noAgreements}</p>`
      : html`<ul class="rows">${agreements.map(
          (one) =>
            html`<li><div class="left"><strong>${one.merchant}</strong><span>${one.holder_name} · •• ${one.card_number.slice(-4)}</span>${one.valid_until !== null && html`<span class="soft">${t.until} ${one.valid_until}</span>`}</div><form method="post" action="/phone/agreements/${one.id}/end"><input type="hidden" name="_csrf" value="${formToken(bank, PHONE_FLOW)}"><button class="quiet" type="submit" data-testid="end-${one.id}">${t.end}</button></form></li>`,
        )}</ul>`
  }</section>
<section class="card"><h2>${t.cards}</h2><p class="note">${t.cardsNote}</p><ul class="rows">${cards.map(
    (card) =>
      html`<li data-testid="card-${card.username}"><div class="left"><strong>${card.holderName}</strong><span>${t.cardNumber} <span class="mono">${card.cardNumber}</span></span><span>${t.idNumber} <span class="mono">${card.idNumber}</span></span><span>${t.phone} <span class="mono">${card.phone}</span></span></div></li>`,
  )}</ul></section>
</div></div>`;
  return sendPage(request, reply, { reader, title: t.phoneTitle, body });
}

interface Params {
  Params: { id: string };
}

function registerApproval(app: FastifyInstance, bank: Bank): void {
  app.get<Params>("/quick/approve/:id", async (request, reply) => showApproval(bank, request, reply));
  app.get<Params>("/quick/approve/:id/confirm", async (request, reply) =>
    reply.redirect(`/quick/approve/${request.params.id}`),
  );
  app.post<Params>("/quick/approve/:id/confirm", async (request, reply) => {
    const { id } = request.params;
    if (!hasFormToken(bank, id, request.body)) return showApproval(bank, request, reply, { status: 403 });
    const given = String((request.body as { code?: unknown }).code ?? "").replace(/\s/g, "");
    const order = await enterCode(bank, id, given);
    if (order?.status === "WAITING_CODE")
      return showApproval(bank, request, reply, { status: 422, attemptsLeft: order.attempts_left ?? 0 });
    return leave(bank, request, reply, order);
  });
  app.post<Params>("/quick/approve/:id/cancel", async (request, reply) => {
    const { id } = request.params;
    if (!hasFormToken(bank, id, request.body)) return showApproval(bank, request, reply, { status: 403 });
    const order = await bank.db.transaction(async (tx) => {
      const found = await lockOrder(tx, id);
      if (found?.status === "WAITING_CODE") await setStatus(bank, tx, found, "FAILED", "CUSTOMER_REFUSED");
      return found;
    });
    return leave(bank, request, reply, order);
  });
}

/** A right code executes the order; the last wrong one ends it. */
async function enterCode(bank: Bank, id: string, given: string): Promise<OrderRow | undefined> {
  return bank.db.transaction(async (tx) => {
    const order = await lockOrder(tx, id);
    if (order?.status !== "WAITING_CODE") return order;
    const expired = order.code_expires_at === null || order.code_expires_at <= bank.clock.now();
    if (!expired && given === order.code) {
      const merchant = await findMerchant(tx, order.client_id);
      if (merchant === undefined) throw new Error("an order without its merchant");
      order.status = "PROCESSING";
      await execute(bank, tx, merchant, order);
      return order;
    }
    order.attempts_left = (order.attempts_left ?? 1) - 1;
    await tx.query("UPDATE quick_orders SET attempts_left = $2 WHERE id = $1", [id, order.attempts_left]);
    if (expired || order.attempts_left <= 0) await setStatus(bank, tx, order, "FAILED", "CODE_FAILED");
    return order;
  });
}

async function showApproval(
  bank: Bank,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: { status?: number; attemptsLeft?: number } = {},
): Promise<FastifyReply> {
  const reader = readerOf(request);
  const t = pageTexts[reader.language];
  const { id } = request.params as Params["Params"];
  const order = await bank.db.transaction((tx) => lockOrder(tx, id));
  if (order?.status !== "WAITING_CODE" || order.code === null) return sendGone(request, reply, reader);
  const merchant = await findMerchant(bank.db, order.client_id);
  const error = shown.attemptsLeft === undefined ? undefined : t.codeWrong(shown.attemptsLeft);
  const form: Html = codeForm(bank, reader, {
    flowId: id,
    action: `/quick/approve/${id}/confirm`,
    cancelAction: `/quick/approve/${id}/cancel`,
    confirmLabel: t.pay,
    cancelLabel: t.refuse,
    confirmTestId: "payment-confirm",
    cancelTestId: "payment-cancel",
    error,
    sms: t.sms,
    code: bank.showDemoLogins ? order.code : "••••••",
  });
  const body = html`<section class="card"><h1>${t.approveTitle}</h1>
<p>${t.payTo(merchant?.name ?? "")}</p><p class="sum" data-testid="payment-amount">${readableAmount(order.amount_minor, order.currency)}</p>
<p class="soft">${t.fromCard(order.card_number.slice(-4))}</p>${form}</section>`;
  return sendPage(request, reply, {
    reader,
    title: t.approveTitle,
    status: shown.status ?? 200,
    body,
    formTargets: order.return_url === null ? [] : [new URL(order.return_url).origin],
  });
}

function leave(
  _bank: Bank,
  request: FastifyRequest,
  reply: FastifyReply,
  order: OrderRow | undefined,
): FastifyReply {
  if (order?.return_url == null) return sendGone(request, reply, readerOf(request));
  return reply.redirect(order.return_url, 303);
}
