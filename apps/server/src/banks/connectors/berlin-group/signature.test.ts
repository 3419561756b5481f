import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCertificate } from "../../../../../sandbox-bank/src/testing/certificate.ts";
import { systemClock } from "../../../platform/clock.ts";
import {
  type BankWorld,
  bankId,
  capturingLogger,
  customerIp,
  publicUrl,
  startBankWorld,
} from "../../testing/bank-world.ts";
import { createBerlinGroupConnector } from "./index.ts";
import type { Seal } from "./signature.ts";
import { createSigner } from "./signature.ts";

const captured = capturingLogger();
const day = 86_400_000;
const around = (fromDays: number, toDays: number, serial = 0x9fa1n) =>
  createCertificate({
    name: "Jinqiao 金桥",
    serial,
    from: new Date(Date.now() + fromDays * day),
    to: new Date(Date.now() + toDays * day),
  });
const good = around(-1, 30, 0xf1a2b3c4d5e6f7a8n);
const redirectUris = [`${publicUrl}/v1/bank-callbacks/${bankId}`];
let world: BankWorld;

beforeAll(async () => {
  world = await startBankWorld();
});
afterAll(() => world.close());

/** The company registers a certificate at the bank and signs with a seal. */
async function sealed(registered: string | undefined, seal: Seal | undefined) {
  if (registered !== undefined)
    await world.bank.script.tppClient({ name: "Jinqiao", redirectUris, certificate: registered });
  return createBerlinGroupConnector({
    config: { ...world.config, ...(seal === undefined ? {} : { seal }) },
    clock: systemClock,
    logger: captured.logger,
  });
}

async function orderOf() {
  return {
    reference: `JQ${randomUUID().replaceAll("-", "").slice(0, 24)}`,
    requestId: randomUUID(),
    debtorIban: await world.ibanOf("wanglei", "CNY"),
    creditorIban: world.custodyOf("CNY").iban,
    creditorName: "Jinqiao 金桥",
    amountMinor: 100n,
    currency: "CNY",
    remittance: "充值 Top-up",
    returnUrl: `${publicUrl}/v1/bank-payment-returns/pay_1`,
    noticeUrl: `${publicUrl}/v1/bank-notices/${bankId}`,
  };
}

