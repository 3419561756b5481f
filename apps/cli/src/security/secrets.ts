import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type CheckResult, type Found, ran } from "./finding.ts";

/** What a secret looks like. Prefixes are those that their issuers publish. */
const rules: readonly { name: string; pattern: RegExp; holds?: (match: string) => boolean }[] = [
  { name: "private key", pattern: /-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY/ },
  { name: "private JWK", pattern: /"d"\s*:\s*"[A-Za-z0-9_-]{40,}"/ },
  { name: "AWS access key", pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { name: "GitHub token", pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b/ },
  { name: "npm token", pattern: /\bnpm_[A-Za-z0-9]{36}\b/ },
  { name: "Slack token", pattern: /\bxox[abposr]-[A-Za-z0-9-]{20,}/ },
  { name: "Google key", pattern: /\bAIza[0-9A-Za-z_-]{35}\b/ },
  { name: "Stripe key", pattern: /\b[rs]k_live_[0-9A-Za-z]{20,}/ },
  { name: "Vault token", pattern: /\bhvs\.[A-Za-z0-9_-]{24,}/ },
  {
    name: "password in an address",
    pattern: /\b[a-z][a-z0-9+.-]{2,}:\/\/[^\s/:@"'`$]+:([^\s/:@"'`$]{8,})@/,
    // Words stand in examples; what somebody made up to be safe has digits in it.
    holds: (match) => /\d/.test(match) && /[a-z]/i.test(match),
  },
  {
    name: "written secret",
    pattern:
      /(?:secret|token|passwd|password|api_?key|private_?key|client_?secret)["']?\s*[:=]\s*["'`]([A-Za-z0-9+/_=-]{24,})["'`]/i,
    // Random text has more than 4 bits a character over a length of 24; words and placeholders have less.
    holds: (match) => entropyOf(match) > 4,
  },
];

/**
 * Looks for secrets in every line that was ever added to the repository, so that what was deleted later is found too:
 * who has a clone has it still.
 */
export async function scanForSecrets(root: string): Promise<CheckResult> {
  const found = new Map<string, Found>();
  let lines = 0;
  const look = (text: string, path: string, commit: string): void => {
    lines += 1;
    // Lock files and generated tables hold hashes by the thousand; long lines are data.
    if (text.length > 4_000 || path.endsWith("package-lock.json")) return;
    for (const { name, pattern, holds } of rules) {
      const match = pattern.exec(text);
      if (match === null || (holds !== undefined && !holds(match[1] ?? match[0]))) continue;
      const id = `secrets:${name.replaceAll(" ", "-")}:${path}`;
      if (!found.has(id))
        found.set(id, {
          id,
          check: "secrets",
          severity: "high",
          title: `looks like a ${name}`,
          where: commit === "" ? path : `${path} (since ${commit})`,
        });
    }
  };

  let commit = "";
  let path = "";
  for await (const line of linesOf(root, [
    "log",
    "--reverse",
    "--no-merges",
    "--unified=0",
    "--no-color",
    "--no-ext-diff",
    "--format=commit %h",
    "-p",
    "HEAD",
  ])) {
    if (line.startsWith("commit ")) commit = line.slice(7);
    else if (line.startsWith("+++ ")) path = line.replace(/^\+\+\+ (b\/)?/, "");
    else if (line.startsWith("+")) look(line.slice(1), path, commit);
  }
  // What is not committed yet is looked at as well: the best moment to find a secret.
  path = "";
  for await (const line of linesOf(root, ["diff", "--unified=0", "--no-color", "--no-ext-diff", "HEAD"])) {
    if (line.startsWith("+++ ")) path = line.replace(/^\+\+\+ (b\/)?/, "");
    else if (line.startsWith("+")) look(line.slice(1), path, "");
  }
  return ran(
    "secrets",
    {
      en: `${lines} lines were read, with the whole history.`,
      zh: `已检查 ${lines} 行，含全部历史记录。`,
    },
    [...found.values()],
  );
}

async function* linesOf(root: string, args: readonly string[]): AsyncGenerator<string> {
  const git = spawn("git", args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let complaint = "";
  git.stderr.on("data", (data) => {
    complaint += String(data);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    git.once("error", reject);
    git.once("close", resolve);
  });
  yield* createInterface({ input: git.stdout, crlfDelay: Number.POSITIVE_INFINITY });
  const code = await ended;
  if (code !== 0) throw new Error(`git ${args[0]} answered ${code}: ${complaint.trim()}`);
}

/** Shannon's entropy of a text, in bits per character. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / text.length) * Math.log2(count / text.length);
  return entropy;
}
