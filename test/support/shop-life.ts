import { randomBytes } from "node:crypto";
import { unwrap } from "@jinqiao/contract/client";
import { createMerchant } from "./merchants.ts";
import { attempt, type Session, type World } from "./world.ts";

const canary = (word: string) => `${word} ${randomBytes(5).toString("hex")}`;

/**
 * A shop opens, keeps a record of somebody, takes money from `payer`, and the two argue about it. @returns what was said
 * and shown on the way that is nobody else's business
 */
export async function shopLife(world: World, payer: Session): Promise<Record<string, string>> {
  const secrets = {
    shopOwner: canary("Bartholomew Inkpen"),
    shopperName: canary("Wilhelmina Tansy"),
    shopperEmail: `${randomBytes(6).toString("hex")}@shoppers.example`,
    shopperPhone: `+4478${Array.from(randomBytes(8), (byte) => byte % 10).join("")}`,
    description: canary("a cradle for the twins"),
    metadata: canary("ring twice, second floor"),
    complaint: canary("it came without its rockers"),
    evidence: canary("photograph of the hallway"),
    answer: canary("she signed for it on Tuesday"),
    webhookPath: randomBytes(12).toString("hex"),
  };
  const owner = await world.customer(secrets.shopOwner);
  const shop = await createMerchant(world, {
    owner,
    account: { number: "GB33BUKB20201555555555", holderName: secrets.shopOwner },
  });
  const api = await shop.withKey("live");
  const endpoint = await unwrap(
    shop.api("live").POST("/v1/webhook_endpoints", {
      body: { url: `https://shop.example/${secrets.webhookPath}`, eventTypes: ["*"] },
    }),
  );
  const customer = await unwrap(
    api.POST("/v1/merchant_customers", {
      params: { header: attempt() },
      body: { name: secrets.shopperName, email: secrets.shopperEmail, phone: secrets.shopperPhone },
    }),
  );
  const amount = { amount: "3.00", currency: "GBP" };
  const intent = await unwrap(
    api.POST("/v1/payment_intents", {
      params: { header: attempt() },
      body: {
        amount,
        customer: customer.id,
        description: secrets.description,
        metadata: { note: secrets.metadata },
      },
    }),
  );
  const { payment } = await unwrap(
    payer.api.POST("/v1/payables/{token}/payments", {
      params: { header: attempt(), path: { token: intent.clientSecret } },
      body: { amount, source: { kind: "balance" } },
    }),
  );
  const dispute = await unwrap(
    payer.api.POST("/v1/payments/{paymentId}/disputes", {
      params: { header: attempt(), path: { paymentId: payment?.id ?? "" } },
      body: { reason: "general", text: secrets.complaint },
    }),
  );
  const file = await payer.fetch(`${world.url}/v1/purchase-disputes/${dispute.id}/files?name=hallway.pdf`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: `%PDF-1.4\n% ${secrets.evidence}\n%%EOF`,
  });
  if (!file.ok) throw new Error(`the file was not taken: ${file.status} ${await file.text()}`);
  await unwrap(
    shop.api("live").POST("/v1/disputes/{disputeId}/evidence", {
      params: { header: attempt(), path: { disputeId: dispute.id } },
      body: { text: secrets.answer },
    }),
  );
  await world.settleJobs();
  return {
    ...secrets,
    shopOwnerEmail: owner.email,
    accountNumber: "GB33BUKB20201555555555",
    apiKey: api.secret,
    webhookSecret: endpoint.secret ?? "",
  };
}
