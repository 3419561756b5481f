import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SecurityCheckId } from "@jinqiao/contract";
import { z } from "zod";
import { type CheckResult, type Found, notRun, ran } from "./finding.ts";

/** Which check a test file of `test/security` belongs to; every other file is one of attacks. */
const checkOf = (file: string): SecurityCheckId =>
  file.endsWith("authorisation.test.ts")
    ? "authorisation"
    : file.endsWith("fuzz.test.ts")
      ? "fuzzing"
      : file.endsWith("threat-model.test.ts")
        ? "threat_model"
        : "attacks";

const suiteChecks = [
  "authorisation",
  "fuzzing",
  "attacks",
  "threat_model",
] as const satisfies SecurityCheckId[];

/** What vitest's JSON reporter writes, as far as we read it. */
const TestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.enum(["passed", "failed"]),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

/** Runs the tests of `test/security` on real servers, the fuzzer with every spelling it knows. */
export async function runSuites(root: string, options: { timeoutMs: number }): Promise<CheckResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "jinqiao-security-run-"));
  try {
    const outputFile = join(folder, "tests.json");
    const output = await vitest(
      root,
      ["run", "test/security", "--reporter=json", `--outputFile=${outputFile}`],
      options.timeoutMs,
    );
    const text = await readFile(outputFile, "utf8").catch(() => "");
    const report = TestReport.safeParse(text === "" ? undefined : JSON.parse(text));
    if (!report.success)
      return suiteChecks.map((id) =>
        notRun(id, {
          en: `The tests did not run: ${output.trim().split("\n").at(-1) ?? ""}`,
          zh: `测试未能运行：${output.trim().split("\n").at(-1) ?? ""}`,
        }),
      );
    return suiteChecks.map((id) => resultOf(id, root, report.data));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function resultOf(id: SecurityCheckId, root: string, report: z.infer<typeof TestReport>): CheckResult {
  const files = report.testResults.filter(({ name }) => checkOf(name) === id);
  const found = files.flatMap(({ name, status, message, assertionResults }): Found[] => {
    const where = name.replace(root, "");
    const failed = assertionResults.filter((one) => one.status === "failed");
    // A file that fails without a failed test could not begin: nothing in it was shown.
    if (failed.length === 0 && status === "failed")
      return [{ id: `${id}:${where}`, check: id, severity: "high", title: firstLine(message), where }];
    return failed.map(({ fullName, failureMessages }) => ({
      id: `${id}:${fullName}`,
      check: id,
      severity: "high" as const,
      title: `${fullName}: ${firstLine(failureMessages?.[0])}`,
      where,
    }));
  });
  const count = files.reduce((sum, { assertionResults }) => sum + assertionResults.length, 0);
  if (count === 0 && found.length === 0)
    return notRun(id, { en: "There are no such tests.", zh: "没有此类测试。" });
  return ran(
    id,
    { en: `${count} tests on real servers.`, zh: `在真实服务上运行了 ${count} 项测试。` },
    found,
  );
}

const firstLine = (text: string | undefined): string =>
  (text ?? "failed").split("\n", 1)[0]?.slice(0, 300) ?? "failed";

function vitest(root: string, args: readonly string[], timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), ...args], {
      cwd: root,
      env: { ...process.env, JINQIAO_FUZZ: "long" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
    });
    let output = "";
    const keep = (data: Buffer): void => {
      output = (output + data.toString()).slice(-4_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", reject);
    child.once("close", () => resolve(output));
  });
}
