import { unwrap } from "@jinqiao/contract/client";
import { codeSentTo } from "./codes.ts";
import { attempt, type Session, type World } from "./world.ts";

type Amount = { amount: string; currency: string };
/** A payment as the API takes it. */
export type Transfer = { payeeId: string; amount: Amount; note?: string };
export type Withdrawal = { linkedAccountId: string; amount: Amount };

/** Begins the confirmation of a transfer. */
export function confirmTransfer(session: Session, transfer: Transfer, trustPayee = false) {
  return unwrap(
    session.api.POST("/v1/step-ups", {
      body: { kind: "transfer", ...transfer, ...(trustPayee && { trustPayee }) },
    }),
  );
}

/** Confirms by the code that is sent by mail; answers the id to pay with. */
export async function confirmByCode(
  world: World,
  person: Session & { id: string },
  stepUpId: string,
): Promise<string> {
  const params = { path: { stepUpId } };
  await unwrap(person.api.POST("/v1/step-ups/{stepUpId}/codes", { params, body: { channel: "email" } }));
  const code = await codeSentTo(world.app.identity.messages, { customerId: person.id });
  const body = { kind: "code" as const, code };
  return (await unwrap(person.api.POST("/v1/step-ups/{stepUpId}/answers", { params, body }))).id;
}

/** Sends money; answers the payment, or the code of the refusal. */
export async function send(
  session: Session,
  transfer: Transfer & { stepUpId?: string },
  key?: string,
): Promise<{ id?: string; refused?: string; reasons?: readonly string[] }> {
  const answer = await session.api.POST("/v1/transfers", {
    params: { header: attempt(key) },
    body: transfer,
  });
  if (answer.data) return { id: answer.data.id };
  const problem = answer.error as { code: string; reasons?: string[] };
  return { refused: problem.code, ...(problem.reasons ? { reasons: problem.reasons } : {}) };
}
