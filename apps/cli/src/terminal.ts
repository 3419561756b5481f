import type { SetupText } from "@jinqiao/server/embedded-postgres";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** The language of this terminal, from the usual locale variables. */
export function terminalLanguage(env: NodeJS.ProcessEnv = process.env): keyof SetupText {
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || "";
  return /^zh/i.test(locale) ? "zh" : "en";
}

/** The text in this terminal's language. */
export function inLanguage(text: SetupText): string {
  return text[terminalLanguage()];
}

export type Step = {
  /** Replaces what the line says while it runs. */
  update(text: SetupText): void;
  done(text?: SetupText): void;
  failed(): void;
};

export type Terminal = {
  line(text: SetupText | string): void;
  /** Begins a step that may take a while: a turning mark on a terminal, plain lines elsewhere. */
  step(text: SetupText): Step;
};

/** Writes progress for a person to `stream`. Several steps may run at once; each has its own line. */
export function createTerminal(stream: NodeJS.WriteStream = process.stdout): Terminal {
  const live = stream.isTTY && !process.env.CI && process.env.TERM !== "dumb";
  const running: { label: string; began: number }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let frame = 0;
  let drawn = 0;

  const erase = () => {
    if (drawn > 0) stream.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const draw = () => {
    if (!live) return;
    erase();
    for (const step of running) {
      const seconds = Math.floor((performance.now() - step.began) / 1000);
      stream.write(
        `  ${frames[frame % frames.length]} ${step.label}${seconds >= 2 ? `  ${seconds} s` : ""}\n`,
      );
    }
    drawn = running.length;
  };
  const print = (text: string) => {
    erase();
    stream.write(`${text}\n`);
    draw();
  };

  return {
    line: (text) => print(typeof text === "string" ? text : inLanguage(text)),
    step: (text) => {
      const step = { label: inLanguage(text), began: performance.now() };
      running.push(step);
      if (live) {
        timer ??= setInterval(() => {
          frame += 1;
          draw();
        }, 100).unref();
        draw();
      } else {
        stream.write(`  … ${step.label}\n`);
      }
      const end = (mark: string, label: string) => {
        const index = running.indexOf(step);
        if (index < 0) return;
        erase();
        running.splice(index, 1);
        if (running.length === 0) {
          clearInterval(timer);
          timer = undefined;
        }
        print(`  ${mark} ${label}`);
      };
      return {
        update: (next) => {
          step.label = inLanguage(next);
          if (live) draw();
          else stream.write(`  … ${step.label}\n`);
        },
        done: (last) => end("✓", last ? inLanguage(last) : step.label),
        failed: () => end("✗", step.label),
      };
    },
  };
}

/** Ends the step as the work ends: done with `text`, or failed. */
export async function finish<T>(step: Step, work: () => Promise<T>, text?: SetupText): Promise<T> {
  try {
    const result = await work();
    step.done(text);
    return result;
  } catch (error) {
    step.failed();
    throw error;
  }
}
