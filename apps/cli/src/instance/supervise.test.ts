import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { SetupError } from "@jinqiao/server/embedded-postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTerminal } from "../terminal.ts";
import { freePort } from "./ports.ts";
import { type Supervised, supervise } from "./supervise.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-supervise-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function supervised(
  name: string,
  source: string,
  fail: (error: SetupError) => void,
): Promise<Supervised> {
  const port = await freePort();
  const script = join(folder, `${name}.mjs`);
  await writeFile(script, source);
  return supervise({
    terminal: createTerminal(new PassThrough() as unknown as NodeJS.WriteStream),
    label: { en: "Part", zh: "组件" },
    starting: { en: "Part", zh: "组件" },
    shownLog: undefined,
    fail,
    child: {
      name,
      script: pathToFileURL(script),
      env: { PORT: String(port), STARTS: join(folder, `${name}.starts`) },
      logFile: join(folder, `${name}.log`),
      readyUrl: `http://127.0.0.1:${port}/`,
    },
  });
}

const answering = `
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
appendFileSync(process.env.STARTS, "start\\n");
createServer((request, response) => response.end("ok")).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let wait = 0; wait < 600; wait += 1) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error(`Waited in vain for ${what}.`);
}

test("a part that is killed is started again, and stopping it then leaves nothing behind", async () => {
  const failures: SetupError[] = [];
  const part = await supervised("killed", answering, (error) => failures.push(error));
  const first = part.pid();
  process.kill(first, "SIGKILL");
  await until("another process", () => part.pid() !== first);
  const second = part.pid();
  await part.stop();
  expect(() => process.kill(second, 0)).toThrow(/ESRCH/);
  expect(failures).toEqual([]);
});

test("a part that cannot stay up is given up with what it said last", async () => {
  const failures: SetupError[] = [];
  const part = await supervised(
    "broken",
    `${answering} setTimeout(() => { console.log("out of paper"); process.exit(3); }, 300);`,
    (error) => failures.push(error),
  );
  await until("the launcher to give up", () => failures.length > 0);
  expect(failures[0]?.text.en).toContain("out of paper");
  expect((await readFile(join(folder, "broken.starts"), "utf8")).trim().split("\n")).toHaveLength(4);
  await part.stop();
});
