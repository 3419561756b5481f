/**
 * The customer's telephone with the bank's app (sandbox): where decoupled requests are approved or refused, and where
 * the codes of the embedded approach are read. A person is logged in with the log-in of online banking.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Bank } from "../context.ts";
import { findFlow, isLocked, logInto, openFlow } from "../pages/flow.ts";
import { html } from "../pages/html.ts";
import { formToken, hasFormToken, readerOf, sendPage } from "../pages/layout.ts";
import { loginForm } from "../pages/parts.ts";
import { type Subject, settleAuthorisation, subjectOf } from "./subjects.ts";

const COOKIE = "hb_phone";
const ROOT = "/phone";

const texts = {
  en: {
    title: "Your bank app",
    lead: "Log in as you would in the bank's app on your phone.",
    nothing: "Nothing waits for you.",
    approve: "Approve",
    refuse: "Refuse",
    code: "Code for",
    warning: "Approve only what you have asked for yourself a moment ago.",
  },
  zh: {
    title: "您的手机银行",
    lead: "请像在手机银行中一样登录。",
    nothing: "没有待处理的请求。",
    approve: "同意",
    refuse: "拒绝",
    code: "验证码用于",
    warning: "请只同意您本人刚刚发起的请求。",
  },
};

export function registerPhonePages(app: FastifyInstance, bank: Bank): void {
  const visit = async (request: FastifyRequest, reply: FastifyReply) => {
    const known = request.cookies[COOKIE];
    const found = known === undefined ? undefined : await findFlow(bank, known, "online");
    const flow =
      found ?? (await openFlow(bank, `phone:${bank.random.bytes(32).toString("base64url")}`, "online"));
    if (found === undefined) {
      const secure = bank.baseUrl.startsWith("https:");
      reply.setCookie(COOKIE, flow.id, { path: ROOT, httpOnly: true, sameSite: "lax", secure });
    }
    return { flow, reader: readerOf(request) };
  };
  const show = async (request: FastifyRequest, reply: FastifyReply, status = 200, error?: string) => {
    const { flow, reader } = await visit(request, reply);
    const t = texts[reader.language];
    if (flow.psuId === null) {
      const body = loginForm(bank, reader, {
        flowId: flow.id,
        action: `${ROOT}/login`,
        lead: t.lead,
        error,
        locked: isLocked(flow),
      });
      return sendPage(request, reply, { reader, title: t.title, status, body });
    }
    const waiting = await waitingFor(bank, flow.psuId);
    const csrf = formToken(bank, flow.id);
    const button = (id: string, verb: "approve" | "refuse") =>
      html`<form method="post" action="${ROOT}/${id}/${verb}"><input type="hidden" name="_csrf" value="${csrf}"><button class="${verb === "approve" ? "primary" : "quiet"}" type="submit" data-testid="phone-${verb}-${id}">${t[verb]}</button></form>`;
    const card = ({ subject, code }: { subject: Subject; code: string | null }) =>
      html`<section class="card"><h2>${subject.title[reader.language]}</h2>
<dl class="facts">${subject.facts.map(([label, value]) => html`<dt>${label[reader.language]}</dt><dd>${typeof value === "string" ? value : value[reader.language]}</dd>`)}<dt>${reader.t.asker}</dt><dd>${subject.tppName}</dd></dl>
${
  code === null
    ? html`<p class="note">${t.warning}</p><div class="actions">${button(subject.authorisationId, "approve")}${button(subject.authorisationId, "refuse")}</div>`
    : html`<p class="sms">${t.code} ${subject.tppName}: <strong class="digits" data-testid="phone-code-${subject.authorisationId}">${code}</strong></p>`
}</section>`;
    const body = html`<h1>${t.title}</h1>${
      waiting.length === 0
        ? html`<section class="card"><p data-testid="phone-empty">${t.nothing}</p></section>`
        : waiting.map(card)
    }`;
    return sendPage(request, reply, { reader, title: t.title, status, body });
  };
  app.get(ROOT, (request, reply) => show(request, reply));
  app.post(`${ROOT}/login`, async (request, reply) => {
    const { flow, reader } = await visit(request, reply);
    if (!hasFormToken(bank, flow.id, request.body)) return show(request, reply, 403);
    const psu = await logInto(bank, flow, (request.body ?? {}) as Record<string, unknown>);
    return psu === undefined ? show(request, reply, 422, reader.t.loginFailed) : reply.redirect(ROOT, 303);
  });
  for (const [verb, outcome] of [
    ["approve", "confirmed"],
    ["refuse", "refused"],
  ] as const)
    app.post<{ Params: { id: string } }>(`${ROOT}/:id/${verb}`, async (request, reply) => {
      const { flow } = await visit(request, reply);
      if (flow.psuId === null || !hasFormToken(bank, flow.id, request.body)) return show(request, reply, 403);
      // Only what is shown to this person can be answered by them.
      const waiting = await waitingFor(bank, flow.psuId);
      const asked = waiting.some(
        ({ subject, code }) => subject.authorisationId === request.params.id && code === null,
      );
      if (asked) await settleAuthorisation(bank, request.params.id, flow.psuId, outcome);
      return reply.redirect(ROOT, 303);
    });
}

async function waitingFor(bank: Bank, psuId: string): Promise<{ subject: Subject; code: string | null }[]> {
  const { rows } = await bank.db.query<{ id: string; sandbox_code: string | null }>(
    `SELECT id, sandbox_code FROM authorisations
      WHERE psu_id = $1 AND ((approach = 'DECOUPLED' AND sca_status = 'started')
                          OR (approach = 'EMBEDDED' AND sca_status = 'scaMethodSelected'))
      ORDER BY created_at DESC LIMIT 20`,
    [psuId],
  );
  const waiting = [];
  for (const { id, sandbox_code } of rows) {
    const subject = await subjectOf(bank, bank.db, id);
    if (subject === undefined) continue;
    // A request about somebody else's account is not shown, whoever the TPP named.
    if (subject.ownerPsu !== null && subject.ownerPsu !== psuId) continue;
    waiting.push({ subject, code: sandbox_code });
  }
  return waiting;
}
