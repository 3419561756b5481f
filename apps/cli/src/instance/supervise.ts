import { SetupError, type SetupText } from "@jinqiao/server/embedded-postgres";
import { finish, type Terminal } from "../terminal.ts";
import { type Child, type ChildOptions, startChild } from "./child.ts";

const readyLimitMs = 120_000;
/** A part that ends by itself is started again this often within the window; then it is broken, not unlucky. */
const restartLimit = 3;
const restartWindowMs = 60_000;
/** How long a part may take to stop politely. */
export const stopGraceMs = 20_000;

export type Supervised = { pid(): number; stop(): Promise<void> };

/** Starts a process, waits until it can work, and starts it again, a few times, when it ends by itself. */
export async function supervise(options: {
  terminal: Terminal;
  label: SetupText;
  starting: SetupText;
  /** The log that messages point to, unless it vanishes. */
  shownLog: string | undefined;
  child: ChildOptions;
  fail(error: SetupError): void;
}): Promise<Supervised> {
  const { terminal, label, child: childOptions, shownLog, fail } = options;
  let stopped = false;
  let child: Child;
  let restarting: Promise<void> = Promise.resolve();
  const restarts: number[] = [];

  const watch = () => {
    void child.exited.then(({ logTail }) => {
      if (!stopped) restarting = restart(logTail);
    });
  };
  const restart = async (logTail: string) => {
    const now = performance.now();
    if (restarts.filter((at) => now - at < restartWindowMs).length >= restartLimit) {
      fail(endedByItself(label, logTail, shownLog));
      return;
    }
    restarts.push(now);
    terminal.line({
      en: `  ! ${label.en} ended by itself; starting it again.`,
      zh: `  ! ${label.zh}意外退出，正在重新启动。`,
    });
    child = await startChild(childOptions);
    if (stopped) return;
    watch();
    void child.ready(readyLimitMs).then((ready) => {
      if (ready && !stopped) {
        terminal.line({ en: `  ✓ ${label.en} runs again.`, zh: `  ✓ ${label.zh}已恢复运行。` });
      }
    });
  };

  const step = terminal.step(options.starting);
  await finish(step, async () => {
    child = await startChild(childOptions);
    if (await child.ready(readyLimitMs)) return;
    await child.stop(1_000);
    throw endedByItself(label, (await child.exited).logTail, shownLog);
  });
  watch();
  return {
    pid: () => child.pid,
    stop: async () => {
      stopped = true;
      // A restart that is under way brings another child, which must not be left behind.
      await restarting;
      await child.stop(stopGraceMs);
    },
  };
}

/** A part does not run, with the last it said. */
export function endedByItself(label: SetupText, logTail: string, logFile: string | undefined): SetupError {
  const where =
    logFile === undefined
      ? { en: "", zh: "" }
      : { en: ` Its log is ${logFile}.`, zh: `日志文件：${logFile}。` };
  return new SetupError({
    en: `${label.en} does not run.${where.en} It said last:\n${logTail}`,
    zh: `${label.zh}未能运行。${where.zh}最后的输出：\n${logTail}`,
  });
}
