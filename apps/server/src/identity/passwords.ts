import { hash, verify } from "@node-rs/argon2";

/** Argon2id with 19 MiB, two passes, one lane. Source: OWASP Password Storage Cheat Sheet; RFC 9106. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Stands in for accounts that do not exist, so that a guess takes as long for them as for others. */
let standIn: Promise<string> | undefined;

/** The same letters typed on different keyboards are the same password (NIST SP 800-63B, section 5.1.1.2: NFKC). */
const normal = (password: string): string => password.normalize("NFKC");

export function hashPassword(password: string): Promise<string> {
  return hash(normal(password), parameters);
}

/** Whether the password fits. Without a hash the work is the same and the answer is no. */
export async function passwordFits(passwordHash: string | undefined, password: string): Promise<boolean> {
  standIn ??= hashPassword("nobody has this password");
  const fits = await verify(passwordHash ?? (await standIn), normal(password));
  return fits && passwordHash !== undefined;
}
