import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (path: string) => `node_modules/${path}`;

export type Check = {
  name: string /** Commands for Node.js, all of which must succeed. */;
  commands: string[][];
};

/** Everything that can be said of the source without running it. */
export const checks: readonly Check[] = [
  {
    name: "types",
    // Everything that runs on Node.js is one program: by itself, each part would check again what it shares with others.
    // Pages are not: each app names its own router to the library.
    commands: [".", "tsconfig.node.json", "apps/console", "apps/wallet", "packages/ui"].map((project) => [
      bin("typescript-7/bin/tsc"),
      "--noEmit",
      "-p",
      project,
    ]),
  },
  { name: "lint", commands: [[bin("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."]] },
  {
    name: "layering",
    commands: [
      [
        bin("dependency-cruiser/bin/dependency-cruiser.mjs"),
        "--config",
        ".dependency-cruiser.mjs",
        "--output-type",
        "err-long",
        "apps",
        "packages",
        "test",
        "scripts",
      ],
    ],
  },
  { name: "dead code", commands: [[bin("knip/bin/knip.js"), "--no-progress"]] },
  { name: "generated files", commands: [["packages/contract/scripts/generate.ts", "--check"]] },
];

/** Runs one check and answers what it complained of; `undefined` when all is well. */
export async function runCheck(check: Check): Promise<string | undefined> {
  const complaints: string[] = [];
  for (const command of check.commands) {
    const { code, output } = await runNode(command);
    if (code !== 0) complaints.push(`${command.join(" ")}\n${output.trim()}`);
  }
  return complaints.length > 0 ? complaints.join("\n\n") : undefined;
}

function runNode(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const output: string[] = [];
    child.stdout.on("data", (data) => output.push(String(data)));
    child.stderr.on("data", (data) => output.push(String(data)));
    child.once("error", fail);
    child.once("close", (code) => done({ code, output: output.join("") }));
  });
}
