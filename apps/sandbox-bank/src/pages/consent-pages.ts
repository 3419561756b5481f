/** The bank's pages for a consent: log in → see what is asked and choose accounts → one-time code → back to the app. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type Provider from "oidc-provider";
import { isGlobal } from "../consents/requests.ts";
import { type Consent, findConsent, grantConsent, setConsentStatus } from "../consents/store.ts";
import { trustBeneficiary } from "../consents/trust.ts";
import type { Bank } from "../context.ts";
import { groupIban } from "../iban.ts";
import { type Account, accountsOfPsu } from "../ledger/accounts.ts";
import { parseAmount } from "../money.ts";
import { findTppClient, type TppClient } from "../oauth/clients.ts";
import { consentIdOf } from "../oauth/provider.ts";
import {
  checkCode,
  type Flow,
  isLocked,
  logInto,
  openFlow,
  saveFlowState,
  sendCode,
  smsCode,
} from "./flow.ts";
import { type Html, html } from "./html.ts";
import {
  alertBox,
  formToken,
  hasFormToken,
  type Reader,
  readableAmount,
  readableDate,
  readerOf,
  sendPage,
} from "./layout.ts";
import { cancelForm, codeForm, loginForm, sendGone } from "./parts.ts";

/** Everything about one consent interaction. */
interface Visit {
  uid: string;
  flow: Flow;
  consent: Consent;
  tpp: TppClient;
  reader: Reader;
  request: FastifyRequest;
  reply: FastifyReply;
  formTargets: string[];
}

/** What the person chose on the consent page. */
interface Choice {
  accountIds: string[];
  trustLimit: string | null;
}

interface Params {
  Params: { uid: string };
}

export function registerConsentPages(app: FastifyInstance, bank: Bank, provider: Provider): void {
  const visit =
    (step: (visit: Visit, body: Record<string, unknown>) => Promise<unknown>, isForm: boolean) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const found = await openVisit(bank, provider, request, reply);
      if (found === undefined) return sendGone(request, reply, readerOf(request));
      if (isForm && !hasFormToken(bank, found.flow.id, request.body)) return showStep(bank, found, 403);
      return step(found, (request.body ?? {}) as Record<string, unknown>);
    };
  app.get<Params>(
    "/interaction/:uid",
    visit((found) => showStep(bank, found), false),
  );
  // A reload of the address that a refused form left behind.
  for (const step of ["login", "accounts", "confirm", "cancel"]) {
    app.get<Params>(`/interaction/:uid/${step}`, async (request, reply) =>
      reply.redirect(`/interaction/${request.params.uid}`),
    );
  }
  app.post<Params>(
    "/interaction/:uid/login",
    visit((found, body) => login(bank, found, body), true),
  );
  app.post<Params>(
    "/interaction/:uid/accounts",
    visit((found, body) => choose(bank, found, body), true),
  );
  app.post<Params>(
    "/interaction/:uid/confirm",
    visit((found, body) => confirm(bank, provider, found, body), true),
  );
  app.post<Params>(
    "/interaction/:uid/cancel",
    visit((found) => cancel(bank, provider, found), true),
  );
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
  const consent = await findConsent(bank, bank.db, consentIdOf(details.params.scope) ?? "");
  const tpp = await findTppClient(bank.db, String(details.params.client_id));
  if (consent?.status !== "received" || tpp === undefined) return undefined;
  return {
    uid,
    flow: await openFlow(bank, `consent:${uid}`, "consent"),
    consent,
    tpp,
    reader: readerOf(request, details.params.ui_locales),
    request,
    reply,
    formTargets: [new URL(String(details.params.redirect_uri)).origin],
  };
}

/** Shows the page where the person stands: log-in, choice or code. */
async function showStep(bank: Bank, visit: Visit, status = 200, error?: string): Promise<FastifyReply> {
  const { flow, reader, tpp, uid } = visit;
  if (flow.psuId === null) {
    const body = loginForm(bank, reader, {
      flowId: flow.id,
      action: `/interaction/${uid}/login`,
      lead: reader.t.loginLeadConsent(tpp.name),
      error,
      locked: isLocked(flow),
      cancelAction: `/interaction/${uid}/cancel`,
      cancelTestId: "consent-cancel",
    });
    return show(visit, { title: reader.t.loginTitle, status, body });
  }
  const choice = flow.state.choice as Choice | undefined;
  return choice === undefined
    ? showChoice(bank, visit, status, error)
    : showCode(bank, visit, choice, status, error);
}

