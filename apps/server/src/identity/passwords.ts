import { hash, verify } from "@node-rs/argon2";
import { Refusal } from "../platform/errors.ts";

/** Argon2id with 19 MiB, two passes, one lane. Source: OWASP Password Storage Cheat Sheet; RFC 9106. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * How many run at once in this process, and how many may wait. Each takes a core for some 20 ms: without the gate, a
 * wave of sign-ins would take the cores from payments.
 */
const atOnce = 2;
const mayWait = 64;

/** Stands in for accounts that do not exist, so that a guess takes as long for them as for others. */
let standIn: Promise<string> | undefined;

/** The same letters typed on different keyboards are the same password (NIST SP 800-63B, section 5.1.1.2: NFKC). */
const normal = (password: string): string => password.normalize("NFKC");

let running = 0;
const waiting: (() => void)[] = [];

/** @throws Refusal `rate.limited` when too many wait already */
async function throughGate<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnce) {
    if (waiting.length >= mayWait) throw new Refusal("rate.limited", { retryAfterSeconds: 2 });
    // Whoever leaves hands the place over, so `running` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

export function hashPassword(password: string): Promise<string> {
  return throughGate(() => hash(normal(password), parameters));
}

/** Whether the password fits. Without a hash the work is the same and the answer is no. */
export async function passwordFits(
  passwordHash: string | null | undefined,
  password: string,
): Promise<boolean> {
  standIn ??= hashPassword("nobody has this password").catch((error: unknown) => {
    standIn = undefined;
    throw error;
  });
  const against = passwordHash ?? (await standIn);
  const fits = await throughGate(() => verify(against, normal(password)));
  return fits && passwordHash != null;
}
