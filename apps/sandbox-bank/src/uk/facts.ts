/** What a consent asks for, in words: the same on the choice page, beside the code and in the text message. */
import { type Bank, calendarDate } from "../context.ts";
import { groupIban } from "../iban.ts";
import type { TppClient } from "../oauth/clients.ts";
import { type Html, html } from "../pages/html.ts";
import { type Reader, readableAmount, readableDate } from "../pages/layout.ts";
import type { AmountOfObie, Initiation, UkConsent } from "./consents.ts";
import { ibanOf, minorOf } from "./identifiers.ts";
import { ukTexts } from "./texts.ts";

/** Who asks for what, and who reads it. */
interface Asked {
  consent: UkConsent;
  tpp: TppClient;
  reader: Reader;
}

/** What the page asks. */
export function titleOf({ consent, reader, tpp }: Asked): string {
  const uk = ukTexts(reader.language);
  switch (consent.kind) {
    case "domestic-payment":
      return reader.t.paymentTitle;
    case "domestic-scheduled-payment":
      return uk.scheduledTitle;
    case "domestic-standing-order":
      return uk.standingTitle;
    case "domestic-vrp":
      return uk.vrpTitle(tpp.name);
    case "funds":
      return uk.fundsTitle(tpp.name);
    default:
      return reader.t.consentTitle(tpp.name);
  }
}

/** The amount of a payment, or the first of a standing order. */
export function amountAsked({ request }: UkConsent): AmountOfObie | undefined {
  return request.Data.Initiation?.InstructedAmount ?? request.Data.Initiation?.FirstPaymentAmount;
}

/** Who asks for what, within which limits and until when: the same words on the choice page and beside the code. */
export function facts(bank: Bank, visit: Asked): Html {
  const { consent, tpp, reader } = visit;
  const { t, language } = reader;
  const uk = ukTexts(language);
  const {
    Initiation: initiation,
    ControlParameters: controls,
    Permissions: permissions,
  } = consent.request.Data;
  const payee = initiation?.CreditorAccount;
  const money = (amount: { Amount: string; Currency: string }) =>
    readableAmount(minorOf(amount, "Amount"), amount.Currency);
  const to =
    payee &&
    html`<dt>${t.payee}</dt><dd><strong>${payee.Name}</strong></dd>
<dt>${t.payeeAccount}</dt><dd class="mono">${groupIban(ibanOf(payee, "CreditorAccount"))}</dd>`;
  const until = html`<dt>${t.untilWhen}</dt><dd>${
    consent.expiresAt === null
      ? uk.noEnd
      : t.untilDate(readableDate(calendarDate(consent.expiresAt, bank.timeZone), language))
  }</dd>`;
  const amount = amountAsked(consent);
  if (initiation !== undefined && amount !== undefined) {
    const message = initiation.RemittanceInformation?.Unstructured?.[0];
    const reference =
      initiation.EndToEndIdentification ?? initiation.MandateRelatedInformation?.MandateIdentification ?? "";
    return html`<p class="sum" data-testid="payment-amount">${money(amount)}</p>
<dl class="facts">${whenPaid(bank, visit, initiation)}${to}
${message && html`<dt>${t.remittance}</dt><dd>${message}</dd>`}
<dt>${t.reference}</dt><dd class="mono">${reference}</dd>
<dt>${t.asker}</dt><dd>${tpp.name}</dd></dl>`;
  }
  if (consent.kind === "funds") {
    return html`<p>${uk.fundsLead(tpp.name)}</p><dl class="facts">${until}<dt>${t.whoAsks}</dt><dd><strong>${tpp.name}</strong></dd></dl>`;
  }
  if (consent.kind === "domestic-vrp" && controls !== undefined) {
    return html`<p>${uk.vrpLead(tpp.name)}</p><dl class="facts">${to}
<dt>${uk.mostEach}</dt><dd data-testid="vrp-most-each">${money(controls.MaximumIndividualAmount)}</dd>
${controls.PeriodicLimits.map((limit) => html`<dt>${uk.mostPer[limit.PeriodType] ?? limit.PeriodType}</dt><dd>${money(limit)}</dd>`)}
${until}<dt>${t.asker}</dt><dd>${tpp.name}</dd></dl>`;
  }
  const asked = permissions ?? [];
  const shown = asked.filter(
    (permission) => !permission.endsWith("Basic") || !asked.includes(permission.replace(/Basic$/, "Detail")),
  );
  const words = [...new Set(shown.flatMap((permission) => uk.permissions[permission] ?? []))];
  return html`<dl class="facts"><dt>${t.whoAsks}</dt><dd><strong>${tpp.name}</strong></dd>
<dt>${t.whatData}</dt><dd><ul>${words.map((word) => html`<li>${word}</li>`)}</ul></dd>${until}</dl>`;
}

/** The day of a payment of a later day; days and amounts of a standing order. */
function whenPaid(bank: Bank, { reader }: Asked, initiation: Initiation): Html | undefined {
  const uk = ukTexts(reader.language);
  const day = (instant: string) =>
    readableDate(calendarDate(new Date(instant), bank.timeZone), reader.language);
  const { RequestedExecutionDateTime: once, MandateRelatedInformation: series } = initiation;
  if (once !== undefined)
    return html`<dt>${uk.executionDay}</dt><dd data-testid="payment-day">${day(once)}</dd>`;
  if (series === undefined) return undefined;
  const { Type: type, PointInTime: point } = series.Frequency;
  const often = [uk.frequencies[type] ?? type, ...(point === undefined ? [] : [uk.onDay(Number(point))])];
  const { RecurringPaymentAmount: then, FinalPaymentAmount: last, NumberOfPayments: count } = initiation;
  const end = series.FinalPaymentDateTime;
  const fact = (name: string, amount: AmountOfObie | undefined) =>
    amount && html`<dt>${name}</dt><dd>${readableAmount(minorOf(amount, "Amount"), amount.Currency)}</dd>`;
  return html`<dt>${uk.howOften}</dt><dd data-testid="payment-frequency">${often.join(reader.language === "zh" ? "，" : ", ")}</dd>
<dt>${uk.firstPayment}</dt><dd>${series.FirstPaymentDateTime && day(series.FirstPaymentDateTime)}</dd>
${fact(uk.furtherPayments, then)}${fact(uk.lastPayment, last)}
<dt>${uk.lastDay}</dt><dd>${count !== undefined ? uk.numberOfPayments(count) : end !== undefined ? day(end) : uk.noLastDay}</dd>`;
}

/** What the text message with the code says. */
export function smsOf({ consent, reader, tpp }: Asked): string {
  const { t } = reader;
  const uk = ukTexts(reader.language);
  const amount = amountAsked(consent);
  if (amount !== undefined) {
    const text = readableAmount(minorOf(amount, "Amount"), amount.Currency);
    const payee = consent.request.Data.Initiation?.CreditorAccount?.Name ?? "";
    return consent.kind === "domestic-standing-order"
      ? uk.smsStanding(t.bankName, text, payee)
      : t.smsPayment(text, payee);
  }
  if (consent.kind === "domestic-vrp") return uk.smsVrp(t.bankName, tpp.name);
  return consent.kind === "funds" ? uk.smsFunds(t.bankName, tpp.name) : t.smsConsent(tpp.name);
}
