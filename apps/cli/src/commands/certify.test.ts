import { expect, test } from "vitest";
import { UsageError } from "../command.ts";
import { bank } from "./bank.ts";
import { certify } from "./certify.ts";

test.each([
  { command: certify, args: [], says: "Name one bank: harbour" },
  { command: certify, args: ["nowhere"], says: 'There is no bank "nowhere". The banks are: harbour' },
  { command: certify, args: ["harbour", "--only", "nothing"], says: 'No check\'s id begins with "nothing"' },
  { command: certify, args: ["harbour", "--only", "link", "--out", "x"], says: "certifies nothing" },
  { command: bank, args: ["shell"], says: 'Say "bank shell NAME"' },
  { command: bank, args: ["shell", "nowhere"], says: 'There is no sandbox bank "nowhere"' },
  { command: bank, args: ["shell", "harbour", "--running", "--banks-file", "x"], says: "do not go together" },
])(
  "a wrong call is told before anything is started: $command.name $args",
  async ({ command, args, says }) => {
    const failure = await command.run([...args]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toContain(says);
  },
);
