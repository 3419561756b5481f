import { parentPort, workerData } from "node:worker_threads";
import { type ReadOptions, readStatement, StatementError } from "@jinqiao/statements";

// Reads one statement file beside the server's own thread, and ends.
const { bytes, options } = workerData as { bytes: Uint8Array; options: ReadOptions };
try {
  parentPort?.postMessage({ file: await readStatement(bytes, options) });
} catch (error) {
  if (!(error instanceof StatementError)) throw error;
  parentPort?.postMessage({ refused: { problem: error.problem, line: error.line, text: error.text } });
}
