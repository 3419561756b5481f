import {
  InvalidMessageError,
  readCreditTransfers,
  readDirectDebits,
  toSepaText,
  writeCancellationRequest,
  writeCreditTransfers,
  writeDirectDebits,
} from "@jinqiao/iso20022";
import { type Clock, dateIn } from "../../../platform/clock.ts";
import type { ConsentAccess, PaymentAnswer, PaymentOrder, RecallAnswer, Sighting } from "../../connector.ts";
import { ExchangeError, type FileExchange } from "./exchange.ts";
import { handedOver, type OwnOrder, verdictOn, type Whereabouts } from "./facts.ts";
import type { Inbox } from "./inbox.ts";
import { reasonOf } from "./reasons.ts";
import type { IsoFilesConfig } from "./settings.ts";

export type PaymentDeps = {
  config: IsoFilesConfig;
  clock: Clock;
  exchange: FileExchange;
  inbox: Inbox;
};

/** What a collection must state of its mandate; kept as the access of the customer's consent. */
export type MandateTerms = { mandateId: string; signedOn: string; debtorName: string };

const places = ["to-bank", "to-bank/archive", "to-bank/rejected", "to-bank/withdrawn"] as const;
const kinds = { credit_transfer: "pain.001", direct_debit: "pain.008" } as const;

/**
 * The bank's id of a payment is the name of its file: kind, reference, and the id of the order, which is its message
 * id. Another order takes its place under the same reference only when the bank certainly refused the first.
 */
function idOf(kind: OwnOrder["kind"], order: { reference: string; requestId: string }): string {
  return `${kinds[kind]}_${order.reference}_${messageIdOf(order.requestId)}`;
}

/** A UUID without its dashes: ISO 20022 leaves room for 35 characters. */
function messageIdOf(requestId: string): string {
  return requestId.replaceAll("-", "");
}

const fileOf = (bankPaymentId: string) => `${bankPaymentId}.xml`;

function partsOf(bankPaymentId: string): { kind: OwnOrder["kind"]; reference: string; messageId: string } {
  const [message = "", reference = "", messageId = ""] = bankPaymentId.split("_");
  return { kind: message === kinds.direct_debit ? "direct_debit" : "credit_transfer", reference, messageId };
}

/**
 * Leaves the order with the bank: a credit transfer (pain.001) from the custody account, or with a mandate a collection
 * (pain.008) into it. The file's name follows from the reference, so that the same order is never left twice. Never
 * throws for what the bank does.
 */
export async function initiatePayment(
  deps: PaymentDeps,
  order: PaymentOrder,
  access: ConsentAccess | null,
): Promise<PaymentAnswer> {
  const kind = access === null ? "credit_transfer" : "direct_debit";
  const bankPaymentId = idOf(kind, order);
  try {
    if ((await whereIs(deps, bankPaymentId)) !== "nowhere") return paymentStatus(deps, bankPaymentId);
  } catch (error) {
    // An earlier try may lie there unseen; whether this is the first one only the caller knows.
    return { outcome: "not_sent", why: whyOf(error) };
  }
  let xml: string;
  try {
    xml =
      access === null
        ? creditTransfer(deps, order)
        : collection(deps, order, JSON.parse(access.accessToken) as MandateTerms);
  } catch (error) {
    if (!(error instanceof InvalidMessageError)) throw error;
    // No valid message can be made of it, e.g. of an account number with a wrong check digit. Nothing was left.
    return { outcome: "rejected", bankPaymentId: null, bankStatus: null, reason: reasonOf("FF01") };
  }
  try {
    await deps.exchange.put("to-bank", fileOf(bankPaymentId), xml);
    return { outcome: "accepted", bankPaymentId, bankStatus: handedOver };
  } catch (error) {
    const certain = error instanceof ExchangeError && error.reached === "no";
    try {
      // The bank, or an earlier try of ours, may have been quicker than the answer.
      const where = await whereIs(deps, bankPaymentId);
      if (where !== "nowhere") return paymentStatus(deps, bankPaymentId);
    } catch {
      // The look failed as well; what the first failure says is all that is known.
    }
    return { outcome: certain ? "not_sent" : "unknown", why: whyOf(error) };
  }
}

/** What the bank has said or done so far, read from the files it left. */
export async function paymentStatus(deps: PaymentDeps, bankPaymentId: string): Promise<PaymentAnswer> {
  const { reference, messageId } = partsOf(bankPaymentId);
  try {
    // The place is looked at before the news: a file moves on only after its news were caused.
    const where = await whereIs(deps, bankPaymentId);
    await deps.inbox.refresh();
    const own = await ownOrder(deps, bankPaymentId, where);
    if (own === null)
      return { outcome: "unknown", why: "the file of the order is not with the bank", answered: true };
    const verdict = verdictOn(own, where, deps.inbox.about(reference, messageId));
    if (verdict.outcome === "unknown") return verdict;
    if (verdict.outcome === "accepted") return { ...verdict, bankPaymentId };
    const { bankStatus, code } = verdict;
    return { outcome: "rejected", bankPaymentId, bankStatus, reason: reasonOf(code) };
  } catch (error) {
    return { outcome: "unknown", why: whyOf(error) };
  }
}

