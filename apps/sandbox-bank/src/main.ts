/** The sandbox bank as its own process. Configuration by environment variables; see README.md. */
import { pino } from "pino";
import { dialects, isDialect } from "./dialects.ts";
import { createSandboxBank } from "./index.ts";

const log = pino({ name: "sandbox-bank", level: process.env.LOG_LEVEL ?? "info" }, pino.destination(2));

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") {
    process.stderr.write(`${name} is not set. The sandbox bank needs it; see apps/sandbox-bank/README.md.\n`);
    process.exit(1);
  }
  return value;
}

const port = Number(process.env.SANDBOX_BANK_PORT ?? "7310");
const databaseUrl = required("DATABASE_URL");
const scriptToken = required("SANDBOX_BANK_SCRIPT_TOKEN");

const dialect = process.env.SANDBOX_BANK_DIALECT ?? "berlin-group";
if (!isDialect(dialect)) {
  process.stderr.write(
    `SANDBOX_BANK_DIALECT is "${dialect}"; it must be one of: ${Object.keys(dialects).join(", ")}.\n`,
  );
  process.exit(1);
}

try {
  const bank = await createSandboxBank({
    dialect,
    ...(process.env.SANDBOX_BANK_NAME_EN && process.env.SANDBOX_BANK_NAME_ZH
      ? { name: { en: process.env.SANDBOX_BANK_NAME_EN, zh: process.env.SANDBOX_BANK_NAME_ZH } }
      : {}),
    databaseUrl,
    port,
    host: process.env.SANDBOX_BANK_HOST ?? "127.0.0.1",
    scriptToken,
    seed: process.env.SANDBOX_BANK_SEED ?? "none",
    ...(process.env.SANDBOX_BANK_CODE ? { bankCode: process.env.SANDBOX_BANK_CODE } : {}),
    peers: JSON.parse(process.env.SANDBOX_BANK_PEERS ?? "[]") as { code: string; url: string }[],
    ...(process.env.SANDBOX_BANK_FILES
      ? {
          files: {
            folder: process.env.SANDBOX_BANK_FILES,
            ...(process.env.SANDBOX_BANK_SFTP_PORT
              ? { sftpPort: Number(process.env.SANDBOX_BANK_SFTP_PORT) }
              : {}),
          },
        }
      : {}),
    ...(process.env.SANDBOX_BANK_TLS_PORT ? { tlsPort: Number(process.env.SANDBOX_BANK_TLS_PORT) } : {}),
    ...(process.env.SANDBOX_BANK_CLIENT_AUTHENTICATION === "tls_client_auth"
      ? { clientAuthentication: "tls_client_auth" as const }
      : {}),
    ...(process.env.SANDBOX_BANK_URL ? { baseUrl: process.env.SANDBOX_BANK_URL } : {}),
    ...(process.env.SANDBOX_BANK_SETTLE_AFTER_MS
      ? { settleAfterMs: Number(process.env.SANDBOX_BANK_SETTLE_AFTER_MS) }
      : {}),
    ...(process.env.SANDBOX_BANK_TIME_ZONE ? { timeZone: process.env.SANDBOX_BANK_TIME_ZONE } : {}),
    autoEndOfDay: process.env.SANDBOX_BANK_AUTO_END_OF_DAY !== "false",
    logger: log,
  });
  process.stdout.write(`${JSON.stringify({ ready: true, url: bank.url })}\n`);
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "stopping");
    bank.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "could not stop cleanly");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  const text =
    code === "EADDRINUSE"
      ? `Port ${port} is in use. Stop the other program or set SANDBOX_BANK_PORT to a free port.`
      : `The sandbox bank could not start: ${message}`;
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