function show(visit: Visit, page: { title: string; status: number; body: Html }): FastifyReply {
  return sendPage(visit.request, visit.reply, {
    ...page,
    reader: visit.reader,
    formTargets: visit.formTargets,
  });
}

async function login(bank: Bank, visit: Visit, body: Record<string, unknown>): Promise<FastifyReply> {
  if (visit.flow.psuId === null && (await logInto(bank, visit.flow, body)) === undefined) {
    return showStep(bank, visit, 422, visit.reader.t.loginFailed);
  }
  await markAuthorisations(bank, visit.consent, "psuAuthenticated");
  return visit.reply.redirect(`/interaction/${visit.uid}`, 303);
}

/** Accounts that this consent can open for this person: all of theirs, or those the app named. */
async function eligible(bank: Bank, visit: Visit): Promise<Account[]> {
  const mine = await accountsOfPsu(bank.db, visit.flow.psuId ?? "");
  const { accounts = [], balances = [], transactions = [] } = visit.consent.requestedAccess;
  const named = [...accounts, ...balances, ...transactions];
  if (named.length === 0) return mine;
  return mine.filter((account) =>
    named.some(
      ({ iban, currency }) => iban === account.iban && (currency ?? account.currency) === account.currency,
    ),
  );
}

function isBoundToAll(consent: Consent): boolean {
  const { accounts = [], balances = [], transactions = [] } = consent.requestedAccess;
  return isGlobal(consent.requestedAccess) || accounts.length + balances.length + transactions.length > 0;
}

/** The rights asked for one account: NextGenPSD2 section 6.4, accounts · balances · transactions. */
function rightsOf(consent: Consent, account: Account): { balances: boolean; transactions: boolean } {
  const access = consent.requestedAccess;
  if (access.allPsd2 !== undefined) return { balances: true, transactions: true };
  if (access.availableAccountsWithBalance !== undefined) return { balances: true, transactions: false };
  if (access.availableAccounts !== undefined) return { balances: false, transactions: false };
  const { accounts = [], balances, transactions } = access;
  const bankOffered = [...accounts, ...(balances ?? []), ...(transactions ?? [])].length === 0;
  // In a bank-offered consent an empty "accounts" list alone stands for everything the customer may give.
  if (bankOffered && balances === undefined && transactions === undefined)
    return { balances: true, transactions: true };
  const names = (list: typeof balances) =>
    list !== undefined && (bankOffered || list.some(({ iban }) => iban === account.iban));
  return { balances: names(balances), transactions: names(transactions) };
}

/** What the form held when it was refused, so that nobody has to enter it again. */
interface Entered {
  ibans: string[];
  trusts: boolean;
  trustLimit: string;
}

const NOTHING_ENTERED: Entered = { ibans: [], trusts: false, trustLimit: "5000" };

async function showChoice(
  bank: Bank,
  visit: Visit,
  status: number,
  error?: string,
  entered: Entered = NOTHING_ENTERED,
): Promise<FastifyReply> {
  const { consent, tpp, reader, uid, flow } = visit;
  const { t } = reader;
  const accounts = await eligible(bank, visit);
  const bound = isBoundToAll(consent);
  const form = html`<form method="post" action="/interaction/${uid}/accounts">
<input type="hidden" name="_csrf" value="${formToken(bank, flow.id)}">
<fieldset><legend>${isGlobal(consent.requestedAccess) ? t.allAccounts : bound ? t.fixedAccounts : t.chooseAccounts}</legend>
${accounts.map((account) => accountChoice(account, bound, entered.ibans.includes(account.iban), t.available))}
</fieldset>
<div class="trust">
<label class="choice" for="trust"><input type="checkbox" id="trust" name="trust" value="yes" ${entered.trusts && CHECKED} aria-describedby="trust-note" data-testid="trust-topups"><span class="what">${t.trustTitle(tpp.name)}</span></label>
<p class="note" id="trust-note">${t.trustNote(tpp.name)}</p>
<label for="trust-limit">${t.trustLimit}</label>
<input type="text" id="trust-limit" name="trustLimit" inputmode="decimal" value="${entered.trustLimit}" maxlength="16" autocomplete="off" data-testid="trust-limit">
</div>
<div class="actions"><button class="primary" type="submit" data-testid="consent-confirm">${t.continue}</button></div>
</form>`;
  const body = html`<section class="card">
<h1>${t.consentTitle(tpp.name)}</h1>
${alertBox(error ?? (accounts.length === 0 ? t.noAccounts : undefined))}
${facts(visit)}
${accounts.length > 0 && form}
${cancelForm(bank, flow.id, `/interaction/${uid}/cancel`, t.cancel, "consent-cancel")}
</section>`;
  return show(visit, { title: t.consentTitle(tpp.name), status, body });
}

