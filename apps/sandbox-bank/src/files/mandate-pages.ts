/** The bank's pages for a mandate: log in → see who may collect, choose the account → one-time code → back to the app. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Bank } from "../context.ts";
import { groupIban } from "../iban.ts";
import { type Account, accountsOfPsu, custodyAccountsOf } from "../ledger/accounts.ts";
import { findTppClient, type TppClient } from "../oauth/clients.ts";
import {
  checkCode,
  type Flow,
  isLocked,
  logInto,
  openFlow,
  saveFlowState,
  sendCode,
  smsCode,
} from "../pages/flow.ts";
import { type Html, html } from "../pages/html.ts";
import {
  alertBox,
  formToken,
  hasFormToken,
  type Reader,
  readableAmount,
  readerOf,
  sendPage,
} from "../pages/layout.ts";
import { cancelForm, codeForm, loginForm, sendGone } from "../pages/parts.ts";
import {
  clientIdOf,
  companyNumber,
  decideMandate,
  findMandate,
  type Mandate,
  mandateIdOf,
  openMandate,
} from "./mandates.ts";
import { mandateTexts } from "./texts.ts";

const COOKIE = "hb_mandate";

interface Visit {
  base: string;
  mandate: Mandate;
  creditor: TppClient;
  flow: Flow;
  reader: Reader;
  request: FastifyRequest;
  reply: FastifyReply;
}

interface Params {
  Params: { id: string };
}

export function registerMandatePages(app: FastifyInstance, bank: Bank): void {
  app.get("/mandates/new", (request, reply) => begin(bank, request, reply));
  const visit =
    (step: (visit: Visit, body: Record<string, unknown>) => Promise<unknown>, isForm: boolean) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const found = await openVisit(bank, request, reply);
      if (found === undefined) return sendGone(request, reply, readerOf(request));
      if (isForm && !hasFormToken(bank, found.flow.id, request.body)) return showStep(bank, found, 403);
      return step(found, (request.body ?? {}) as Record<string, unknown>);
    };
  app.get<Params>(
    "/mandates/:id",
    visit((found) => showStep(bank, found), false),
  );
  // A reload of the address that a refused form left behind.
  for (const step of ["login", "account", "confirm", "cancel"]) {
    app.get<Params>(`/mandates/:id/${step}`, async (request, reply) =>
      reply.redirect(`/mandates/${request.params.id}`),
    );
  }
  app.post<Params>(
    "/mandates/:id/login",
    visit((found, body) => login(bank, found, body), true),
  );
  app.post<Params>(
    "/mandates/:id/account",
    visit((found, body) => choose(bank, found, body), true),
  );
  app.post<Params>(
    "/mandates/:id/confirm",
    visit((found, body) => confirm(bank, found, body), true),
  );
  app.post<Params>(
    "/mandates/:id/cancel",
    visit((found) => finish(bank, found, null), true),
  );
}

/** Where the company sends people. Only to a redirect address that it registered (no open redirect). */
async function begin(bank: Bank, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const query = request.query as Record<string, unknown>;
  const asked = (name: string) => (typeof query[name] === "string" ? (query[name] as string) : "");
  const clientId = clientIdOf(asked("creditor"));
  const creditor = await findTppClient(bank.db, clientId);
  const redirectUri = asked("redirect_uri");
  const known = creditor?.redirectUris.includes(redirectUri) === true && asked("state").length <= 200;
  const mandate = known
    ? await openMandate(bank, { mandateId: asked("mandate"), clientId, redirectUri, state: asked("state") })
    : undefined;
  if (mandate === undefined) return sendGone(request, reply, readerOf(request));
  return reply.redirect(`/mandates/${mandateIdOf(mandate.consent.id)}`, 303);
}