/**
 * Takes an order back. While the bank has not fetched the file, it is moved away: of the bank and us exactly one gets
 * it. After that it is called back (camt.056), and the bank's answer (camt.029) comes later.
 */
export async function cancelPayment(
  deps: PaymentDeps,
  bankPaymentId: string,
): Promise<"cancelled" | "too_late" | "unknown"> {
  try {
    if (await deps.exchange.move(fileOf(bankPaymentId), "to-bank", "to-bank/withdrawn")) return "cancelled";
    const status = await paymentStatus(deps, bankPaymentId);
    if (status.outcome === "rejected") return status.bankStatus === "RJCT" ? "too_late" : "cancelled";
    const { reference, messageId } = partsOf(bankPaymentId);
    const answers = deps.inbox.about(reference, messageId).resolutions;
    if (answers.some(({ status: answer }) => answer === "RJCR")) return "too_late";
    if (status.outcome === "accepted" && ["ACSC", "ACCC"].includes(status.bankStatus)) return "too_late";
    const where = await whereIs(deps, bankPaymentId);
    const own = await ownOrder(deps, bankPaymentId, where);
    if (own !== null && (await whereIs(deps, `camt.056_${messageId}`)) === "nowhere")
      await deps.exchange.put("to-bank", `camt.056_${messageId}.xml`, recall(deps, own, "CUST"));
    return "unknown";
  } catch {
    return "unknown";
  }
}

/**
 * Asks for a payment back that the bank has taken (camt.056); the answer (camt.029) comes later. The file bears the
 * order's id, so that one order is asked back once. Never throws for what the bank does.
 */
export async function recallPayment(
  deps: PaymentDeps,
  bankPaymentId: string,
  reason: string,
): Promise<RecallAnswer> {
  try {
    const { reference, messageId } = partsOf(bankPaymentId);
    await deps.inbox.refresh();
    const [answer] = deps.inbox
      .about(reference, messageId)
      .resolutions.filter(({ status }) => granted.has(status) || refused.has(status));
    if (answer !== undefined)
      return granted.has(answer.status)
        ? { outcome: "granted" }
        : { outcome: "refused", code: answer.code ?? "NARR" };
    const file = `camt.056_${messageId}`;
    const where = await whereIs(deps, file);
    if (where === "to-bank/rejected")
      return { outcome: "unknown", why: "the bank put the file of the recall aside", answered: true };
    if (where !== "nowhere") return { outcome: "asked" };
    const own = await ownOrder(deps, bankPaymentId, await whereIs(deps, bankPaymentId));
    if (own === null)
      return { outcome: "not_sent", why: "the file of the order is not with the bank", answered: true };
    await deps.exchange.put("to-bank", fileOf(file), recall(deps, own, reason));
    return { outcome: "asked" };
  } catch (error) {
    const certain = error instanceof ExchangeError && error.reached === "no";
    return { outcome: certain ? "not_sent" : "unknown", why: whyOf(error) };
  }
}
/** ISO 20022 ExternalCancellationStatus1Code and ExternalInvestigationExecutionConfirmation1Code. */
const granted: ReadonlySet<string> = new Set(["CNCL", "ACCR"]);
const refused: ReadonlySet<string> = new Set(["RJCR"]);

/** Looks for our reference in what the bank left, and for our own file at the bank. */
export async function findPayment(deps: PaymentDeps, reference: string): Promise<Sighting> {
  try {
    for (const bankPaymentId of await ordersUnder(deps, reference)) {
      const answer = await paymentStatus(deps, bankPaymentId);
      if (answer.outcome === "unknown") return { found: "unknown", why: answer.why };
      const booked = answer.outcome === "accepted" && answer.bankStatus === "ACSC";
      return { found: true, status: booked ? "booked" : "pending", bankPaymentId };
    }
    await deps.inbox.refresh();
    // The bank may have cleared its archive; its lines still tell.
    const lines = deps.inbox.about(reference, "").movements.filter(({ returned }) => returned === null);
    if (lines.length > 0)
      return { found: true, status: lines.some(({ booked }) => booked) ? "booked" : "pending" };
    return { found: false };
  } catch (error) {
    return { found: "unknown", why: whyOf(error) };
  }
}

/** Orders under a reference, the latest first. */
async function ordersUnder(deps: PaymentDeps, reference: string): Promise<string[]> {
  const found = (await Promise.all(places.map((place) => deps.exchange.list(place)))).flat();
  return found
    .filter(({ name }) => /^pain\.00[18]_/.test(name) && name.endsWith(".xml"))
    .filter(({ name }) => partsOf(name).reference === reference)
    .sort((a, b) => b.modifiedMs - a.modifiedMs)
    .map(({ name }) => name.slice(0, -".xml".length));
}

