/** The bank's pages for a UK consent: log in → see what is asked (and choose accounts) → one-time code → back. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type Provider from "oidc-provider";
import type { Bank } from "../context.ts";
import { groupIban } from "../iban.ts";
import { type Account, accountsOfPsu } from "../ledger/accounts.ts";
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
import { authoriseConsent, findConsent, setConsentStatus, type UkConsent } from "./consents.ts";
import { amountAsked, facts, smsOf, titleOf } from "./facts.ts";
import { ibanOf } from "./identifiers.ts";
import { intentOf } from "./provider.ts";
import { ukTexts } from "./texts.ts";

interface Visit {
  uid: string;
  flow: Flow;
  consent: UkConsent;
  tpp: TppClient;
  scope: string;
  reader: Reader;
  request: FastifyRequest;
  reply: FastifyReply;
  formTargets: string[];
}

interface Params {
  Params: { uid: string };
}

export function registerUkPages(app: FastifyInstance, bank: Bank, provider: Provider): void {
  const visit =
    (step: (visit: Visit, body: Record<string, unknown>) => Promise<unknown>, isForm: boolean) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const found = await openVisit(bank, provider, request, reply);
      if (found === undefined) return sendGone(request, reply, readerOf(request));
      if (isForm && !hasFormToken(bank, found.flow.id, request.body)) return showStep(bank, found, 403);
      return step(found, (request.body ?? {}) as Record<string, unknown>);
    };
  const steps: Record<string, (visit: Visit, body: Record<string, unknown>) => Promise<unknown>> = {
    login: (found, body) => login(bank, found, body),
    accounts: (found, body) => choose(bank, found, body),
    confirm: (found, body) => confirm(bank, provider, found, body),
    cancel: (found) => cancel(bank, provider, found),
  };
  app.get<Params>(
    "/interaction/:uid",
    visit((found) => showStep(bank, found), false),
  );
  for (const [name, step] of Object.entries(steps)) {
    app.post<Params>(`/interaction/:uid/${name}`, visit(step, true));
    // A reload of the address that a refused form left behind.
    app.get<Params>(`/interaction/:uid/${name}`, async (request, reply) =>
      reply.redirect(`/interaction/${request.params.uid}`),
    );
  }
}

async function openVisit(
  bank: Bank,
  provider: Provider,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Visit | undefined> {
  const details = await provider.interactionDetails(request.raw, reply.raw).catch(() => undefined);
  const { uid } = request.params as Params["Params"];
  if (details === undefined || details.uid !== uid) return undefined;
  const consent = await findConsent(bank, bank.db, intentOf(details.params) ?? "");
  const tpp = await findTppClient(bank.db, String(details.params.client_id));
  if (consent?.status !== "AWAU" || tpp === undefined || consent.clientId !== tpp.id) return undefined;
  return {
    uid,
    flow: await openFlow(bank, `consent:${uid}`, "consent"),
    consent,
    tpp,
    scope: String(details.params.scope ?? "openid"),
    reader: readerOf(request, details.params.ui_locales),
    request,
    reply,
    formTargets: [new URL(String(details.params.redirect_uri)).origin],
  };
}

function show(visit: Visit, page: { title: string; status: number; body: Html }): FastifyReply {
  const { request, reply, reader, formTargets } = visit;
  return sendPage(request, reply, { ...page, reader, formTargets });
}

/** Shows the page where the person stands: log-in, choice or code. */
async function showStep(bank: Bank, visit: Visit, status = 200, error?: string): Promise<FastifyReply> {
  const { flow, reader, tpp, uid, consent } = visit;
  if (flow.psuId === null) {
    const isPayment = consent.kind !== "account" && consent.kind !== "funds";
    const body = loginForm(bank, reader, {
      flowId: flow.id,
      action: `/interaction/${uid}/login`,
      lead: isPayment ? reader.t.loginLeadPayment(tpp.name) : reader.t.loginLeadConsent(tpp.name),
      error,
      locked: isLocked(flow),
      cancelAction: `/interaction/${uid}/cancel`,
      cancelTestId: "consent-cancel",
    });
    return show(visit, { title: reader.t.loginTitle, status, body });
  }
  return chosenIds(visit) === undefined
    ? showChoice(bank, visit, status, error)
    : showCode(bank, visit, status, error);
}

const chosenIds = (visit: Visit) => visit.flow.state.accountIds as string[] | undefined;

