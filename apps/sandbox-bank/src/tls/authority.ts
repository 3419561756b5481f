/**
 * A small certification authority of the bank's own (X.509, RFC 5280): it vouches for the bank's interface and, in place
 * of a trust service provider, for companies that call it (QWAC, ETSI TS 119 495). Its key and the list of what it took
 * back are kept in the bank's database.
 */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { type Database, readSetting, writeSetting } from "../database.ts";

/** A certificate with its key, PEM. */
export interface Credential {
  certificate: string;
  privateKey: string;
}

export interface Authority {
  /** PEM. */
  certificate: string;
  /** Certificate of a host (`localhost` and the loopback addresses unless said otherwise). */
  issueServer(term: Term, hosts?: string[]): Promise<Credential>;
  /** Certificate of a company that calls the bank. */
  issueClient(name: string, term: Term): Promise<Credential>;
  /** Takes a certificate back; from now on `revocationList` names it. */
  revoke(certificate: string): Promise<void>;
  /** PEM. */
  revocationList(): Promise<string>;
}

export interface Term {
  from: Date;
  to: Date;
}

interface Kept extends Credential {
  revoked: { serialNumber: string; at: string }[];
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;

/** The authority kept under `setting`, made on first use. `undefined` makes one that nobody keeps: a stranger's. */
export async function openAuthority(
  db: Database,
  options: { name: string; setting: string | undefined },
): Promise<Authority> {
  const { name, setting } = options;
  const subject = nameOf({ CN: [`${name} Authority`], O: [name] });
  let kept = setting === undefined ? undefined : await readSetting<Kept>(db, setting);
  if (kept === undefined) {
    kept = { ...(await issueRoot(subject)), revoked: [] };
    if (setting !== undefined) await writeSetting(db, setting, kept);
  }
  const own = kept;
  const signingKey = await importKey(own.privateKey);
  const root = new x509.X509Certificate(own.certificate);

  async function issue(
    holder: string,
    { from, to }: Term,
    extensions: x509.Extension[],
  ): Promise<Credential> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: holder,
      issuer: root.subject,
      notBefore: from,
      notAfter: to,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        await x509.AuthorityKeyIdentifierExtension.create(root),
        ...extensions,
      ],
    });
    return { certificate: certificate.toString("pem"), privateKey: await exportKey(keys.privateKey) };
  }

  return {
    certificate: own.certificate,
    issueServer: (term, hosts = ["localhost"]) =>
      issue(nameOf({ CN: [hosts[0] ?? "localhost"], O: [name] }), term, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(hosts.map((value) => ({ type: "dns" as const, value }))),
      ]),
    issueClient: (company, term) =>
      // organizationIdentifier (2.5.4.97) holds the authorisation number of a payment service provider.
      issue(nameOf({ CN: [company], O: [company], "2.5.4.97": ["PSDXX-SANDBOX-1"] }), term, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ]),
    async revoke(certificate) {
      const { serialNumber } = new x509.X509Certificate(certificate);
      own.revoked.push({ serialNumber, at: new Date().toISOString() });
      if (setting !== undefined) await writeSetting(db, setting, own);
    },
    async revocationList() {
      const now = Date.now();
      const list = await x509.X509CrlGenerator.create({
        issuer: root.subject,
        // A minute ago, so that no rounding of seconds makes the list one of the future.
        thisUpdate: new Date(now - 60_000),
        nextUpdate: new Date(now + 365 * DAY_MS),
        entries: own.revoked.map(({ serialNumber, at }) => ({
          serialNumber,
          revocationDate: new Date(at),
          reason: x509.X509CrlReason.keyCompromise,
        })),
        signingKey,
        signingAlgorithm: ALGORITHM,
      });
      // The label that OpenSSL reads (RFC 7468, section 6).
      return x509.PemConverter.encode(list.rawData, "X509 CRL");
    },
  };
}

async function issueRoot(subject: string): Promise<Credential> {
  const keys = await newKeys();
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: subject,
    keys,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 3_650 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), privateKey: await exportKey(keys.privateKey) };
}

function nameOf(parts: Record<string, string[]>): string {
  return new x509.Name([parts]).toString();
}

function newKeys() {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** As the platform names it, whichever of its type libraries a program is checked with. */
type Key = Awaited<ReturnType<typeof newKeys>>["privateKey"];

async function exportKey(key: Key): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function importKey(pem: string): Promise<Key> {
  return crypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), ALGORITHM, true, ["sign"]);
}
