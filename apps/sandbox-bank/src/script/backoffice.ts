/** A small back office for people: close the day, set and remove faults. Guarded by the script token. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Bank } from "../context.ts";
import {
  addFault,
  CALL_ACTIONS,
  clearFaults,
  FAULT_OPERATIONS,
  type FaultRule,
  listFaults,
  NOTICE_ACTIONS,
} from "../faults/faults.ts";
import { businessDate, closeDay } from "../ledger/end-of-day.ts";
import { html } from "../pages/html.ts";
import { alertBox, formToken, hasFormToken, readableDate, readerOf, sendPage } from "../pages/layout.ts";
import { isScriptToken } from "./routes.ts";

const COOKIE = "hb_backoffice";
const HOUR_SECONDS = 3_600;

export function registerBackoffice(app: FastifyInstance, bank: Bank): void {
  // The cookie proves the token without carrying it.
  const proof = () => formToken(bank, `backoffice:${bank.scriptToken}`);
  const isIn = (request: FastifyRequest) => request.cookies[COOKIE] === proof();
  const guarded =
    (act: (request: FastifyRequest, reply: FastifyReply) => Promise<string>) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      if (!isIn(request) || !hasFormToken(bank, COOKIE, request.body))
        return reply.redirect("/backoffice", 303);
      return show(bank, request, reply, { notice: await act(request, reply) });
    };

  app.get("/backoffice", async (request, reply) =>
    isIn(request) ? show(bank, request, reply, {}) : showToken(bank, request, reply, false),
  );
  app.get("/backoffice/*", async (_request, reply) => reply.redirect("/backoffice"));
  app.post("/backoffice", async (request, reply) => {
    const token = String((request.body as { token?: unknown } | null)?.token ?? "");
    if (!isScriptToken(bank, token)) return showToken(bank, request, reply, true);
    const secure = bank.baseUrl.startsWith("https:");
    const options = {
      path: "/backoffice",
      httpOnly: true,
      sameSite: "strict",
      secure,
      maxAge: HOUR_SECONDS,
    } as const;
    return reply.setCookie(COOKIE, proof(), options).redirect("/backoffice", 303);
  });
  app.post(
    "/backoffice/end-of-day",
    guarded(async (request) => {
      const { t, language } = readerOf(request);
      const closed = await closeDay(bank);
      return t.closedDay(readableDate(closed.closedDate, language), closed.accounts, closed.entries);
    }),
  );
  app.post(
    "/backoffice/faults",
    guarded(async (request) => {
      const body = request.body as Record<string, string>;
      const whole = (value: string | undefined) =>
        Math.min(Math.max(Number.parseInt(value ?? "1", 10) || 1, 1), 1_000);
      const action = [...CALL_ACTIONS, ...NOTICE_ACTIONS].find((name) => name === body.action);
      const operation = FAULT_OPERATIONS.find((name) => name === body.operation);
      if (action !== undefined && operation !== undefined) {
        const rule: FaultRule = { operation, action, nth: whole(body.nth), times: whole(body.times) };
        if (body.endToEndId) rule.endToEndId = body.endToEndId.slice(0, 35);
        await addFault(bank.db, rule);
      }
      return readerOf(request).t.faultAdded;
    }),
  );
  app.post(
    "/backoffice/faults/clear",
    guarded(async (request) => {
      await clearFaults(bank.db);
      return readerOf(request).t.faultsCleared;
    }),
  );
}

function showToken(bank: Bank, request: FastifyRequest, reply: FastifyReply, wrong: boolean): FastifyReply {
  const reader = readerOf(request);
  const { t } = reader;
  const body = html`<section class="card"><h1>${t.backofficeTitle}</h1>${alertBox(wrong ? t.tokenWrong : undefined)}
<form method="post" action="/backoffice"><input type="hidden" name="_csrf" value="${formToken(bank, COOKIE)}">
<label for="token">${t.token}</label><input type="password" id="token" name="token" autocomplete="off" required data-testid="backoffice-token">
<div class="actions"><button class="primary" type="submit" data-testid="backoffice-login">${t.login}</button></div></form></section>`;
  return sendPage(request, reply, { reader, title: t.backofficeTitle, status: wrong ? 422 : 200, body });
}

async function show(
  bank: Bank,
  request: FastifyRequest,
  reply: FastifyReply,
  { notice }: { notice?: string },
): Promise<FastifyReply> {
  const reader = readerOf(request);
  const { t, language } = reader;
  const date = await businessDate(bank.db);
  const faults = await listFaults(bank.db);
  const hidden = html`<input type="hidden" name="_csrf" value="${formToken(bank, COOKIE)}">`;
  const option = (name: string) => html`<option value="${name}">${name}</option>`;
  const body = html`<section class="card"><h1>${t.backofficeTitle}</h1>
${notice !== undefined && html`<p class="good" role="status" data-testid="backoffice-notice">${notice}</p>`}
<h2>${t.businessDate}</h2><p class="sum" data-testid="business-date">${readableDate(date, language)}</p>
<form method="post" action="/backoffice/end-of-day">${hidden}<button class="primary" type="submit" data-testid="end-of-day">${t.closeDay}</button></form>
</section>
<section class="card"><h2>${t.faults}</h2>
${
  faults.length === 0
    ? html`<p class="soft">${t.noFaults}</p>`
    : html`<ul class="rows">${faults.map((fault) => html`<li><div class="left"><strong>${fault.operation}</strong><span>${fault.action}${fault.endToEndId !== null && ` · ${fault.endToEndId}`}</span></div><div class="right">${fault.fired} / ${fault.times}<span class="soft">${t.fired}</span></div></li>`)}</ul>
<form method="post" action="/backoffice/faults/clear">${hidden}<button class="quiet" type="submit" data-testid="clear-faults">${t.clearFaults}</button></form>`
}
<form method="post" action="/backoffice/faults">${hidden}
<label for="operation">${t.operation}</label><select id="operation" name="operation">${FAULT_OPERATIONS.map(option)}</select>
<label for="action">${t.action}</label><select id="action" name="action">${[...CALL_ACTIONS, ...NOTICE_ACTIONS].map(option)}</select>
<label for="e2e">${t.endToEnd}</label><input type="text" id="e2e" name="endToEndId" maxlength="35" autocomplete="off">
<label for="nth">${t.nth}</label><input type="text" id="nth" name="nth" inputmode="numeric" value="1" maxlength="4">
<label for="times">${t.times}</label><input type="text" id="times" name="times" inputmode="numeric" value="1" maxlength="4">
<div class="actions"><button class="primary" type="submit" data-testid="add-fault">${t.addFault}</button></div>
</form></section>`;
  return sendPage(request, reply, { reader, title: t.backofficeTitle, body });
}