/** Accounts of the person that this consent can be given for: for money, of the right currency, and the one named. */
async function eligible(bank: Bank, { consent, flow }: Visit): Promise<Account[]> {
  const mine = await accountsOfPsu(bank.db, flow.psuId ?? "");
  if (consent.kind === "account") return mine;
  const named = consent.request.Data.Initiation?.DebtorAccount ?? consent.request.Data.DebtorAccount;
  const currency =
    amountAsked(consent)?.Currency ??
    consent.request.Data.ControlParameters?.MaximumIndividualAmount.Currency;
  return mine.filter(
    (account) =>
      (named === undefined || ibanOf(named, "DebtorAccount") === account.iban) &&
      (currency === undefined || account.currency === currency),
  );
}

async function login(bank: Bank, visit: Visit, body: Record<string, unknown>): Promise<FastifyReply> {
  const { flow, consent } = visit;
  if (flow.psuId === null && (await logInto(bank, flow, body)) === undefined)
    return showStep(bank, visit, 422, visit.reader.t.loginFailed);
  const accounts = await eligible(bank, visit);
  const isNamed =
    (consent.request.Data.Initiation?.DebtorAccount ?? consent.request.Data.DebtorAccount) !== undefined;
  // The company named the account: nothing is left to choose, the code is the next step.
  if (isNamed && accounts.length === 1) await chosen(bank, visit, accounts);
  return visit.reply.redirect(`/interaction/${visit.uid}`, 303);
}

async function chosen(bank: Bank, visit: Visit, accounts: Account[]): Promise<void> {
  visit.flow.state.accountIds = accounts.map(({ id }) => id);
  await saveFlowState(bank, visit.flow);
  await sendCode(bank, visit.flow, subjectOf(visit));
}

/** What the code is bound to: this consent, with all it asks, for exactly these accounts. */
function subjectOf(visit: Visit): string {
  return JSON.stringify([visit.consent.id, visit.consent.request.Data, visit.flow.psuId, chosenIds(visit)]);
}

async function choose(bank: Bank, visit: Visit, body: Record<string, unknown>): Promise<FastifyReply> {
  const { consent, flow, reader } = visit;
  if (flow.psuId === null) return showStep(bank, visit, 403);
  const picked = [body.accounts ?? []].flat().map(String);
  const accounts = (await eligible(bank, visit)).filter(({ iban }) => picked.includes(iban));
  const onlyOne = consent.kind !== "account";
  if (accounts.length === 0) return showChoice(bank, visit, 422, reader.t.pickOne);
  await chosen(bank, visit, onlyOne ? accounts.slice(0, 1) : accounts);
  return visit.reply.redirect(`/interaction/${visit.uid}`, 303);
}

async function showChoice(bank: Bank, visit: Visit, status: number, error?: string): Promise<FastifyReply> {
  const { reader, uid, flow, consent } = visit;
  const { t } = reader;
  const accounts = await eligible(bank, visit);
  const kind = consent.kind === "account" ? "checkbox" : "radio";
  const title = titleOf(visit);
  const form = html`<form method="post" action="/interaction/${uid}/accounts">
<input type="hidden" name="_csrf" value="${formToken(bank, flow.id)}">
<fieldset><legend>${kind === "radio" ? ukTexts(reader.language).chooseDebtor : t.chooseAccounts}</legend>
${accounts.map(
  (account) =>
    html`<label class="choice" for="account-${account.iban}"><input type="${kind}" id="account-${account.iban}" name="accounts" value="${account.iban}" data-testid="account-${account.iban}"><span class="what"><span>${account.name}</span><span class="mono soft">${groupIban(account.iban)}</span><span class="mono">${readableAmount(account.availableMinor, account.currency)} ${t.available}</span></span></label>`,
)}
</fieldset>
<div class="actions"><button class="primary" type="submit" data-testid="consent-confirm">${t.continue}</button></div>
</form>`;
  const body = html`<section class="card">
<h1>${title}</h1>
${alertBox(error ?? (accounts.length === 0 ? t.noAccounts : undefined))}
${facts(bank, visit)}
${accounts.length > 0 && form}
${cancelForm(bank, flow.id, `/interaction/${uid}/cancel`, t.cancel, "consent-cancel")}
</section>`;
  return show(visit, { title, status, body });
}

