import { checks, runCheck } from "./checks.ts";

// `npm run check`: one line per check, and what is wrong below it.
const complaints = await Promise.all(
  checks.map(async (check) => {
    const complaint = await runCheck(check);
    process.stdout.write(`${complaint === undefined ? "✓" : "✗"} ${check.name}\n`);
    return complaint;
  }),
);
const wrong = complaints.filter((complaint) => complaint !== undefined);
if (wrong.length > 0) {
  process.stdout.write(`\n${wrong.join("\n\n")}\n`);
  process.exitCode = 1;
}
