/** Pieces that several pages share: log-in form, code form, a page for requests that are over. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Bank } from "../context.ts";
import { DEMO_PASSWORD, DEMO_PEOPLE } from "../seeds/people.ts";
import { type Html, html } from "./html.ts";
import { alertBox, formToken, type Reader, sendPage } from "./layout.ts";

export interface LoginForm {
  flowId: string;
  action: string;
  lead: string;
  error: string | undefined;
  locked: boolean;
  /** Where "Cancel" is posted; none on the bank's own pages. */
  cancelAction?: string;
  cancelTestId?: string;
}

export function loginForm(bank: Bank, { t }: Reader, form: LoginForm): Html {
  return html`<section class="card">
<h1>${t.loginTitle}</h1>
<p class="lead">${form.lead}</p>
${alertBox(form.locked ? t.loginLocked : form.error)}
${
  !form.locked &&
  html`<form method="post" action="${form.action}">
<input type="hidden" name="_csrf" value="${formToken(bank, form.flowId)}">
<label for="username">${t.username}</label>
<input type="text" id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64" data-testid="bank-username">
<label for="password">${t.password}</label>
<input type="password" id="password" name="password" autocomplete="current-password" required maxlength="128" data-testid="bank-password">
<div class="actions"><button class="primary" type="submit" data-testid="bank-login">${t.login}</button></div>
</form>`
}
${form.cancelAction !== undefined && cancelForm(bank, form.flowId, form.cancelAction, t.cancel, form.cancelTestId ?? "")}
</section>
${bank.showDemoLogins && demoPeople({ t } as Reader)}`;
}

export function cancelForm(bank: Bank, flowId: string, action: string, label: string, testId: string): Html {
  return html`<form class="cancel" method="post" action="${action}">
<input type="hidden" name="_csrf" value="${formToken(bank, flowId)}">
<button class="quiet" type="submit" data-testid="${testId}">${label}</button>
</form>`;
}

function demoPeople({ t }: Reader): Html {
  return html`<aside class="card" aria-label="${t.demoLogins}">
<h2>${t.demoLogins}</h2>
<ul class="people">${DEMO_PEOPLE.map((person) => html`<li><code>${person.username}</code> — ${person.name}</li>`)}</ul>
<p class="note">${t.demoPassword(DEMO_PASSWORD)}</p>
</aside>`;
}

export interface CodeForm {
  flowId: string;
  action: string;
  cancelAction: string;
  confirmLabel: string;
  cancelLabel: string;
  confirmTestId: string;
  cancelTestId: string;
  error: string | undefined;
  /** What the sandbox telephone shows, without and with the code. */
  sms: string;
  code: string;
}

export function codeForm(bank: Bank, { t }: Reader, form: CodeForm): Html {
  return html`<h2>${t.codeTitle}</h2>
<p>${t.codeLead}</p>
${alertBox(form.error)}
<form method="post" action="${form.action}">
<input type="hidden" name="_csrf" value="${formToken(bank, form.flowId)}">
<label for="code">${t.code}</label>
<input class="code" type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,8}" maxlength="8" required aria-describedby="code-hint" data-testid="sca-code">
<p class="note" id="code-hint">${t.codeHint}</p>
<div class="actions"><button class="primary" type="submit" data-testid="${form.confirmTestId}">${form.confirmLabel}</button></div>
</form>
${cancelForm(bank, form.flowId, form.cancelAction, form.cancelLabel, form.cancelTestId)}
<aside class="phone" aria-label="${t.phone}">
<h2>${t.phone}</h2>
<p class="sms">${form.sms} <strong class="digits" data-testid="sca-sms-code">${form.code}</strong></p>
<p class="note">${t.phoneNote}</p>
</aside>`;
}

/** For a request that is finished, cancelled or too old. */
export function sendGone(request: FastifyRequest, reply: FastifyReply, reader: Reader): FastifyReply {
  const { t } = reader;
  const body = html`<section class="card"><h1>${t.goneTitle}</h1><p>${t.goneText}</p></section>`;
  return sendPage(request, reply, { reader, title: t.goneTitle, status: 410, body });
}
