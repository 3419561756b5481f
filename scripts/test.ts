import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildWebApp, needsBuild } from "../apps/cli/src/instance/web-build.ts";

// `npm test`: makes sure that a browser, Chinese type, a PKCS#11 token and the built pages are there, then runs every
// test once, on real parts.
const root = fileURLToPath(new URL("..", import.meta.url));
const chromium = process.env.JINQIAO_CHROMIUM ?? "/usr/bin/chromium";
/** Any one of these folders holds Chinese glyphs; without them screenshots and widths would be those of empty boxes. */
const cjkFonts = ["/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/truetype/wqy"];

/** A PKCS#11 token in software, for the vault's key provider. */
const softHsm = "/usr/lib/softhsm/libsofthsm2.so";

const missing = [
  ...(existsSync(chromium) ? [] : ["chromium"]),
  ...(cjkFonts.some((path) => existsSync(path)) ? [] : ["fonts-noto-cjk"]),
];
if (missing.length > 0 && !install(missing)) process.exit(1);
// Without it the tests of the token are left out, and say so.
if (!existsSync(softHsm)) install(["softhsm2"]);

// Built once and beforehand: test files that run side by side would build over each other.
mkdirSync(`${root}test-results`, { recursive: true });
for (const app of ["wallet", "console"] as const) {
  if (!(await needsBuild(app))) continue;
  process.stdout.write(`Building the pages of the ${app} …\n`);
  await buildWebApp(app, `${root}test-results/${app}-build.log`, AbortSignal.timeout(300_000));
}

const vitest = spawn(
  process.execPath,
  [
    fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url)),
    "run",
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: "inherit", env: { ...process.env, JINQIAO_CHROMIUM: chromium } },
);
for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => vitest.kill(signal));
// Ctrl-C reaches vitest by itself; we wait for it to clean up.
process.on("SIGINT", () => undefined);
vitest.on("exit", (code) => {
  process.exitCode = code ?? 1;
});

/** Installs Debian packages, as root or through sudo where it asks nothing; otherwise says what to install, and is false. */
function install(packages: readonly string[]): boolean {
  const asRoot = process.getuid?.() === 0;
  const sudo = !asRoot && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0;
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  const apt = (...args: string[]) =>
    spawnSync(asRoot ? "apt-get" : "sudo", [...(asRoot ? [] : ["-n", "apt-get"]), ...args], {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    }).status === 0;

  if (asRoot || sudo) {
    process.stdout.write(`The tests need ${packages.join(" and ")}: installing from Debian …\n`);
    // The package lists may be missing or old: they are fetched when the first try fails.
    const args = ["install", "-y", "--no-install-recommends", ...packages];
    if (apt(...args) || (apt("update") && apt(...args))) return true;
  }
  process.stderr.write(
    `The tests need ${packages.join(" and ")}: install with "sudo ${command}", then run npm test again.\n`,
  );
  return false;
}
