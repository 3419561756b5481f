import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ChildOptions, startChild } from "./child.ts";
import { freePort } from "./ports.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-child-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A small web server that says when it is asked to stop. */
const serverSource = `
import { createServer } from "node:http";
const server = createServer((request, response) => response.end("ok")).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => { console.log("asked to stop"); server.close(); server.closeAllConnections(); });
`;

async function optionsFor(name: string, source: string): Promise<ChildOptions> {
  const port = await freePort();
  const script = join(folder, `${name}.mjs`);
  await writeFile(script, source);
  return {
    name,
    script: pathToFileURL(script),
    env: { PORT: String(port) },
    logFile: join(folder, `${name}.log`),
    readyUrl: `http://127.0.0.1:${port}/`,
  };
}

test("a child is ready when it answers, and is asked to stop before it is ended", async () => {
  const options = await optionsFor("polite", serverSource);
  const child = await startChild(options);
  expect(await child.ready(30_000)).toBe(true);
  await child.stop(30_000);
  expect(await child.exited).toMatchObject({ code: 0, signal: null, logTail: "asked to stop" });
});

test("a child that does not heed the request is ended by force", async () => {
  const stubborn = serverSource.replace("server.close(); server.closeAllConnections();", "");
  const child = await startChild(await optionsFor("stubborn", stubborn));
  expect(await child.ready(30_000)).toBe(true);
  await child.stop(100);
  expect((await child.exited).signal).toBe("SIGKILL");
});

test("a child that ends at once is told with the last lines of this run's log alone", async () => {
  const options = await optionsFor("broken", `throw new Error("no luck today");`);
  await writeFile(options.logFile, "a line of yesterday\n");
  const child = await startChild(options);
  expect(await child.ready(30_000)).toBe(false);
  const { code, logTail } = await child.exited;
  expect(code).toBe(1);
  expect(logTail).toContain("no luck today");
  expect(logTail).not.toContain("yesterday");
});

test("a child stops by itself when the launcher is killed", async () => {
  const options = await optionsFor("orphan", serverSource);
  const launcher = join(folder, "launcher.ts");
  await writeFile(
    launcher,
    `import { startChild } from ${JSON.stringify(new URL("./child.ts", import.meta.url).href)};
     const options = ${JSON.stringify({ ...options, script: options.script.href })};
     const child = await startChild({ ...options, script: new URL(options.script) });
     await child.ready(30_000);
     console.log(child.pid);
     setInterval(() => undefined, 1_000);`,
  );
  const parent = spawn(process.execPath, [launcher], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  expect((await fetch(options.readyUrl)).ok).toBe(true);

  parent.kill("SIGKILL");
  await once(parent, "exit");
  for (let wait = 0; wait < 600 && isRunning(pid); wait += 1) await sleep(50);
  expect(isRunning(pid)).toBe(false);
  expect(await readFile(options.logFile, "utf8")).toContain("asked to stop");
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
