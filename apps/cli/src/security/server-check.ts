import { type ConnectionOptions, connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { type CheckResult, type Found, notRun, ran } from "./finding.ts";

/** A page, an answer of the API, and an address that nobody has. */
const looked = ["/", "/console/", "/docs", "/v1/me", "/v1/nothing"] as const;

type Rule = { header: string; severity: Found["severity"]; fits(value: string): boolean; title: string };

/** What each answer must carry. Sources: OWASP Secure Headers; CSP Level 3 (W3C); RFC 6797. */
const rules: readonly Rule[] = [
  {
    header: "content-security-policy",
    severity: "high",
    fits: (policy) =>
      policy.includes("default-src 'self'") &&
      policy.includes("frame-ancestors 'none'") &&
      policy.includes("object-src 'none'") &&
      policy.includes("base-uri 'none'") &&
      !/unsafe-|\*/.test(policy),
    title: "lets scripts, frames or objects in that are not ours",
  },
  { header: "x-frame-options", severity: "medium", fits: (value) => value === "DENY", title: "is not DENY" },
  {
    header: "x-content-type-options",
    severity: "medium",
    fits: (value) => value === "nosniff",
    title: "is not nosniff",
  },
  {
    header: "referrer-policy",
    severity: "low",
    fits: (value) => /^(same-origin|no-referrer|strict-origin)$/.test(value),
    title: "tells other sites where people come from",
  },
];

/** Asks a running server for its headers, as a stranger's browser does. */
export async function checkHeaders(url: string): Promise<CheckResult> {
  const { protocol } = new URL(url);
  const found: Found[] = [];
  const complain = (path: string, header: string, severity: Found["severity"], title: string): void => {
    found.push({
      id: `headers:${header}:${path}`,
      check: "headers",
      severity,
      title: `${header} ${title}`,
      where: path,
    });
  };
  for (const path of looked) {
    const response = await fetch(new URL(path, url), {
      headers: { accept: "text/html" },
      redirect: "manual",
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined);
    if (response === undefined)
      return notRun("headers", { en: `${url} did not answer.`, zh: `${url} 没有响应。` });
    await response.arrayBuffer();
    const { headers } = response;
    for (const { header, severity, fits, title } of rules) {
      const value = headers.get(header);
      if (value === null) complain(path, header, severity, "is missing");
      else if (!fits(value)) complain(path, header, severity, title);
    }
    if (protocol === "https:" && !/max-age=(\d{8,})/.test(headers.get("strict-transport-security") ?? ""))
      complain(path, "strict-transport-security", "high", "does not hold for months");
    if (path.startsWith("/v1/") && headers.get("cache-control") !== "no-store")
      complain(path, "cache-control", "high", "lets caches keep the API’s answers");
    for (const header of ["server", "x-powered-by"])
      if (headers.has(header)) complain(path, header, "low", "tells what the server is made of");
    for (const cookie of headers.getSetCookie())
      if (
        !/httponly/i.test(cookie) ||
        !/samesite=(lax|strict)/i.test(cookie) ||
        (protocol === "https:" && !/secure/i.test(cookie))
      )
        complain(path, "set-cookie", "high", "is not HttpOnly, Secure and SameSite");
  }
  const trace = await fetch(new URL("/v1/me", url), {
    method: "OPTIONS",
    headers: { origin: "https://evil.example" },
  })
    .then(({ headers }) => headers.get("access-control-allow-origin"))
    .catch(() => null);
  if (trace !== null) complain("/v1/me", "access-control-allow-origin", "high", "lets other sites read us");
  return ran(
    "headers",
    {
      en: `${looked.length} addresses of ${url} were asked.`,
      zh: `已检查 ${url} 的 ${looked.length} 个地址。`,
    },
    found,
  );
}

/** TLS of a server on https: certificate, its end, and that older protocols are refused. RFC 9325, section 3.1. */
export async function checkTls(url: string, now: Date): Promise<CheckResult> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== "https:")
    return notRun("tls", {
      en: `${url} speaks plain HTTP: behind the proxy that speaks TLS, run this against the public address (--url).`,
      zh: `${url} 使用明文 HTTP。请通过 --url 对由代理提供 TLS 的公开地址运行本检查。`,
    });
  const target = { host: hostname, port: port === "" ? 443 : Number(port), servername: hostname };
  const found: Found[] = [];
  const complain = (name: string, severity: Found["severity"], title: string): void => {
    found.push({ id: `tls:${name}`, check: "tls", severity, title, where: url });
  };
  const modern = await handshake({ ...target, rejectUnauthorized: false, minVersion: "TLSv1.2" });
  if (modern === undefined) return notRun("tls", { en: `${url} did not answer.`, zh: `${url} 没有响应。` });
  if (!modern.authorized) complain("certificate", "high", `the certificate is not trusted: ${modern.reason}`);
  const daysLeft = Math.floor((Date.parse(modern.certificate.valid_to) - now.getTime()) / 86_400_000);
  if (daysLeft < 30)
    complain("certificate-end", daysLeft < 7 ? "high" : "medium", `the certificate ends in ${daysLeft} days`);
  if (
    (await handshake({
      ...target,
      rejectUnauthorized: false,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      // Otherwise our own side refuses the old ciphers, and every server looks well.
      ciphers: "DEFAULT@SECLEVEL=0",
    })) !== undefined
  )
    complain("old-protocol", "high", "TLS 1.0 or 1.1 is spoken");
  return ran(
    "tls",
    {
      en: `${modern.protocol}, certificate good for ${daysLeft} more days.`,
      zh: `${modern.protocol}，证书还有 ${daysLeft} 天到期。`,
    },
    found,
  );
}

type Handshake = { protocol: string; authorized: boolean; reason: string; certificate: PeerCertificate };

function handshake(options: ConnectionOptions): Promise<Handshake | undefined> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect(options, () => {
      const certificate = socket.getPeerCertificate();
      const { authorized, authorizationError } = socket;
      resolve({
        protocol: socket.getProtocol() ?? "TLS",
        authorized,
        reason: String(authorizationError ?? ""),
        certificate,
      });
      socket.end();
    });
    socket.setTimeout(10_000, () => socket.destroy());
    socket.once("error", () => resolve(undefined));
    socket.once("close", () => resolve(undefined));
  });
}
