/** What tests and the launcher may ask of a bank of this dialect, besides the script API all banks have. */
import type { FastifyInstance } from "fastify";
import type { Bank } from "../context.ts";
import { findTppClient } from "../oauth/clients.ts";
import { isScriptToken } from "../script/routes.ts";
import { endByCustomer } from "./bindings.ts";
import { issueCards, listCards } from "./cards.ts";
import { ALGORITHMS, type Algorithm, type BankKeys, isPublicKey } from "./keys.ts";
import { keepMerchantKey } from "./merchants.ts";
import { listMessages } from "./messages.ts";

export function registerQuickScript(app: FastifyInstance, bank: Bank, keys: BankKeys): void {
  app.addHook("onRequest", async (request, reply) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (!isScriptToken(bank, token))
      return reply.code(401).send({ error: "The script token is missing or wrong." });
  });
  const text = { type: "string", minLength: 1, maxLength: 4_000 };
  app.post<{ Body: { clientId: string; algorithm: Algorithm; serial: string; publicKey: string } }>(
    "/script/quick/merchants",
    {
      schema: {
        body: {
          type: "object",
          required: ["clientId", "algorithm", "serial", "publicKey"],
          additionalProperties: false,
          properties: {
            clientId: text,
            algorithm: { enum: ALGORITHMS },
            serial: { ...text, pattern: "^[A-Za-z0-9-]{1,40}$" },
            publicKey: text,
          },
        },
      },
    },
    async (request, reply) => {
      const { clientId, ...key } = request.body;
      if ((await findTppClient(bank.db, clientId)) === undefined)
        return reply.code(404).send({ error: "There is no such company." });
      if (!isPublicKey(key)) return reply.code(400).send({ error: "The public key cannot be used." });
      await keepMerchantKey(bank, clientId, key);
      const bankKey = keys.sign[key.algorithm];
      return {
        signKey: { algorithm: bankKey.algorithm, serial: bankKey.serial, publicKey: bankKey.publicKey },
        cipherKey: { serial: keys.cipher.serial, publicKey: keys.cipher.publicKey },
      };
    },
  );
  app.get("/script/quick/cards", async () => {
    await issueCards(bank);
    return listCards(bank.db);
  });
  app.post<{ Params: { id: string } }>("/script/quick/agreements/:id/end", async (request) => {
    await endByCustomer(bank, request.params.id);
    return {};
  });
  app.get<{ Querystring: { phone?: string } }>("/script/quick/messages", async (request) =>
    listMessages(bank.db, request.query.phone),
  );
}