const CHECKED = html`checked`;

function accountChoice(account: Account, bound: boolean, picked: boolean, available: string): Html {
  return html`<label class="choice" for="account-${account.iban}"><input type="checkbox" id="account-${account.iban}" name="accounts" value="${account.iban}" ${(bound || picked) && CHECKED} ${bound && html`disabled`} data-testid="account-${account.iban}"><span class="what"><span>${account.name}</span><span class="mono soft">${groupIban(account.iban)}</span><span class="mono">${readableAmount(account.availableMinor, account.currency)} ${available}</span></span></label>`;
}

/** Who asks, for what, until when and how often: the same words on the choice page and beside the code. */
function facts({ consent, tpp, reader: { t, language } }: Visit): Html {
  const rights = rightsOf(consent, { iban: "" } as Account);
  const named =
    (consent.requestedAccess.balances ?? []).length + (consent.requestedAccess.transactions ?? []).length > 0;
  const showsBalances = rights.balances || (named && consent.requestedAccess.balances !== undefined);
  const showsTransactions =
    rights.transactions || (named && consent.requestedAccess.transactions !== undefined);
  const more = consent.requestedAccess.additionalInformation;
  const withName =
    Object.values(consent.requestedAccess).includes("allAccountsWithOwnerName") ||
    more?.ownerName !== undefined;
  return html`<dl class="facts">
<dt>${t.whoAsks}</dt><dd><strong>${tpp.name}</strong></dd>
<dt>${t.whatData}</dt><dd><ul><li>${t.dataAccounts}</li>${withName && html`<li>${t.dataOwner}</li>`}${showsBalances && html`<li>${t.dataBalances}</li>`}${showsTransactions && html`<li>${t.dataTransactions}</li>`}${more?.trustedBeneficiaries !== undefined && html`<li>${t.dataTrusted}</li>`}</ul></dd>
<dt>${t.untilWhen}</dt><dd>${t.untilDate(readableDate(consent.validUntil, language))}</dd>
<dt>${t.howOften}</dt><dd>${consent.recurring ? t.perDay(consent.frequencyPerDay) : t.oneOff}</dd>
</dl>`;
}

async function choose(bank: Bank, visit: Visit, body: Record<string, unknown>): Promise<FastifyReply> {
  const { consent, flow, reader } = visit;
  if (flow.psuId === null) return showStep(bank, visit, 403);
  const accounts = await eligible(bank, visit);
  const picked = [body.accounts ?? []].flat().map(String);
  const chosen = isBoundToAll(consent) ? accounts : accounts.filter(({ iban }) => picked.includes(iban));
  const entered = {
    ibans: picked,
    trusts: body.trust === "yes",
    trustLimit: String(body.trustLimit ?? "").slice(0, 16),
  };
  if (chosen.length === 0) return showChoice(bank, visit, 422, reader.t.pickOne, entered);
  const trustLimit = body.trust === "yes" ? String(body.trustLimit ?? "").trim() : null;
  if (
    trustLimit !== null &&
    !chosen.every(({ currency }) => (parseAmount(trustLimit, currency) ?? 0n) > 0n)
  ) {
    return showChoice(bank, visit, 422, reader.t.badLimit, entered);
  }
  flow.state.choice = { accountIds: chosen.map(({ id }) => id), trustLimit } satisfies Choice;
  await saveFlowState(bank, flow);
  await sendCode(bank, flow, subjectOf(visit));
  await markAuthorisations(bank, consent, "started");
  return visit.reply.redirect(`/interaction/${visit.uid}`, 303);
}

/** What the code is bound to: this consent with exactly this choice. */
function subjectOf(visit: Visit): string {
  return JSON.stringify([visit.consent.id, visit.flow.psuId, visit.flow.state.choice]);
}

