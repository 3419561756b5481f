import { createPrivateKey, X509Certificate } from "node:crypto";
import { z } from "zod";

const certificate = z.string().startsWith("-----BEGIN CERTIFICATE-----");

/**
 * How calls to one bank are protected, in `banks.json`: PEM texts. `certificate` and `privateKey` are ours, shown to the
 * bank in the handshake (QWAC of eIDAS, OBWAC in the United Kingdom). `ca` replaces the usual authorities for this bank.
 */
export const tlsSettings = z
  .strictObject({
    ca: certificate.optional(),
    certificate: certificate.optional(),
    privateKey: z.string().startsWith("-----BEGIN").optional(),
  })
  .refine(({ certificate: own, privateKey }) => (own === undefined) === (privateKey === undefined))
  .refine(belongTogether);
export type TlsSettings = z.infer<typeof tlsSettings>;

function belongTogether({
  certificate: own,
  privateKey,
}: {
  certificate?: string | undefined;
  privateKey?: string | undefined;
}): boolean {
  if (own === undefined || privateKey === undefined) return true;
  try {
    return new X509Certificate(own).checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}

/** A certificate of ours at a bank. */
export type OwnCertificate = {
  /** `tls` proves who calls (QWAC), `seal` who wrote a message (QSEAL). */
  use: "tls" | "seal";
  subject: string;
  /** First and last moment at which it is good, UTC. */
  validFrom: Date;
  validTo: Date;
};

/** So long before its end a certificate is called for: a new one takes a trust service provider weeks. */
const warningMs = 30 * 86_400_000;

export function certificateState({ validTo }: OwnCertificate, now: Date): "valid" | "ending" | "ended" {
  const leftMs = validTo.getTime() - now.getTime();
  return leftMs <= 0 ? "ended" : leftMs <= warningMs ? "ending" : "valid";
}

/**
 * The certificates with which we appear at a bank, as its entry of `banks.json` has them. Calls fail from the moment at
 * which one ends: bank health and onboarding tell of it a month before.
 */
export function ownCertificates(entry: {
  tls?: { certificate?: string | undefined } | undefined;
  seal?: { certificate: string } | undefined;
}): OwnCertificate[] {
  const held = [
    ["tls", entry.tls?.certificate],
    ["seal", entry.seal?.certificate],
  ] as const;
  return held.flatMap(([use, pem]) => {
    if (pem === undefined) return [];
    const { subject, validFromDate, validToDate } = new X509Certificate(pem);
    return [{ use, subject, validFrom: validFromDate, validTo: validToDate }];
  });
}
