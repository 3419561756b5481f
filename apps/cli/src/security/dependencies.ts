import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type CheckResult, type Found, notRun, ran } from "./finding.ts";

const severities = {
  critical: "critical",
  high: "high",
  moderate: "medium",
  low: "low",
  info: "low",
} as const;

/** What `npm audit --json` answers (audit report version 2), as far as we read it. */
const AuditReport = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({
      name: z.string(),
      severity: z.enum(["critical", "high", "moderate", "low", "info"]),
      range: z.string(),
      via: z.array(z.union([z.string(), z.object({ title: z.string(), url: z.string() })])),
    }),
  ),
  metadata: z.object({ dependencies: z.object({ total: z.number() }) }),
});

/** Asks npm's registry for known weaknesses of what the lock file names. Without an answer it says so. */
export async function auditDependencies(root: string, timeoutMs = 60_000): Promise<CheckResult> {
  const output = await new Promise<string>((resolve) => {
    // npm answers 1 when it found something: what counts is what it wrote.
    execFile(
      process.platform === "win32" ? "npm.cmd" : "npm",
      ["audit", "--json", "--package-lock-only"],
      { cwd: root, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024, shell: process.platform === "win32" },
      (_error, stdout) => resolve(stdout),
    );
  });
  const report = AuditReport.safeParse(jsonOf(output));
  if (!report.success)
    return notRun("dependencies", {
      en: "No package registry answered the audit.",
      zh: "未能从软件包仓库取得审计结果。",
    });
  const { vulnerabilities, metadata } = report.data;
  const found = Object.values(vulnerabilities).map(({ name, severity, range, via }): Found => {
    const advisory = via.find((one) => typeof one === "object");
    return {
      id: `dependencies:${name}`,
      check: "dependencies",
      severity: severities[severity],
      title: advisory === undefined ? `depends on ${via.join(", ")}` : `${advisory.title} (${advisory.url})`,
      where: `${name} ${range}`,
    };
  });
  const { total } = metadata.dependencies;
  return ran(
    "dependencies",
    {
      en: `${total} packages were compared with the registry’s advisories.`,
      zh: `已将 ${total} 个软件包与仓库的安全公告比对。`,
    },
    found,
  );
}

const Lock = z.object({
  lockfileVersion: z.number(),
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      license: z.string().optional(),
      integrity: z.string().optional(),
      link: z.boolean().optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
      devDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

async function lockOf(root: string): Promise<z.infer<typeof Lock>> {
  return Lock.parse(JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")));
}

const isPackage = ([path, { link }]: [string, { link?: boolean | undefined }]): boolean =>
  path.includes("node_modules/") && link !== true;

/** Licences under which a part may be used beside Apache-2.0. SPDX identifiers. */
const allowedLicences = new Set(
  "MIT|Apache-2.0|ISC|BSD-2-Clause|BSD-3-Clause|0BSD|BlueOak-1.0.0|MPL-2.0|Unlicense|MIT-0|CC0-1.0|OFL-1.1|Python-2.0|CC-BY-4.0".split(
    "|",
  ),
);

/** Every part that is installed has a licence that goes with ours. */
export async function checkLicences(root: string): Promise<CheckResult> {
  const packages = Object.entries((await lockOf(root)).packages).filter(isPackage);
  const found: Found[] = [];
  for (const [path, { license, version }] of packages) {
    const licence = license ?? (await licenceOnDisk(root, path));
    // "A OR B" leaves the choice; "A AND B" asks for both.
    const choices = (licence ?? "").replaceAll(/[()]/g, "").split(/\s+or\s+/i);
    if (choices.some((choice) => choice.split(/\s+and\s+/i).every((one) => allowedLicences.has(one))))
      continue;
    found.push({
      id: `licences:${path}`,
      check: "licences",
      severity: "medium",
      title: licence === undefined ? "names no licence" : `is under ${licence}`,
      where: `${path} ${version ?? ""}`.trim(),
    });
  }
  return ran(
    "licences",
    {
      en: `The licences of ${packages.length} packages were read.`,
      zh: `已核对 ${packages.length} 个软件包的许可证。`,
    },
    found,
  );
}

async function licenceOnDisk(root: string, path: string): Promise<string | undefined> {
  const text = await readFile(join(root, path, "package.json"), "utf8").catch(() => undefined);
  const { license, licenses } = (jsonOf(text ?? "") ?? {}) as { license?: unknown; licenses?: unknown };
  if (typeof license === "string") return license;
  // The form of npm before version 2: a list, each of which may be chosen.
  const older = z.array(z.object({ type: z.string() })).safeParse(licenses);
  return older.success ? older.data.map(({ type }) => type).join(" or ") : undefined;
}

/** Every part is pinned to one version and one content: exact versions in our files, SHA-512 in the lock. */
export async function checkLock(root: string): Promise<CheckResult> {
  const { packages, lockfileVersion } = await lockOf(root);
  const found: Found[] = [];
  const complain = (where: string, title: string): void => {
    found.push({ id: `lockfile:${where}`, check: "lockfile", severity: "high", title, where });
  };
  if (lockfileVersion < 3) complain("package-lock.json", `has version ${lockfileVersion}`);
  const installed = Object.entries(packages).filter(isPackage);
  for (const [path, { integrity }] of installed)
    if (integrity?.startsWith("sha512-") !== true) complain(path, "has no SHA-512 of its content");

  for (const [folder, own] of Object.entries(packages).filter(([path]) => !path.includes("node_modules/"))) {
    const manifest = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8")) as typeof own;
    for (const kind of ["dependencies", "devDependencies"] as const)
      for (const [name, wanted] of Object.entries(manifest[kind] ?? {})) {
        const where = `${folder === "" ? "package.json" : `${folder}/package.json`}: ${name}`;
        if (own[kind]?.[name] !== wanted) complain(where, `is ${wanted}, and the lock file does not say so`);
        const locked = packages[`${folder}/node_modules/${name}`] ?? packages[`node_modules/${name}`];
        if (locked?.link === true) continue;
        if (!/^(npm:.+@)?\d+\.\d+\.\d+[\w.+-]*$/.test(wanted))
          complain(where, `is not one version: ${wanted}`);
        else if (locked?.version !== wanted.replace(/^npm:.+@/, ""))
          complain(where, `is ${wanted}, and ${locked?.version ?? "nothing"} is locked`);
      }
  }
  return ran(
    "lockfile",
    {
      en: `${installed.length} packages are pinned to one version and one content.`,
      zh: `${installed.length} 个软件包均锁定到唯一版本与唯一内容。`,
    },
    found,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
