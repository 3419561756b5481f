import { createTransport } from "nodemailer";
import type { MessageSender, Outcome } from "./sender.ts";

export type SmtpSettings = {
  /**
   * `smtps://user:password@host:465` (TLS from the first byte) or `smtp://…:587` (STARTTLS, which is then required;
   * only a server on this machine may do without).
   */
  url: string;
  /** Sender as a mail program shows it, e.g. `Jinqiao <no-reply@example.com>`. */
  from: string;
  /** Certificate of the authority that signed the server's, PEM; otherwise the system's authorities. */
  ca?: string;
  timeoutMs?: number;
};

/** Errors of nodemailer that arise before the message's text is sent. */
const beforeData: Record<string, string> = {
  EDNS: "name_not_found",
  ETLS: "tls",
  EAUTH: "authentication",
  ENOAUTH: "authentication",
  EOAUTH2: "authentication",
};

/** E-mail by SMTP (RFC 5321) over TLS (RFC 8314, RFC 3207). */
export function createSmtpSender(settings: SmtpSettings): MessageSender<"email"> {
  const { timeoutMs = 15_000 } = settings;
  const url = new URL(settings.url);
  const secure = url.protocol === "smtps:";
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    requireTLS: !secure && !local,
    // A local server without a certificate of its own is still asked for TLS where it has one we trust.
    ignoreTLS: !secure && local && settings.ca === undefined,
    ...(url.username && {
      auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
    }),
    tls: { minVersion: "TLSv1.2", ...(settings.ca === undefined ? {} : { ca: settings.ca }) },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    pool: true,
    maxConnections: 2,
    // Texts are all there is: nothing is read from files or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([^>\s]+)>?$/.exec(settings.from)?.[1] ?? "localhost";
  return {
    channel: "email",
    name: "smtp",
    async send({ to, subject, text, html, reference, locale }) {
      try {
        await transport.sendMail({
          from: settings.from,
          // As an object, so that no part of it is read as a list of addresses.
          to: { name: "", address: to },
          subject,
          text,
          html,
          // The same for every try: mail programs show a message that came twice once.
          messageId: `<${reference.replaceAll(/[^a-z0-9_-]/gi, ".")}@${domain}>`,
          headers: {
            // Answering machines keep still (RFC 3834).
            "Auto-Submitted": "auto-generated",
            ...(locale === null ? {} : { "Content-Language": locale === "zh" ? "zh-CN" : "en" }),
          },
        });
        return { outcome: "accepted" };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    async close() {
      transport.close();
    },
  };
}

function outcomeOf(error: unknown): Outcome {
  const {
    code = "",
    responseCode,
    syscall,
  } = error as { code?: string; responseCode?: number; syscall?: string };
  // The server's own words may repeat the address, so that only its number is kept (RFC 5321, section 4.2.1).
  if (responseCode !== undefined && code !== "EAUTH")
    return { outcome: responseCode >= 500 ? "refused" : "failed", code: `smtp_${responseCode}` };
  if (code === "EENVELOPE") return { outcome: "refused", code: "address" };
  const known = beforeData[code];
  if (known !== undefined) return { outcome: "failed", code: known };
  if (syscall === "connect") return { outcome: "failed", code: "connection_refused" };
  // The library does not say how far it had come when the line broke: the server may have the message.
  return { outcome: "unknown", code: code === "ETIMEDOUT" ? "timeout" : "connection_lost" };
}