describe("signed requests", () => {
  it("a bank that knows our certificate takes what is signed with it: consents, reading, payments", async () => {
    const connector = await sealed(good.certificate, good);
    expect(connector.capabilities.signedRequests).toBe(true);
    const consent = await connector.startConsent({
      requestId: randomUUID(),
      state: "state-1",
      redirectUri: redirectUris[0] ?? "",
      noticeUrl: `${publicUrl}/v1/bank-notices/${bankId}`,
      validUntil: new Date(Date.now() + 30 * day).toISOString().slice(0, 10),
      frequencyPerDay: 4,
      customerIp,
    });
    expect(await connector.consentStatus(consent.bankConsentId)).toBe("awaiting_customer");
    const sent = world.proxy.last("createConsent")?.requestHeaders ?? {};
    expect(sent.digest).toMatch(/^SHA-256=[A-Za-z0-9+/]{43}=$/);
    expect(sent.signature).toMatch(/^keyId="SN=F1A2B3C4D5E6F7A8,CA=CN=.*",algorithm="rsa-sha256",headers="/);
    expect(sent.signature).toContain('headers="digest x-request-id tpp-redirect-uri"');
    expect(sent["tpp-signature-certificate"]).toBeDefined();
    expect(await connector.initiatePayment(await orderOf(), null)).toMatchObject({
      outcome: "action_required",
    });
    expect(world.proxy.findings).toEqual([]);
    await connector.close();
  });

  it("unsigned, signed with another seal, or with an expired one: refused before anything is taken in", async () => {
    const expired = around(-30, -1);
    const early = around(1, 30);
    const cases: [registered: string, seal: Seal | undefined, code: string][] = [
      [good.certificate, undefined, "SIGNATURE_MISSING"],
      [good.certificate, around(-1, 30), "CERTIFICATE_INVALID"],
      [expired.certificate, expired, "CERTIFICATE_EXPIRED"],
      [early.certificate, early, "CERTIFICATE_INVALID"],
    ];
    for (const [registered, seal, code] of cases) {
      const connector = await sealed(registered, seal);
      const order = await orderOf();
      // Certain that nothing was taken in: the same order may be sent again once the seal is right.
      expect(await connector.initiatePayment(order, null)).toMatchObject({
        outcome: "not_sent",
        why: `the bank refused our seal: ${code}`,
        httpStatus: 401,
      });
      await expect(connector.consentStatus(randomUUID())).rejects.toMatchObject({ code: "bank.unavailable" });
      const mended = await sealed(good.certificate, good);
      expect(await mended.initiatePayment(order, null)).toMatchObject({ outcome: "action_required" });
      await Promise.all([connector.close(), mended.close()]);
    }
    expect(world.proxy.findings).toEqual([]);
  });

  it("a body, a header or a signature changed on the way is found by the bank", async () => {
    await sealed(good.certificate, good).then((connector) => connector.close());
    const sign = createSigner(good);
    const { clientId, clientSecret } = world.config as { clientId: string; clientSecret: string };
    const answer = await fetch(`${world.config.baseUrl}/oauth/token`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "TPP" }),
    });
    const { access_token } = (await answer.json()) as { access_token: string };
    const path = `/v1/payments/cross-border-credit-transfers`;
    const body = JSON.stringify({
      debtorAccount: { iban: await world.ibanOf("wanglei", "CNY") },
      instructedAmount: { amount: "1.00", currency: "CNY" },
      creditorAccount: { iban: world.custodyOf("CNY").iban },
      creditorName: "Jinqiao",
    });
    const headers = () => ({
      authorization: `Bearer ${access_token}`,
      "content-type": "application/json",
      "psu-ip-address": customerIp,
      "tpp-redirect-uri": redirectUris[0] ?? "",
      "x-request-id": randomUUID(),
    });
    const send = async (sent: Record<string, string>, text: string) => {
      const response = await fetch(`${world.config.baseUrl}${path}`, {
        method: "POST",
        headers: sent,
        body: text,
      });
      const said = (await response.json()) as { tppMessages?: { code: string; path: string }[] };
      return `${response.status} ${said.tppMessages?.[0]?.code ?? ""} ${said.tppMessages?.[0]?.path ?? ""}`.trim();
    };
    const signed = sign(headers(), body);
    expect(await send(signed, body)).toBe("201");
    expect(await send(sign(headers(), body), body.replace("1.00", "9.00"))).toBe(
      "401 SIGNATURE_INVALID Digest",
    );
    expect(await send({ ...sign(headers(), body), "x-request-id": randomUUID() }, body)).toBe(
      "401 SIGNATURE_INVALID Signature",
    );
    const elsewhere = { ...sign(headers(), body), "tpp-redirect-uri": `${publicUrl}/elsewhere` };
    expect(await send(elsewhere, body)).toBe("401 SIGNATURE_INVALID Signature");
    // A header left out of the signature must not be slipped in beside it.
    const added = { ...sign(headers(), body), "psu-id": "wanglei" };
    expect(await send(added, body)).toBe("401 SIGNATURE_INVALID Signature");
    const otherKey = createSigner({ certificate: good.certificate, privateKey: good.privateKey })(
      headers(),
      body,
    );
    const cut = otherKey.signature?.replace(
      /signature="(.)/,
      (_all, first: string) => `signature="${first === "A" ? "B" : "A"}`,
    );
    expect(await send({ ...otherKey, signature: cut ?? "" }, body)).toBe("401 SIGNATURE_INVALID Signature");
    const foreignSerial = otherKey.signature?.replace(/SN=[0-9A-F]+/, "SN=01");
    expect(await send({ ...otherKey, signature: foreignSerial ?? "" }, body)).toBe(
      "401 SIGNATURE_INVALID Signature",
    );
  });

  it("a key that does not belong to its certificate stops the start, not the first payment", () => {
    expect(() => createSigner({ ...good, privateKey: around(-1, 30).privateKey })).toThrow("does not belong");
  });
});
