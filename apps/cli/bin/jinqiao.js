#!/usr/bin/env node
import { runOnRightNode } from "../../../scripts/right-node.js";

runOnRightNode("apps/cli/src/main.ts", process.argv.slice(2));
