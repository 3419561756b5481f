import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { SetupError } from "@jinqiao/server/embedded-postgres";

/**
 * Makes sure that nobody listens on a port of ours.
 * @param graceMs how long to wait for parts of a killed run that are still stopping
 * @throws SetupError naming the port and the variable that chooses another
 */
export async function requireFreePort(port: number, variable: string, graceMs: number): Promise<void> {
  const began = performance.now();
  for (;;) {
    const problem = await listenOnce(port);
    if (problem === undefined) return;
    if (problem === "EACCES") {
      throw new SetupError({
        en: `You may not listen on port ${port}: choose one above 1023 with ${variable}.`,
        zh: `当前用户无权使用端口 ${port}：请用 ${variable} 指定大于 1023 的端口。`,
      });
    }
    if (problem !== "EADDRINUSE" || performance.now() - began > graceMs) {
      throw new SetupError({
        en: `Port ${port} is in use: stop the program that listens there, or choose another port, for example ${variable}=${port + 100} npm start.`,
        zh: `端口 ${port} 已被占用：请停止占用它的程序，或换一个端口，例如 ${variable}=${port + 100} npm start。`,
      });
    }
    await sleep(200);
  }
}

/** A port that is free now, chosen by the system. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? done(address.port) : fail(new Error("no port")),
      );
    });
  });
}

function listenOnce(port: number): Promise<string | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? "unknown"));
    server.listen(port, "127.0.0.1", () => server.close(() => done(undefined)));
  });
}
