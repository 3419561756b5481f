/** The bank's page for one payment: log in → the payment in full with a code bound to amount and payee → back. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Bank } from "../context.ts";
import { groupIban } from "../iban.ts";
import { type Account, findAccounts } from "../ledger/accounts.ts";
import { findTppClient, type TppClient } from "../oauth/clients.ts";
import { finishAuthorisation } from "../payments/authorisation.ts";
import { findPayment, isUuid, type Payment } from "../payments/store.ts";
import { checkCode, type Flow, isLocked, logInto, openFlow, sendCode, smsCode } from "./flow.ts";
import { html } from "./html.ts";
import { hasFormToken, type Reader, readableAmount, readerOf, sendPage } from "./layout.ts";
import { cancelForm, codeForm, loginForm, sendGone } from "./parts.ts";

const COOKIE = "hb_payment";

interface Visit {
  authorisationId: string;
  flow: Flow;
  payment: Payment;
  debtor: Account;
  tpp: TppClient;
  reader: Reader;
  request: FastifyRequest;
  reply: FastifyReply;
}

interface Params {
  Params: { id: string };
}

export function registerPaymentPages(app: FastifyInstance, bank: Bank): void {
  const visit =
    (step: (visit: Visit, body: Record<string, unknown>) => Promise<unknown>, isForm: boolean) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const found = await openVisit(bank, request, reply);
      if (found === undefined) return sendGone(request, reply, readerOf(request));
      if (isForm && !hasFormToken(bank, found.flow.id, request.body)) return showStep(bank, found, 403);
      return step(found, (request.body ?? {}) as Record<string, unknown>);
    };
  app.get<Params>(
    "/sca/payments/:id",
    visit((found) => showStep(bank, found), false),
  );
  for (const step of ["login", "confirm", "cancel"]) {
    app.get<Params>(`/sca/payments/:id/${step}`, async (request, reply) =>
      reply.redirect(`/sca/payments/${request.params.id}`),
    );
  }
  app.post<Params>(
    "/sca/payments/:id/login",
    visit((found, body) => login(bank, found, body), true),
  );
  app.post<Params>(
    "/sca/payments/:id/confirm",
    visit((found, body) => confirm(bank, found, body), true),
  );
  app.post<Params>(
    "/sca/payments/:id/cancel",
    visit((found) => finish(bank, found, "refused"), true),
  );
}

async function openVisit(
  bank: Bank,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Visit | undefined> {
  const { id } = request.params as Params["Params"];
  if (!isUuid(id)) return undefined;
  const { rows } = await bank.db.query<{ payment_id: string | null; sca_status: string }>(
    "SELECT payment_id, sca_status FROM authorisations WHERE id = $1",
    [id],
  );
  const payment = await findPayment(bank.db, rows[0]?.payment_id ?? "");
  if (payment?.status !== "RCVD") return undefined;
  const [debtor] = await findAccounts(bank.db, [payment.debtorAccount]);
  const tpp = await findTppClient(bank.db, payment.clientId);
  if (debtor === undefined || tpp === undefined) return undefined;
  // The flow belongs to one browser: its id is the cookie together with the authorisation.
  let secret = request.cookies[COOKIE];
  if (secret === undefined || !/^[\w-]{43}$/.test(secret)) {
    if (request.method !== "GET") return undefined;
    secret = bank.random.bytes(32).toString("base64url");
    const secure = bank.baseUrl.startsWith("https:");
    reply.setCookie(COOKIE, secret, { path: "/sca/payments", httpOnly: true, sameSite: "lax", secure });
  }
  const flow = await openFlow(bank, `payment:${id}:${secret}`, "payment");
  return { authorisationId: id, flow, payment, debtor, tpp, reader: readerOf(request), request, reply };
}

async function showStep(bank: Bank, visit: Visit, status = 200, error?: string): Promise<FastifyReply> {
  const { flow, reader, tpp, payment, debtor, authorisationId } = visit;
  const { t } = reader;
  const base = `/sca/payments/${authorisationId}`;
  const formTargets = [payment.redirectUri, payment.nokRedirectUri].flatMap((uri) =>
    uri ? [new URL(uri).origin] : [],
  );
  const show = (title: string, body: ReturnType<typeof html>, code = status) =>
    sendPage(visit.request, visit.reply, { reader, title, status: code, body, formTargets });
  if (flow.psuId === null) {
    return show(
      t.loginTitle,
      loginForm(bank, reader, {
        flowId: flow.id,
        action: `${base}/login`,
        lead: t.loginLeadPayment(tpp.name),
        error,
        locked: isLocked(flow),
        cancelAction: `${base}/cancel`,
        cancelTestId: "payment-cancel",
      }),
    );
  }
  if (debtor.ownerPsu !== flow.psuId) {
    const body = html`<section class="card"><h1>${t.paymentTitle}</h1><p class="alert" role="alert">${t.notYours}</p>
${cancelForm(bank, flow.id, `${base}/cancel`, t.cancel, "payment-cancel")}</section>`;
    return show(t.paymentTitle, body, 403);
  }
  const amount = readableAmount(payment.amountMinor, payment.currency);
  const body = html`<section class="card">
<h1>${t.paymentTitle}</h1>
<p class="sum" data-testid="payment-amount">${amount}</p>
<dl class="facts">
<dt>${t.payee}</dt><dd><strong>${payment.creditorName}</strong></dd>
<dt>${t.payeeAccount}</dt><dd class="mono">${groupIban(payment.creditorIban)}</dd>
<dt>${t.fromAccount}</dt><dd>${debtor.name} <span class="mono soft">${groupIban(debtor.iban)}</span></dd>
${payment.remittance !== null && html`<dt>${t.remittance}</dt><dd>${payment.remittance}</dd>`}
${payment.endToEndId !== null && html`<dt>${t.reference}</dt><dd class="mono">${payment.endToEndId}</dd>`}
<dt>${t.asker}</dt><dd>${tpp.name}</dd>
</dl>
${codeForm(bank, reader, {
  flowId: flow.id,
  action: `${base}/confirm`,
  cancelAction: `${base}/cancel`,
  confirmLabel: t.pay,
  cancelLabel: t.refusePayment,
  confirmTestId: "payment-confirm",
  cancelTestId: "payment-cancel",
  error,
  sms: t.smsPayment(amount, payment.creditorName),
  code: (await smsCode(bank, flow)) ?? "",
})}
</section>`;
  return show(t.paymentTitle, body);
}

async function login(bank: Bank, visit: Visit, body: Record<string, unknown>): Promise<FastifyReply> {
  const { flow, debtor, authorisationId } = visit;
  if (flow.psuId === null && (await logInto(bank, flow, body)) === undefined) {
    return showStep(bank, visit, 422, visit.reader.t.loginFailed);
  }
  if (debtor.ownerPsu === flow.psuId) {
    await sendCode(bank, flow, subjectOf(visit));
    await bank.db.query(
      "UPDATE authorisations SET sca_status = 'started' WHERE id = $1 AND sca_status <> 'finalised'",
      [authorisationId],
    );
  }
  return visit.reply.redirect(`/sca/payments/${authorisationId}`, 303);
}

/** The code is good for exactly this amount to exactly this payee (RTS (EU) 2018/389 art. 5). */
function subjectOf({ payment }: Visit): string {
  return JSON.stringify([
    payment.id,
    payment.amountMinor.toString(),
    payment.currency,
    payment.creditorIban,
    payment.creditorName,
  ]);
}

