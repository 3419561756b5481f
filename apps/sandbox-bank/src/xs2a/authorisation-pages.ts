/**
 * The bank's page for everything that is authorised by redirect and is no single payment: standing orders and bulk
 * payments, their cancellation, signing baskets, consents for confirmation of funds.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Bank } from "../context.ts";
import { checkCode, type Flow, isLocked, logInto, openFlow, sendCode, smsCode } from "../pages/flow.ts";
import { html } from "../pages/html.ts";
import { hasFormToken, type Reader, readerOf, sendPage } from "../pages/layout.ts";
import { cancelForm, codeForm, loginForm, sendGone } from "../pages/parts.ts";
import { type Subject, settleAuthorisation, subjectOf } from "./subjects.ts";

const COOKIE = "hb_sca";
const ROOT = "/sca/authorisations";
const never = { en: "Never tell anyone this code:", zh: "切勿将此验证码告诉任何人：" };

interface Visit {
  flow: Flow;
  subject: Subject;
  reader: Reader;
  request: FastifyRequest;
  reply: FastifyReply;
}

export function registerAuthorisationPages(app: FastifyInstance, bank: Bank): void {
  const visit =
    (step: (visit: Visit, body: Record<string, unknown>) => Promise<unknown>, isForm: boolean) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const found = await openVisit(bank, request, reply);
      if (found === undefined) return sendGone(request, reply, readerOf(request));
      if (isForm && !hasFormToken(bank, found.flow.id, request.body)) return show(bank, found, 403);
      return step(found, (request.body ?? {}) as Record<string, unknown>);
    };
  app.get(
    `${ROOT}/:id`,
    visit((found) => show(bank, found), false),
  );
  app.post(
    `${ROOT}/:id/login`,
    visit((found, body) => login(bank, found, body), true),
  );
  app.post(
    `${ROOT}/:id/confirm`,
    visit((found, body) => confirm(bank, found, body), true),
  );
  app.post(
    `${ROOT}/:id/cancel`,
    visit((found) => finish(bank, found, "refused"), true),
  );
}

async function openVisit(
  bank: Bank,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Visit | undefined> {
  const { id } = request.params as { id: string };
  const subject = await subjectOf(bank, bank.db, id);
  if (subject === undefined) return undefined;
  let secret = request.cookies[COOKIE];
  if (secret === undefined || !/^[\w-]{43}$/.test(secret)) {
    if (request.method !== "GET") return undefined;
    secret = bank.random.bytes(32).toString("base64url");
    const secure = bank.baseUrl.startsWith("https:");
    reply.setCookie(COOKIE, secret, { path: ROOT, httpOnly: true, sameSite: "lax", secure });
  }
  const flow = await openFlow(bank, `sca:${id}:${secret}`, "payment");
  return { flow, subject, reader: readerOf(request), request, reply };
}

async function show(bank: Bank, visit: Visit, status = 200, error?: string): Promise<FastifyReply> {
  const { flow, subject, reader } = visit;
  const { t, language } = reader;
  const base = `${ROOT}/${subject.authorisationId}`;
  const title = subject.title[language];
  const formTargets = [subject.redirectUri, subject.nokRedirectUri].flatMap((uri) =>
    uri === null ? [] : [new URL(uri).origin],
  );
  const send = (body: ReturnType<typeof html>, code = status) =>
    sendPage(visit.request, visit.reply, { reader, title, status: code, body, formTargets });
  if (flow.psuId === null)
    return send(
      loginForm(bank, reader, {
        flowId: flow.id,
        action: `${base}/login`,
        lead: t.loginLeadPayment(subject.tppName),
        error,
        locked: isLocked(flow),
        cancelAction: `${base}/cancel`,
        cancelTestId: "payment-cancel",
      }),
    );
  if (subject.ownerPsu !== null && subject.ownerPsu !== flow.psuId)
    return send(
      html`<section class="card"><h1>${title}</h1><p class="alert" role="alert">${t.notYours}</p>
${cancelForm(bank, flow.id, `${base}/cancel`, t.cancel, "payment-cancel")}</section>`,
      403,
    );
  return send(html`<section class="card">
<h1>${title}</h1>
<dl class="facts">
${subject.facts.map(([label, value]) => html`<dt>${label[language]}</dt><dd>${typeof value === "string" ? value : value[language]}</dd>`)}
<dt>${t.asker}</dt><dd>${subject.tppName}</dd>
</dl>
${codeForm(bank, reader, {
  flowId: flow.id,
  action: `${base}/confirm`,
  cancelAction: `${base}/cancel`,
  confirmLabel: t.confirmConsent,
  cancelLabel: language === "zh" ? "不同意，返回" : "No, go back",
  confirmTestId: "payment-confirm",
  cancelTestId: "payment-cancel",
  error,
  sms: `${t.bankName}: ${title} ${subject.summary} ${never[language]}`,
  code: (await smsCode(bank, flow)) ?? "",
})}
</section>`);
}

async function login(bank: Bank, visit: Visit, body: Record<string, unknown>): Promise<FastifyReply> {
  const { flow, subject } = visit;
  if (flow.psuId === null && (await logInto(bank, flow, body)) === undefined)
    return show(bank, visit, 422, visit.reader.t.loginFailed);
  await sendCode(bank, flow, subject.binding);
  await bank.db.query("UPDATE authorisations SET sca_status = 'started' WHERE id = $1", [
    subject.authorisationId,
  ]);
  return visit.reply.redirect(`${ROOT}/${subject.authorisationId}`, 303);
}

async function confirm(bank: Bank, visit: Visit, body: Record<string, unknown>): Promise<FastifyReply> {
  const { flow, subject, reader } = visit;
  if (flow.psuId === null || (subject.ownerPsu !== null && subject.ownerPsu !== flow.psuId))
    return show(bank, visit, 403);
  const check = await checkCode(bank, flow, String(body.code ?? ""), subject.binding);
  if (check.result === "expired") {
    await sendCode(bank, flow, subject.binding);
    return show(bank, visit, 422, reader.t.codeExpired);
  }
  if (check.result === "wrong") {
    if (check.attemptsLeft === 0) return finish(bank, visit, "refused");
    return show(bank, visit, 422, reader.t.codeWrong(check.attemptsLeft));
  }
  return finish(bank, visit, "confirmed");
}

async function finish(bank: Bank, visit: Visit, outcome: "confirmed" | "refused"): Promise<FastifyReply> {
  const { subject, flow } = visit;
  // Who has not logged in is nobody yet: going back leaves everything as it is.
  if (flow.psuId !== null) await settleAuthorisation(bank, subject.authorisationId, flow.psuId, outcome);
  await bank.db.query("DELETE FROM page_flows WHERE id = $1", [flow.id]);
  const to = outcome === "confirmed" ? subject.redirectUri : (subject.nokRedirectUri ?? subject.redirectUri);
  return visit.reply.redirect(to ?? "/", 303);
}
