/** By script: the other bank, or the debtor, takes a booked payment back. */
import type { FastifyInstance } from "fastify";
import type { Bank } from "../context.ts";
import type { SandboxDialect } from "../dialects.ts";
import { currencyOf, returnTransfer } from "../ledger/returns.ts";
import { parseAmount } from "../money.ts";

/** @param takeBack how this bank's dialect does it; the books alone by default */
export function registerReturns(
  app: FastifyInstance,
  bank: Bank,
  takeBack: SandboxDialect["returnPayment"] = returnTransfer,
): void {
  app.post<{ Body: { endToEndId: string; reason: string; amount?: string } }>(
    "/script/returns",
    {
      schema: {
        body: {
          type: "object",
          required: ["endToEndId", "reason"],
          additionalProperties: false,
          properties: {
            endToEndId: { type: "string", minLength: 1, maxLength: 35 },
            reason: { type: "string", pattern: "^[A-Z0-9]{4}$" },
            amount: { type: "string", minLength: 1, maxLength: 30 },
          },
        },
      },
    },
    async (request, reply) => {
      await bank.catchUp();
      const { endToEndId, reason, amount } = request.body;
      const currency = await currencyOf(bank.db, endToEndId);
      if (currency === undefined) return reply.code(409).send({ error: notBooked });
      const amountMinor = amount === undefined ? undefined : parseAmount(amount, currency);
      if (amount !== undefined && (amountMinor === undefined || amountMinor <= 0n))
        return reply.code(400).send({ error: `"${amount}" is no amount above zero.` });
      const result = await bank.db.transaction((tx) =>
        takeBack(bank, tx, { endToEndId, reason, ...(amountMinor === undefined ? {} : { amountMinor }) }),
      );
      switch (result.outcome) {
        case "returned":
          return reply.code(204).send();
        case "not_booked":
          return reply.code(409).send({ error: notBooked });
        case "too_much":
          return reply.code(409).send({ error: "More than is left of the payment cannot go back." });
        case "no_funds":
          return reply.code(409).send({ error: "The account it would go back from has not enough money." });
      }
    },
  );
}

const notBooked = "There is no booked payment under that end-to-end id.";
