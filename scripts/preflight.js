// What `npm start`, `npm test` and the other scripts of package.json call.
import { runOnRightNode } from "./right-node.js";

var scripts = {
  test: "scripts/test.ts",
  check: "scripts/check.ts",
  generate: "packages/contract/scripts/generate.ts",
};
var name = process.argv[2];
if (Object.hasOwn(scripts, name)) {
  runOnRightNode(scripts[name], process.argv.slice(3));
} else {
  runOnRightNode("apps/cli/src/main.ts", process.argv.slice(2));
}
