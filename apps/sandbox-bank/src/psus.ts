/** Customers of the bank (payment service users) and their passwords. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Queryable } from "./database.ts";

export interface Psu {
  id: string;
  username: string;
  name: string;
}

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number }, Buffer>(scrypt);
// OWASP's smallest scrypt setting for interactive log-ins (Password Storage Cheat Sheet).
const COST = { N: 2 ** 14, r: 8, p: 5 };
const KEY_BYTES = 32;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password.normalize("NFKC"), salt, KEY_BYTES, COST);
  return `scrypt$${salt.toString("base64url")}$${key.toString("base64url")}`;
}

async function passwordMatches(password: string, hash: string): Promise<boolean> {
  const [, salt = "", key = ""] = hash.split("$");
  const kept = Buffer.from(key, "base64url");
  const given = await derive(password.normalize("NFKC"), Buffer.from(salt, "base64url"), KEY_BYTES, COST);
  return kept.length === given.length && timingSafeEqual(kept, given);
}

// Compared with when the user does not exist, so that both answers take the same work.
const NOBODY = `scrypt$${Buffer.alloc(16).toString("base64url")}$${Buffer.alloc(KEY_BYTES).toString("base64url")}`;

/** The person with that user name and password, or `undefined` without saying which of the two was wrong. */
export async function logIn(db: Queryable, username: string, password: string): Promise<Psu | undefined> {
  const { rows } = await db.query<Psu & { password_hash: string }>(
    "SELECT id, username, name, password_hash FROM psus WHERE username = $1",
    [username.trim().toLowerCase()],
  );
  const row = rows[0];
  const matches = await passwordMatches(password, row?.password_hash ?? NOBODY);
  return row !== undefined && matches ? { id: row.id, username: row.username, name: row.name } : undefined;
}

export async function findPsu(db: Queryable, id: string): Promise<Psu | undefined> {
  const { rows } = await db.query<Psu>("SELECT id, username, name FROM psus WHERE id = $1", [id]);
  return rows[0];
}
