/**
 * The bank's interface over TLS, on a port of its own: companies come in with a certificate of their own, browsers go to
 * the other port and are asked for none. Where it is open, the interface is closed on the other port.
 */
import { constants } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Database } from "../database.ts";
import { type Authority, type Credential, openAuthority } from "./authority.ts";

/** What is wrong with the certificate of a caller. */
export type CertificateProblem = "missing" | "expired" | "revoked";

/** Refuses a call for its caller's certificate, before anything is read. */
export class CertificateRefused extends Error {
  readonly statusCode = 401;
  readonly problem: CertificateProblem;

  constructor(problem: CertificateProblem) {
    super(`The client certificate is ${problem}.`);
    this.problem = problem;
  }
}

/** Kinds of certificates that a script may ask for, the bank's and companies'. */
export const SERVER_KINDS = ["valid", "expired", "foreign", "wrong-name"] as const;
export const CLIENT_KINDS = ["valid", "expired", "foreign", "revoked"] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];
export type ClientKind = (typeof CLIENT_KINDS)[number];

export interface Entrance {
  server: Server;
  /** Address without a slash at the end. */
  url: string;
  /** The authority that callers shall trust, PEM. */
  authority: string;
  /** From now on the bank shows this certificate. */
  show(kind: ServerKind): Promise<void>;
  issue(kind: ClientKind, name: string): Promise<Credential>;
}

const DAY_MS = 86_400_000;
const YEAR_DAYS = 365;

/** @param explains whether the dialect answers in words that a certificate ended; otherwise the connection is cut */
export async function openEntrance(
  db: Database,
  options: { name: string; host: string; port: number; explains: boolean },
): Promise<Entrance> {
  const { name, host, port, explains } = options;
  const own = await openAuthority(db, { name, setting: "authority" });
  const stranger = await openAuthority(db, { name: "Nobody", setting: undefined });
  let credential = await serverCredential("valid", own, stranger);
  const context = async () => ({
    cert: credential.certificate,
    key: credential.privateKey,
    ca: own.certificate,
    crl: await own.revocationList(),
  });
  const server = createServer({
    ...(await context()),
    requestCert: true,
    // What is wrong is looked at below, so that it can be said.
    rejectUnauthorized: false,
    // A resumed session would carry a certificate past its end.
    secureOptions: constants.SSL_OP_NO_TICKET,
    sessionTimeout: 1,
  });
  server.on("secureConnection", (socket) => {
    const problem = problemOf(socket);
    if (problem === undefined || (explains && (problem === "expired" || problem === "revoked"))) return;
    socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    server,
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    authority: own.certificate,
    async show(kind) {
      credential = await serverCredential(kind, own, stranger);
      server.setSecureContext(await context());
      server.closeAllConnections();
    },
    async issue(kind, company) {
      const issuer = kind === "foreign" ? stranger : own;
      const issued = await issuer.issueClient(company, termOf(kind === "expired"));
      if (kind === "revoked") {
        await own.revoke(issued.certificate);
        server.setSecureContext(await context());
      }
      return issued;
    },
  };
}

function termOf(ended: boolean): { from: Date; to: Date } {
  const now = Date.now();
  return ended
    ? { from: new Date(now - 60 * DAY_MS), to: new Date(now - DAY_MS) }
    : { from: new Date(now - DAY_MS), to: new Date(now + YEAR_DAYS * DAY_MS) };
}

function serverCredential(kind: ServerKind, own: Authority, stranger: Authority): Promise<Credential> {
  const issuer = kind === "foreign" ? stranger : own;
  return issuer.issueServer(termOf(kind === "expired"), [
    kind === "wrong-name" ? "elsewhere.example" : "localhost",
  ]);
}

/** What is wrong with the certificate of the caller at the other end; all that is not named counts as none. */
export function problemOf(socket: object): CertificateProblem | undefined {
  const { encrypted, authorized, authorizationError } = socket as Partial<TLSSocket>;
  if (!encrypted) return "missing";
  if (authorized) return undefined;
  // Node gives the code of OpenSSL's finding, as text or within an error.
  const code = String((authorizationError as { code?: unknown } | null)?.code ?? authorizationError);
  if (code === "CERT_HAS_EXPIRED") return "expired";
  return code === "CERT_REVOKED" ? "revoked" : "missing";
}
