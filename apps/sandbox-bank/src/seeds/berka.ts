import type { Bank } from "../context.ts";
export async function seedBerka(_bank: Bank, _folder: string): Promise<void> {
  throw new Error("not loaded yet");
}