async function confirm(bank: Bank, visit: Visit, body: Record<string, unknown>): Promise<FastifyReply> {
  const { flow, debtor, reader } = visit;
  if (flow.psuId === null || flow.psuId !== debtor.ownerPsu) return showStep(bank, visit, 403);
  const check = await checkCode(bank, flow, String(body.code ?? ""), subjectOf(visit));
  if (check.result === "expired") {
    await sendCode(bank, flow, subjectOf(visit));
    return showStep(bank, visit, 422, reader.t.codeExpired);
  }
  if (check.result === "wrong") {
    if (check.attemptsLeft === 0) return finish(bank, visit, "refused");
    return showStep(bank, visit, 422, reader.t.codeWrong(check.attemptsLeft));
  }
  return finish(bank, visit, "confirmed");
}

/** Ends the visit and sends the browser back: to TPP-Redirect-URI when accepted, else to TPP-Nok-Redirect-URI. */
async function finish(bank: Bank, visit: Visit, outcome: "confirmed" | "refused"): Promise<FastifyReply> {
  const stranger = visit.flow.psuId !== null && visit.flow.psuId !== visit.debtor.ownerPsu;
  // Somebody who is not the account holder leaves the payment as it is.
  const payment = stranger ? visit.payment : await finishAuthorisation(bank, visit.authorisationId, outcome);
  await bank.db.query("DELETE FROM page_flows WHERE id = $1", [visit.flow.id]);
  if (payment === undefined) return sendGone(visit.request, visit.reply, visit.reader);
  const accepted = outcome === "confirmed" && payment.status !== "RJCT" && payment.status !== "CANC";
  const to = accepted ? payment.redirectUri : (payment.nokRedirectUri ?? payment.redirectUri);
  return visit.reply.redirect(to ?? "/", 303);
}