/** In the order in which files travel: one that is moved between two looks is seen at the later place. */
async function whereIs(deps: PaymentDeps, stem: string): Promise<Whereabouts> {
  for (const place of places) if (await deps.exchange.has(place, fileOf(stem))) return place;
  return "nowhere";
}

async function ownOrder(
  deps: PaymentDeps,
  bankPaymentId: string,
  where: Whereabouts,
): Promise<OwnOrder | null> {
  const parts = partsOf(bankPaymentId);
  for (const place of where === "nowhere" ? places : [where, ...places]) {
    const content = await deps.exchange.read(place, fileOf(bankPaymentId));
    if (content === null) continue;
    const amount =
      parts.kind === "credit_transfer"
        ? (await readCreditTransfers(content)).groups[0]?.transfers[0]?.amount
        : (await readDirectDebits(content)).groups[0]?.debits[0]?.amount;
    if (amount !== undefined) return { ...parts, amountMinor: amount.minor, currency: amount.currency };
  }
  return null;
}

function today({ config, clock }: PaymentDeps): string {
  return dateIn(config.timeZone, clock.now());
}

function company({ config }: PaymentDeps) {
  return { name: config.companyName, ids: [{ id: config.companyId, scheme: null, issuer: null }] };
}

/** SEPA carries euro only, and a character set of its own (EPC217-08); other currencies go as banks agree. */
function isSepa(order: PaymentOrder): boolean {
  return order.currency === "EUR";
}

/** Names longer than SEPA's 70 characters are cut, after their characters became SEPA's: `林晓` is longer as `LinXiao`. */
function nameIn(order: PaymentOrder, name: string): string {
  return [...(isSepa(order) ? toSepaText(name) : name)].slice(0, 70).join("");
}

function creditTransfer(deps: PaymentDeps, order: PaymentOrder): string {
  return writeCreditTransfers(
    {
      messageId: messageIdOf(order.requestId),
      createdAt: deps.clock.now().toISOString(),
      initiatingParty: company(deps),
      groups: [
        {
          id: order.reference,
          batchBooking: false,
          ...(isSepa(order)
            ? { serviceLevel: "SEPA", chargeBearer: "SLEV" as const }
            : { chargeBearer: "SHAR" as const }),
          executionDate: today(deps),
          debtor: { name: deps.config.companyName },
          debtorAccount: { iban: order.debtorIban },
          transfers: [
            {
              endToEndId: order.reference,
              amount: { minor: order.amountMinor, currency: order.currency },
              creditor: { name: nameIn(order, order.creditorName) },
              creditorAccount: { iban: order.creditorIban },
              remittance: { unstructured: order.remittance },
            },
          ],
        },
      ],
    },
    { version: deps.config.creditTransfers, characters: isSepa(order) ? "latin" : "unicode" },
  );
}

function collection(deps: PaymentDeps, order: PaymentOrder, mandate: MandateTerms): string {
  return writeDirectDebits(
    {
      messageId: messageIdOf(order.requestId),
      createdAt: deps.clock.now().toISOString(),
      initiatingParty: company(deps),
      groups: [
        {
          id: order.reference,
          batchBooking: false,
          ...(isSepa(order)
            ? {
                serviceLevel: "SEPA",
                localInstrument: deps.config.collections,
                chargeBearer: "SLEV" as const,
              }
            : { chargeBearer: "SHAR" as const }),
          sequenceType: "RCUR",
          collectionDate: today(deps),
          creditor: { name: nameIn(order, order.creditorName) },
          creditorAccount: { iban: order.creditorIban },
          creditorSchemeId: deps.config.companyId,
          debits: [
            {
              endToEndId: order.reference,
              amount: { minor: order.amountMinor, currency: order.currency },
              mandate: { id: mandate.mandateId, signedOn: mandate.signedOn },
              debtor: { name: nameIn(order, mandate.debtorName) },
              debtorAccount: { iban: order.debtorIban },
              remittance: { unstructured: order.remittance },
            },
          ],
        },
      ],
    },
    { characters: isSepa(order) ? "latin" : "unicode" },
  );
}

function recall(deps: PaymentDeps, own: OwnOrder, reason: string): string {
  return writeCancellationRequest({
    id: `R${own.messageId}`,
    createdAt: deps.clock.now().toISOString(),
    assigner: { clearing: { system: "COMPANY", id: deps.config.companyId } },
    assignee: { bic: deps.config.bankBic },
    transactions: [
      {
        cancellationId: `R${own.messageId}`,
        original: {
          messageId: own.messageId,
          messageName: own.kind === "credit_transfer" ? deps.config.creditTransfers : "pain.008.001.08",
          endToEndId: own.reference,
          amount: { minor: own.amountMinor, currency: own.currency },
        },
        reason,
      },
    ],
  });
}

function whyOf(error: unknown): string {
  return error instanceof ExchangeError ? error.message : "the file exchange failed";
}
