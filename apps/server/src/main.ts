import { createApp } from "./app.ts";
import { readConfig } from "./platform/config.ts";

// The server's process. It says one line of JSON when it listens, and one sentence when it cannot start.
try {
  const app = await createApp(readConfig());
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    try {
      await app.close();
      process.exit(0);
    } catch (error) {
      process.stderr.write(`It did not stop cleanly: ${whyNot(error)}\n`);
      process.exit(1);
    }
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.stdout.write(`${JSON.stringify({ ready: true, url: app.url })}\n`);
} catch (error) {
  process.stderr.write(`${whyNot(error)}\n`);
  process.exit(1);
}

/** What a person needs to know about a start that failed. */
function whyNot(error: unknown): string {
  const { code, port } = error as { code?: string; port?: number };
  if (code === "EADDRINUSE")
    return `Port ${port} is in use: stop the other program, or choose another port with JINQIAO_PORT.`;
  if (code === "ECONNREFUSED" || code === "ENOTFOUND")
    return "PostgreSQL does not answer at DATABASE_URL: start it, or correct the address.";
  return error instanceof Error
    ? ["ConfigError", "LogHalted", "VaultError"].includes(error.name)
      ? error.message
      : (error.stack ?? error.message)
    : String(error);
}
