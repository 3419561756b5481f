/** Who banks here when the bank opens for the first time. */
import type { Bank } from "../context.ts";
import { readSetting, writeSetting } from "../database.ts";
import { seedDemo } from "./demo.ts";

/**
 * Loads the seed once; later starts find what is there. Throws when the seed's name is unknown or its files cannot
 * be read.
 * @param seed `none`, `demo`, or `berka:<DIR>`
 */
export async function seedBank(bank: Bank, seed: string): Promise<void> {
  if (seed === "none") return;
  if ((await readSetting<string>(bank.db, "seeded")) !== undefined) return;
  if (seed === "demo") await seedDemo(bank);
  else if (seed.startsWith("berka:")) {
    const { seedBerka } = await import("./berka.ts");
    await seedBerka(bank, seed.slice("berka:".length));
  } else {
    throw new Error(`unknown seed "${seed}": use demo, none or berka:<folder>`);
  }
  await writeSetting(bank.db, "seeded", seed);
}
