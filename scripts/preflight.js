// What `npm start`, `npm test` and the other scripts of package.json call. Kept to what Node.js 12 understands.
import { runOnRightNode } from "./right-node.js";

var args = process.argv.slice(2);
var script = {
  test: "scripts/test.ts",
  check: "scripts/check.ts",
  generate: "packages/contract/scripts/generate.ts",
  sim: "test/simulation/ledger/main.ts",
  load: "test/load/reconcile.ts",
  security: "scripts/security.ts",
  mutation: "node_modules/@stryker-mutator/core/bin/stryker.js",
}[args[0] || ""];

if (typeof script === "string") runOnRightNode(script, args.slice(1));
else runOnRightNode("apps/cli/src/main.ts", args);
