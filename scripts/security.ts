import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startMeasuredServer } from "../apps/cli/src/bench/measured-server.ts";
import { openPlace } from "../apps/cli/src/bench/place.ts";
import { auditDependencies, checkLicences, checkLock } from "../apps/cli/src/security/dependencies.ts";
import { type CheckResult, notRun } from "../apps/cli/src/security/finding.ts";
import {
  Acceptances,
  checkNames,
  markdownOf,
  openFindings,
  reportOf,
} from "../apps/cli/src/security/report.ts";
import { scanForSecrets } from "../apps/cli/src/security/secrets.ts";
import { checkHeaders, checkTls } from "../apps/cli/src/security/server-check.ts";
import { runSuites } from "../apps/cli/src/security/suites.ts";

// `npm run security`: looks at everything that can be looked at from outside and inside, writes
// docs/security-report.{md,json}, which the console's page shows, and fails when a finding is open.
const root = fileURLToPath(new URL("..", import.meta.url));
const usage = `Usage: npm run security -- [options]
  --url URL      look at the headers and TLS of this running server, instead of one started for the run
  --skip-tests   leave out authorisation, fuzzing and attacks, which take minutes
  --no-write     print the result and write no report
用法：npm run security -- [选项]
  --url URL      检查该运行中服务的响应头与 TLS（默认为本次检查临时启动的服务）
  --skip-tests   跳过需要数分钟的授权、模糊与攻击测试
  --no-write     只显示结果，不写入报告
`;

process.exitCode = await main(process.argv.slice(2));

/** Exit codes: 0 nothing open, 1 open findings, 2 called wrongly. */
async function main(args: string[]): Promise<number> {
  let options: { url?: string; "skip-tests"?: boolean; "no-write"?: boolean; help?: boolean };
  try {
    options = parseArgs({
      args,
      options: {
        url: { type: "string" },
        "skip-tests": { type: "boolean" },
        "no-write": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
    if (options.url !== undefined) options.url = new URL(options.url).origin;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const accepted = await acceptances();
  const results: CheckResult[] = [];
  const add = (...more: CheckResult[]): void => {
    results.push(...more);
    for (const { check, found } of more) {
      const { en, zh } = checkNames[check.id];
      const sign = { passed: "✓", failed: `✗ ${found.length}`, not_run: "–" }[check.status];
      process.stdout.write(`${sign} ${en} · ${zh}: ${check.detail.en}\n`);
    }
  };
  add(
    await auditDependencies(root),
    await checkLicences(root),
    await checkLock(root),
    await scanForSecrets(root),
  );
  const { target, checks } = await checkServer(options.url);
  add(...checks);
  const skipped = { en: "Left out (--skip-tests).", zh: "已跳过（--skip-tests）。" };
  if (options["skip-tests"])
    add(
      ...(["authorisation", "fuzzing", "attacks", "threat_model"] as const).map((id) => notRun(id, skipped)),
    );
  else {
    process.stdout.write(
      "… Authorisation, fuzzing and attacks on real servers: some minutes · 正在真实服务上运行测试，约需数分钟\n",
    );
    add(...(await runSuites(root, { timeoutMs: 20 * 60_000 })));
  }

  const report = reportOf({ now: new Date(), commit: commitOf(), target, results, accepted });
  if (!options["no-write"]) {
    await writeFile(`${root}docs/security-report.json`, `${JSON.stringify(report, null, 2)}\n`);
    await writeFile(`${root}docs/security-report.md`, markdownOf(report));
    process.stdout.write("\nWritten · 已写入: docs/security-report.md, docs/security-report.json\n");
  }
  const open = openFindings(report);
  for (const { severity, title, where, id } of open)
    process.stdout.write(`\n${severity.toUpperCase()} ${title}\n  ${where}\n  ${id}\n`);
  process.stdout.write(`\nOpen findings · 未处理的发现: ${open.length}\n`);
  return open.length === 0 ? 0 : 1;
}

/** What was accepted; a file that cannot be read accepts nothing and says so. */
async function acceptances(): Promise<Acceptances> {
  return Acceptances.parse(JSON.parse(await readFile(`${root}docs/security-accepted.json`, "utf8")));
}

async function checkServer(url: string | undefined): Promise<{ target: string; checks: CheckResult[] }> {
  if (url !== undefined)
    return { target: url, checks: [await checkHeaders(url), await checkTls(url, new Date())] };
  const place = await openPlace(process.env.JINQIAO_TEST_DATABASE_URL);
  try {
    const server = await startMeasuredServer({ databaseUrl: await place.createDatabase("security") });
    try {
      return {
        target: "started for this run",
        checks: [await checkHeaders(server.origin), await checkTls(server.origin, new Date())],
      };
    } finally {
      await server.stop();
    }
  } finally {
    await place.close();
  }
}

function commitOf(): string | null {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}
