import type { SetupText } from "@jinqiao/server/embedded-postgres";

/** One word after `jinqiao`, with its help. */
export type Command = {
  name: string;
  summary: SetupText;
  /** Options as they stand in the help, one per line, with what they do. */
  options: { flags: string; summary: SetupText }[];
  /** Environment variables it heeds. */
  environment?: { name: string; summary: SetupText }[];
  /** Runs it and answers the exit code. */
  run(args: string[]): Promise<number>;
};

/** The command was called in a way it does not know; shown with the command's help, exit code 2. */
export class UsageError extends Error {}