async function showCode(
  bank: Bank,
  visit: Visit,
  choice: Choice,
  status: number,
  error?: string,
): Promise<FastifyReply> {
  const { reader, tpp, uid, flow } = visit;
  const { t } = reader;
  const accounts = (await eligible(bank, visit)).filter(({ id }) => choice.accountIds.includes(id));
  const body = html`<section class="card">
<h1>${t.consentTitle(tpp.name)}</h1>
${facts(visit)}
<dl class="facts">
<dt>${t.accountsChosen}</dt><dd><ul>${accounts.map((account) => html`<li>${account.name} <span class="mono soft">${groupIban(account.iban)}</span></li>`)}</ul></dd>
<dt>${t.topUps}</dt><dd>${choice.trustLimit === null ? t.topUpsOff : t.topUpsUpTo(limitsOf(choice.trustLimit, accounts))}</dd>
</dl>
${codeForm(bank, reader, {
  flowId: flow.id,
  action: `/interaction/${uid}/confirm`,
  cancelAction: `/interaction/${uid}/cancel`,
  confirmLabel: t.confirmConsent,
  cancelLabel: t.cancel,
  confirmTestId: "consent-confirm",
  cancelTestId: "consent-cancel",
  error,
  sms: t.smsConsent(tpp.name),
  code: (await smsCode(bank, flow)) ?? "",
})}
</section>`;
  return show(visit, { title: t.codeTitle, status, body });
}

/** The daily limit as an amount of each currency that the chosen accounts have. */
function limitsOf(trustLimit: string, accounts: Account[]): string {
  const currencies = [...new Set(accounts.map(({ currency }) => currency))];
  return currencies
    .map((currency) => readableAmount(parseAmount(trustLimit, currency) ?? 0n, currency))
    .join(" / ");
}

async function confirm(
  bank: Bank,
  provider: Provider,
  visit: Visit,
  body: Record<string, unknown>,
): Promise<FastifyReply> {
  const { flow, reader } = visit;
  const choice = flow.state.choice as Choice | undefined;
  if (flow.psuId === null || choice === undefined) return showStep(bank, visit, 403);
  const check = await checkCode(bank, flow, String(body.code ?? ""), subjectOf(visit));
  if (check.result === "expired") {
    await sendCode(bank, flow, subjectOf(visit));
    return showCode(bank, visit, choice, 422, reader.t.codeExpired);
  }
  if (check.result === "wrong") {
    // Out of attempts: the consent is refused, as if the person had cancelled.
    if (check.attemptsLeft === 0) return cancel(bank, provider, visit);
    return showCode(bank, visit, choice, 422, reader.t.codeWrong(check.attemptsLeft));
  }
  return grant(bank, provider, visit, choice, flow.psuId);
}

async function grant(
  bank: Bank,
  provider: Provider,
  visit: Visit,
  choice: Choice,
  psuId: string,
): Promise<FastifyReply> {
  const accounts = (await eligible(bank, visit)).filter(({ id }) => choice.accountIds.includes(id));
  const grantRecord = new provider.Grant({ accountId: psuId, clientId: visit.tpp.id });
  grantRecord.addResourceScope(`${bank.baseUrl}/v1`, `AIS:${visit.consent.id}`);
  const grantId = await grantRecord.save();
  const granted = await bank.db.transaction(async (tx) => {
    const consent = await findConsent(bank, tx, visit.consent.id, { lock: true });
    // Confirmed in another tab, or deleted by the app meanwhile.
    if (consent?.status !== "received") return false;
    await grantConsent(bank, tx, consent, {
      psuId,
      oidcGrantId: grantId,
      accounts: accounts.map((account) => ({
        accountId: account.id,
        iban: account.iban,
        currency: account.currency,
        ...rightsOf(consent, account),
      })),
    });
    for (const account of choice.trustLimit === null ? [] : accounts) {
      await trustBeneficiary(tx, {
        accountId: account.id,
        clientId: visit.tpp.id,
        consentId: consent.id,
        limitPerDayMinor: parseAmount(choice.trustLimit ?? "", account.currency) ?? 0n,
        now: bank.clock.now(),
      });
    }
    await tx.query("UPDATE authorisations SET sca_status = 'finalised' WHERE consent_id = $1", [consent.id]);
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
    if (consent?.status === "received") await setConsentStatus(bank, tx, consent, "rejected");
    await tx.query("UPDATE authorisations SET sca_status = 'failed' WHERE consent_id = $1", [
      visit.consent.id,
    ]);
    await tx.query("DELETE FROM page_flows WHERE id = $1", [visit.flow.id]);
  });
  const to = await provider.interactionResult(visit.request.raw, visit.reply.raw, {
    error: "access_denied",
    error_description: "the customer refused",
  });
  return visit.reply.redirect(to, 303);
}

async function markAuthorisations(bank: Bank, consent: Consent, scaStatus: string): Promise<void> {
  await bank.db.query("UPDATE authorisations SET sca_status = $2 WHERE consent_id = $1", [
    consent.id,
    scaStatus,
  ]);
}
