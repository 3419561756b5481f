/** Where the other banks of the sandbox hand over what they booked for our customers. */
import type { FastifyInstance } from "fastify";
import { type IncomingCredit, takeCredit } from "../clearing/clearing.ts";
import type { Bank } from "../context.ts";

export function registerClearing(app: FastifyInstance, bank: Bank): void {
  const text = { type: "string", minLength: 1, maxLength: 200 };
  const orNull = { type: ["string", "null"], maxLength: 200 };
  app.post<{ Body: IncomingCredit }>(
    "/script/incoming-credits",
    {
      schema: {
        body: {
          type: "object",
          required: ["sender", "transferId", "creditorIban", "amountMinor", "currency"],
          additionalProperties: false,
          properties: {
            sender: text,
            transferId: { type: "string", pattern: "^[0-9a-f-]{36}$" },
            creditorIban: text,
            amountMinor: { type: "string", pattern: "^[1-9][0-9]{0,17}$" },
            currency: { type: "string", pattern: "^[A-Z]{3}$" },
            endToEndId: orNull,
            debtorName: orNull,
            debtorIban: orNull,
            remittance: orNull,
          },
        },
      },
    },
    async (request, reply) => {
      const reason = await bank.db.transaction((tx) => takeCredit(bank, tx, request.body));
      return reason === null ? reply.code(204).send() : reply.code(422).send({ reason });
    },
  );
}