async function showCode(bank: Bank, visit: Visit, status: number, error?: string): Promise<FastifyReply> {
  const { reader, uid, flow, consent } = visit;
  const { t, language } = reader;
  const uk = ukTexts(language);
  const accounts = (await eligible(bank, visit)).filter(({ id }) => chosenIds(visit)?.includes(id));
  const title = titleOf(visit);
  const isPayment = amountAsked(consent) !== undefined;
  const allow = consent.kind === "domestic-vrp" || consent.kind === "funds" ? uk.allow : t.confirmConsent;
  const pay = consent.kind === "domestic-standing-order" ? uk.standingConfirm : t.pay;
  const body = html`<section class="card">
<h1>${title}</h1>
${facts(bank, visit)}
<dl class="facts"><dt>${isPayment ? t.fromAccount : t.accountsChosen}</dt><dd><ul>${accounts.map((account) => html`<li>${account.name} <span class="mono soft">${groupIban(account.iban)}</span></li>`)}</ul></dd></dl>
${codeForm(bank, reader, {
  flowId: flow.id,
  action: `/interaction/${uid}/confirm`,
  cancelAction: `/interaction/${uid}/cancel`,
  confirmLabel: isPayment ? pay : allow,
  cancelLabel: isPayment ? t.refusePayment : t.cancel,
  confirmTestId: isPayment ? "payment-confirm" : "consent-confirm",
  cancelTestId: isPayment ? "payment-cancel" : "consent-cancel",
  error,
  sms: smsOf(visit),
  code: (await smsCode(bank, flow)) ?? "",
})}
</section>`;
  return show(visit, { title, status, body });
}

async function confirm(
  bank: Bank,
  provider: Provider,
  visit: Visit,
  body: Record<string, unknown>,
): Promise<FastifyReply> {
  const { flow, reader } = visit;
  if (flow.psuId === null || chosenIds(visit) === undefined) return showStep(bank, visit, 403);
  const check = await checkCode(bank, flow, String(body.code ?? ""), subjectOf(visit));
  if (check.result === "expired") {
    await sendCode(bank, flow, subjectOf(visit));
    return showCode(bank, visit, 422, reader.t.codeExpired);
  }
  if (check.result === "wrong") {
    // Out of attempts: the consent is refused, as if the person had cancelled.
    if (check.attemptsLeft === 0) return cancel(bank, provider, visit);
    return showCode(bank, visit, 422, reader.t.codeWrong(check.attemptsLeft));
  }
  return grant(bank, provider, visit, flow.psuId);
}

async function grant(bank: Bank, provider: Provider, visit: Visit, psuId: string): Promise<FastifyReply> {
  const accounts = (await eligible(bank, visit)).filter(({ id }) => chosenIds(visit)?.includes(id));
  const record = new provider.Grant({ accountId: psuId, clientId: visit.tpp.id });
  record.addOIDCScope(visit.scope);
  record.addOIDCClaims(["sub", "openbanking_intent_id"]);
  const grantId = await record.save();
  const granted = await bank.db.transaction(async (tx) => {
    const consent = await findConsent(bank, tx, visit.consent.id, { lock: true });
    // Confirmed in another tab, or deleted by the company meanwhile.
    if (consent?.status !== "AWAU" || accounts.length === 0) return false;
    await authoriseConsent(bank, tx, consent, {
      psuId,
      accountIds: accounts.map(({ id }) => id),
      debtorAccount: consent.kind === "account" ? null : (accounts[0]?.id ?? null),
      oidcGrantId: grantId,
    });
    await tx.query("DELETE FROM page_flows WHERE id = $1", [visit.flow.id]);
    return true;
  });
  if (!granted) return sendGone(visit.request, visit.reply, visit.reader);
  const to = await provider.interactionResult(visit.request.raw, visit.reply.raw, {
    login: { accountId: psuId, remember: false, amr: ["pwd", "otp", "mfa"] },
    consent: { grantId },
  });
  return visit.reply.redirect(to, 303);
}

async function cancel(bank: Bank, provider: Provider, visit: Visit): Promise<FastifyReply> {
  await bank.db.transaction(async (tx) => {
    const consent = await findConsent(bank, tx, visit.consent.id, { lock: true });
    if (consent?.status === "AWAU") await setConsentStatus(bank, tx, consent, "RJCT");
    await tx.query("DELETE FROM page_flows WHERE id = $1", [visit.flow.id]);
  });
  const to = await provider.interactionResult(visit.request.raw, visit.reply.raw, {
    error: "access_denied",
    error_description: "the customer refused",
  });
  return visit.reply.redirect(to, 303);
}
