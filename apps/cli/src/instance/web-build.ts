import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { open, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { SetupError } from "@jinqiao/server/embedded-postgres";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const vite = join(root, "node_modules/vite/bin/vite.js");

export type WebApp = "wallet" | "console";

/** Folder with the built pages of a web app. */
export function webFolder(app: WebApp): string {
  return join(root, "apps", app, "dist");
}

/** Whether the pages must be built: never built, or their source changed since. */
export async function needsBuild(app: WebApp): Promise<boolean> {
  const stamp = await readFile(stampOf(app), "utf8").catch(() => "");
  return stamp.trim() !== (await sourceHash(app));
}

/** Builds the pages of a web app; what the build says goes to `logFile`. */
export async function buildWebApp(app: WebApp, logFile: string, signal: AbortSignal): Promise<void> {
  const hash = await sourceHash(app);
  const log = await open(logFile, "w", 0o600);
  const code = await new Promise<number | null>((done) => {
    const child = spawn(process.execPath, [vite, "build"], {
      cwd: join(root, "apps", app),
      stdio: ["ignore", log.fd, log.fd],
      signal,
      env: { ...process.env, NODE_ENV: "production" },
    });
    child.once("error", () => done(null));
    child.once("exit", done);
  });
  await log.close();
  if (code === 0) {
    await writeFile(stampOf(app), `${hash}\n`);
    return;
  }
  const said = (await readFile(logFile, "utf8")).trim().split("\n").slice(-8).join("\n");
  throw new SetupError({
    en: `The pages of the ${app} could not be built; the whole output is in ${logFile}. It ends with:\n${said}`,
    zh: `${app === "wallet" ? "钱包" : "控制台"}页面构建失败，完整输出见 ${logFile}。末尾内容：\n${said}`,
  });
}

function stampOf(app: WebApp): string {
  return join(webFolder(app), ".source-hash");
}

/** A hash over every file the build reads: the app, the packages it uses, and the versions of its dependencies. */
async function sourceHash(app: WebApp): Promise<string> {
  const folders = [`apps/${app}`, "packages/ui", "packages/contract/src", "packages/money/src"];
  const files = (await Promise.all(folders.map((folder) => filesOf(join(root, folder))))).flat();
  files.push(
    join(root, "package-lock.json"),
    join(root, "tsconfig.base.json"),
    join(root, "tsconfig.web.json"),
  );
  const hash = createHash("sha256");
  for (const file of files.sort()) {
    hash.update(relative(root, file)).update("\0");
    hash.update(await readFile(file)).update("\0");
  }
  return hash.digest("hex");
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = await Promise.all(
    entries
      .filter(({ name }) => name !== "dist" && name !== "node_modules" && !/\.test\.tsx?$/.test(name))
      .map((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory() ? filesOf(path) : [path];
      }),
  );
  return nested.flat();
}
