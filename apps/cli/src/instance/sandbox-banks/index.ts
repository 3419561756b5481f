import { albionBank } from "./albion.ts";
import { graniteBank } from "./granite.ts";
import { harbourBank } from "./harbour.ts";
import { lotusBank } from "./lotus.ts";
import type { SandboxBankPlan } from "./registration.ts";

export { registerWithBanks, type SandboxBankPlan } from "./registration.ts";
export { harbourBank };

/** The banks that `npm start` runs, one process each, on ports that follow each other from `SANDBOX_BANK_PORT` on. */
export const sandboxBanks: readonly SandboxBankPlan[] = [harbourBank, albionBank, graniteBank, lotusBank];
