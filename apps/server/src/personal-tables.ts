import { banksData } from "./banks/index.ts";
import { developersData } from "./developers/index.ts";
import { identityData } from "./identity/index.ts";
import { onboardingData } from "./onboarding/index.ts";
import { paymentsData } from "./payments/index.ts";
import { settlementData } from "./settlement/index.ts";
import { type PersonalTable, requestData } from "./vault/index.ts";

/** Every table of which columns hold personal data, sealed. */
export const personalTables: readonly PersonalTable[] = [
  requestData,
  ...identityData,
  ...banksData,
  ...paymentsData,
  ...settlementData,
  ...developersData,
  ...onboardingData,
];