async function openVisit(
  bank: Bank,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Visit | undefined> {
  const { id } = request.params as Params["Params"];
  const mandate = await findMandate(bank, id);
  const creditor = mandate && (await findTppClient(bank.db, mandate.consent.clientId));
  if (mandate === undefined || creditor === undefined) return undefined;
  // The flow belongs to one browser: its id is the cookie together with the mandate.
  let secret = request.cookies[COOKIE];
  if (secret === undefined || !/^[\w-]{43}$/.test(secret)) {
    if (request.method !== "GET") return undefined;
    secret = bank.random.bytes(32).toString("base64url");
    const secure = bank.baseUrl.startsWith("https:");
    reply.setCookie(COOKIE, secret, { path: "/mandates", httpOnly: true, sameSite: "lax", secure });
  }
  const flow = await openFlow(bank, `mandate:${id}:${secret}`, "consent");
  return { base: `/mandates/${id}`, mandate, creditor, flow, reader: readerOf(request), request, reply };
}

async function showStep(bank: Bank, visit: Visit, status = 200, error?: string): Promise<FastifyReply> {
  const { flow, reader, creditor, base } = visit;
  const m = mandateTexts(reader.language);
  if (flow.psuId === null) {
    const body = loginForm(bank, reader, {
      flowId: flow.id,
      action: `${base}/login`,
      lead: m.loginLead(creditor.name),
      error,
      locked: isLocked(flow),
      cancelAction: `${base}/cancel`,
      cancelTestId: "consent-cancel",
    });
    return show(visit, reader.t.loginTitle, status, body);
  }
  const chosen = await chosenAccount(bank, visit);
  return chosen === undefined
    ? showChoice(bank, visit, status, error)
    : showCode(bank, visit, chosen, status, error);
}

function show(visit: Visit, title: string, status: number, body: Html): FastifyReply {
  return sendPage(visit.request, visit.reply, {
    reader: visit.reader,
    title,
    status,
    body,
    formTargets: [new URL(visit.mandate.redirectUri).origin],
  });
}

/** Who may collect, how, and what the person's rights are: the same words on the choice page and beside the code. */
function facts({ creditor, mandate, reader }: Visit): Html {
  const m = mandateTexts(reader.language);
  return html`<p>${m.what}</p>
<dl class="facts">
<dt>${m.creditor}</dt><dd><strong>${creditor.name}</strong></dd>
<dt>${m.creditorId}</dt><dd class="mono">${companyNumber(creditor.id)}</dd>
<dt>${m.mandate}</dt><dd class="mono">${mandateIdOf(mandate.consent.id)}</dd>
<dt>${m.kind}</dt><dd>${m.kindValue}</dd>
</dl>
<p class="note">${m.rights}</p>`;
}

async function showChoice(bank: Bank, visit: Visit, status: number, error?: string): Promise<FastifyReply> {
  const { flow, reader, creditor, base } = visit;
  const m = mandateTexts(reader.language);
  const accounts = await eligible(bank, visit);
  const body = html`<section class="card">
<h1>${m.title(creditor.name)}</h1>
${alertBox(error ?? (accounts.length === 0 ? m.noAccounts : undefined))}
${facts(visit)}
${
  accounts.length > 0 &&
  html`<form method="post" action="${base}/account">
<input type="hidden" name="_csrf" value="${formToken(bank, flow.id)}">
<fieldset><legend>${m.choose}</legend>
${accounts.map((account) => accountChoice(account, reader.t.available))}
</fieldset>
<div class="actions"><button class="primary" type="submit" data-testid="consent-confirm">${reader.t.continue}</button></div>
</form>`
}
${cancelForm(bank, flow.id, `${base}/cancel`, reader.t.cancel, "consent-cancel")}
</section>`;
  return show(visit, m.title(creditor.name), status, body);
}

function accountChoice(account: Account, available: string): Html {
  return html`<label class="choice" for="account-${account.iban}"><input type="radio" id="account-${account.iban}" name="accounts" value="${account.iban}" required data-testid="account-${account.iban}"><span class="what"><span>${account.name}</span><span class="mono soft">${groupIban(account.iban)}</span><span class="mono">${readableAmount(account.availableMinor, account.currency)} ${available}</span></span></label>`;
}

/** The person's accounts in the currencies in which the company keeps one here: only from these it can collect. */
async function eligible(bank: Bank, { flow, creditor }: Visit): Promise<Account[]> {
  if (flow.psuId === null) return [];
  const own = await custodyAccountsOf(bank.db, creditor.id);
  const currencies = new Set(own.map(({ currency }) => currency));
  return (await accountsOfPsu(bank.db, flow.psuId)).filter(({ currency }) => currencies.has(currency));
}

async function login(bank: Bank, visit: Visit, body: Record<string, unknown>): Promise<FastifyReply> {
  if (visit.flow.psuId === null && (await logInto(bank, visit.flow, body)) === undefined)
    return showStep(bank, visit, 422, visit.reader.t.loginFailed);
  return visit.reply.redirect(visit.base, 303);
}

async function choose(bank: Bank, visit: Visit, body: Record<string, unknown>): Promise<FastifyReply> {
  const { flow } = visit;
  if (flow.psuId === null) return showStep(bank, visit, 403);
  // A browser sends one; a script that names several means the first.
  const [picked] = [body.accounts ?? []].flat().map(String);
  const accounts = await eligible(bank, visit);
  const account = accounts.find(({ iban }) => iban === picked);
  if (account === undefined) return showChoice(bank, visit, 422, mandateTexts(visit.reader.language).pickOne);
  flow.state.accountId = account.id;
  await saveFlowState(bank, flow);
  await sendCode(bank, flow, subjectOf(visit));
  return visit.reply.redirect(visit.base, 303);
}

async function chosenAccount(bank: Bank, visit: Visit): Promise<Account | undefined> {
  const accounts = await eligible(bank, visit);
  return accounts.find(({ id }) => id === visit.flow.state.accountId);
}

/** The code is good for exactly this mandate on exactly this account. */
function subjectOf({ mandate, flow, creditor }: Visit): string {
  return JSON.stringify([mandate.consent.id, creditor.id, flow.psuId, flow.state.accountId]);
}

async function showCode(
  bank: Bank,
  visit: Visit,
  account: Account,
  status: number,
  error?: string,
): Promise<FastifyReply> {
  const { flow, reader, creditor, base } = visit;
  const m = mandateTexts(reader.language);
  const body = html`<section class="card">
<h1>${m.title(creditor.name)}</h1>
${facts(visit)}
<dl class="facts"><dt>${m.account}</dt><dd>${account.name} <span class="mono soft">${groupIban(account.iban)}</span></dd></dl>
${codeForm(bank, reader, {
  flowId: flow.id,
  action: `${base}/confirm`,
  cancelAction: `${base}/cancel`,
  confirmLabel: m.sign,
  cancelLabel: reader.t.cancel,
  confirmTestId: "consent-confirm",
  cancelTestId: "consent-cancel",
  error,
  sms: m.sms(creditor.name, reader.t.bankName),
  code: (await smsCode(bank, flow)) ?? "",
})}
</section>`;
  return show(visit, reader.t.codeTitle, status, body);
}

async function confirm(bank: Bank, visit: Visit, body: Record<string, unknown>): Promise<FastifyReply> {
  const { flow, reader } = visit;
  const account = await chosenAccount(bank, visit);
  if (flow.psuId === null || account === undefined) return showStep(bank, visit, 403);
  const check = await checkCode(bank, flow, String(body.code ?? ""), subjectOf(visit));
  if (check.result === "expired") {
    await sendCode(bank, flow, subjectOf(visit));
    return showCode(bank, visit, account, 422, reader.t.codeExpired);
  }
  if (check.result === "wrong") {
    // Out of attempts: the mandate is refused, as if the person had cancelled.
    if (check.attemptsLeft === 0) return finish(bank, visit, null);
    return showCode(bank, visit, account, 422, reader.t.codeWrong(check.attemptsLeft));
  }
  return finish(bank, visit, { psuId: flow.psuId, account });
}

/** Ends the visit and sends the browser back to the app. */
async function finish(
  bank: Bank,
  visit: Visit,
  signed: { psuId: string; account: Account } | null,
): Promise<FastifyReply> {
  const acceptanceId = await decideMandate(bank, visit.mandate, signed);
  await bank.db.query("DELETE FROM page_flows WHERE id = $1", [visit.flow.id]);
  if (acceptanceId === undefined) return sendGone(visit.request, visit.reply, visit.reader);
  const to = new URL(visit.mandate.redirectUri);
  to.searchParams.set("state", visit.mandate.state);
  if (signed === null) to.searchParams.set("error", "access_denied");
  else to.searchParams.set("code", acceptanceId);
  return visit.reply.redirect(to.href, 303);
}
