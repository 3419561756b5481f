// Plain old JavaScript, so that a Node.js too old for the rest of Jinqiao can still read it and say so.
import { spawn } from "child_process";
import { existsSync } from "fs";
import { constants } from "os";
import { dirname, join } from "path";
import { fileURLToPath, pathToFileURL } from "url";

var root = dirname(dirname(fileURLToPath(import.meta.url)));
var bundled = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");

/**
 * Runs a script of this repository on a Node.js that runs TypeScript directly (22.18 or newer): in this process
 * if it will do, otherwise in the Node.js that `npm ci` put into node_modules.
 * `file` is the script, from the repository's root; `args` are its arguments.
 */
export function runOnRightNode(file, args) {
  var script = join(root, file);
  if (isNewEnough(process.versions.node)) {
    process.argv = [process.argv[0], script].concat(args);
    import(pathToFileURL(script).href).catch(fail);
    return;
  }
  if (!existsSync(bundled) || process.env.JINQIAO_NODE_CHOSEN) {
    say(
      "Jinqiao needs Node.js 22.18 or newer and this is " +
        process.versions.node +
        ': run "npm ci" here first, which installs one beside it (without --omit=optional).',
      "金桥需要 Node.js 22.18 或更新版本，当前为 " +
        process.versions.node +
        "：请先在此处运行 npm ci（不要加 --omit=optional），它会自带一个新版本。",
    );
    process.exit(1);
  }
  var child = spawn(bundled, [script].concat(args), {
    stdio: "inherit",
    env: Object.assign({}, process.env, { JINQIAO_NODE_CHOSEN: "1" }),
    shell: process.platform === "win32",
  });
  // The child decides when to end, so that it can stop its own parts in order.
  ["SIGINT", "SIGTERM", "SIGHUP"].forEach((signal) => {
    process.on(signal, () => {
      // Ctrl-C in a terminal reaches the child by itself; passing it on would count as pressing twice.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  });
  child.on("error", fail);
  child.on("exit", (code, signal) => {
    process.exit(code === null ? 128 + (constants.signals[signal] || 0) : code);
  });
}

function isNewEnough(version) {
  var parts = version.split(".").map(Number);
  return parts[0] > 22 || (parts[0] === 22 && parts[1] >= 18);
}

function fail(error) {
  if (error && error.code === "ERR_MODULE_NOT_FOUND" && !existsSync(join(root, "node_modules"))) {
    say(
      'The parts that Jinqiao is made of are not installed yet: run "npm ci" in ' + root + " first.",
      "金桥所需的组件尚未安装：请先在 " + root + " 运行 npm ci。",
    );
  } else {
    console.error(error);
  }
  process.exit(1);
}

function say(english, chinese) {
  var locale = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || "";
  console.error(/^zh/i.test(locale) ? chinese : english);
}
