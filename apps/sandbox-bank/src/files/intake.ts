/** One round over what the company left: whole files are checked, taken in and archived; the others wait or are put aside. */
import { createHash } from "node:crypto";
import type { Bank } from "../context.ts";
import { takeCallFault } from "../faults/faults.ts";
import { findTppClient } from "../oauth/clients.ts";
import type { Area } from "./area.ts";
import { type IncomingMessage, readMessage } from "./incoming.ts";
import { clientIdOf, endMandateByCreditor } from "./mandates.ts";
import { recallOrder, takeOrders } from "./orders.ts";
import { messageRefused, queueReport, resolution } from "./reports.ts";
import { messageNameOf, schemaFault, type TakenIn } from "./schemas.ts";

/** Files that a scripted fault keeps waiting, until when (milliseconds of the bank's clock). */
export type Waiting = Map<string, number>;

export async function takeIn(bank: Bank, area: Area, waiting: Waiting): Promise<void> {
  for (const file of await area.incoming()) {
    const until = waiting.get(file.name);
    if (until !== undefined && until > bank.clock.now().getTime()) continue;
    if (file.state === "growing") continue;
    if (file.state === "unusable") {
      await area.reject(file.name, file.why);
      continue;
    }
    try {
      await takeFile(bank, area, waiting, file.name, file.content);
    } catch (error) {
      // A file that breaks this program must not stand in the way of those behind it.
      bank.log.error({ err: error, file: file.name }, "a file could not be taken in");
      await area.reject(file.name, "The bank could not process the file.");
    }
    waiting.delete(file.name);
  }
}

async function takeFile(
  bank: Bank,
  area: Area,
  waiting: Waiting,
  fileName: string,
  xml: string,
): Promise<void> {
  const name = messageNameOf(xml);
  if (name === undefined)
    return area.reject(fileName, "The file is none of the messages that this bank takes.");
  const fault = await schemaFault(name, xml);
  if (fault !== undefined) {
    await tellRefused(bank, name, xml, "FF01", fault);
    return area.reject(fileName, `The file is not valid against ${name}: ${fault}`);
  }
  const message = readMessage(xml);
  const client = await findTppClient(bank.db, clientIdOf(message.initiator));
  if (client === undefined)
    return area.reject(fileName, "The initiating party is no company known to this bank.");

  // Scripted faults are about payments; mandates that end and recalls are taken in.
  const scripted =
    waiting.has(fileName) || message.orders.length === 0
      ? undefined
      : await takeCallFault(bank.db, "initiatePayment", message.orders[0]?.endToEndId ?? null);
  if (
    scripted !== undefined &&
    ["delay", "timeout-before", "reset-connection-before"].includes(scripted.action)
  ) {
    waiting.set(fileName, bank.clock.now().getTime() + scripted.delayMs);
    return;
  }
  if (scripted?.action === "error") return area.reject(fileName, "The bank could not process the file.");
  await bank.db.transaction(async (tx) => {
    const taken = await tx.query(
      `INSERT INTO file_messages (client_id, message_id, kind, sha256, received_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING`,
      [client.id, message.messageId, name, createHash("sha256").update(xml).digest(), bank.clock.now()],
    );
    if (taken.rowCount === 0) {
      // DU01, duplicate message id: the first one stands, this one is looked at no further.
      const told = { messageId: message.messageId, messageName: name, reason: "DU01" };
      await queueReport(
        bank,
        tx,
        messageRefused(bank, { ...told, information: "This message was received before." }),
        null,
      );
      return;
    }
    const { rows } = await tx.query<{ last: bigint }>(
      "SELECT coalesce(max(id), 0) AS last FROM file_reports",
    );
    await handle(bank, tx, client.id, { ...message, name }, scripted?.action === "refuse");
    if (scripted?.action.endsWith("-after") === true) {
      await tx.query(
        "UPDATE file_reports SET due_at = due_at + $2 * interval '1 millisecond' WHERE id > $1",
        [rows[0]?.last, scripted.delayMs],
      );
    }
  });
  await area.archive(fileName);
}

type Tx = Parameters<Parameters<Bank["db"]["transaction"]>[0]>[0];

async function handle(
  bank: Bank,
  tx: Tx,
  clientId: string,
  message: IncomingMessage & { name: TakenIn },
  refuse: boolean,
): Promise<void> {
  if (message.orders.length > 0) await takeOrders(bank, tx, clientId, message, refuse);
  for (const mandateId of message.endedMandates) await endMandateByCreditor(bank, tx, clientId, mandateId);
  for (const recalled of message.recalls) {
    const answer = await recallOrder(bank, tx, clientId, recalled);
    await queueReport(
      bank,
      tx,
      resolution(bank, {
        endToEndId: recalled.endToEndId,
        messageId: answer?.messageId ?? message.messageId,
        messageName: answer?.messageName ?? message.name,
        given: answer?.given ?? false,
        // ISO 20022 ExternalPaymentCancellationRejection1Code: not received, or refused by the payee.
        reason: answer === undefined ? "NOOR" : answer.given ? null : "CUST",
      }),
      recalled.endToEndId,
    );
  }
}

/** A pain.002 for a file that is not valid, where at least its message id can be read. */
async function tellRefused(
  bank: Bank,
  name: TakenIn,
  xml: string,
  reason: string,
  information: string,
): Promise<void> {
  const messageId = /<(?:\w+:)?MsgId>([^<]{1,35})</.exec(xml)?.[1];
  if (messageId === undefined || !name.startsWith("pain.00")) return;
  await bank.db.transaction((tx) =>
    queueReport(bank, tx, messageRefused(bank, { messageId, messageName: name, reason, information }), null),
  );
}
