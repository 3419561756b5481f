import type { PasskeyAssertion } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Clock } from "../../platform/clock.ts";
import type { Db } from "../../platform/db.ts";
import { Refusal } from "../../platform/errors.ts";
import type { RouteHandler } from "../../platform/http/handler.ts";
import type { Ids, RandomBytes } from "../../platform/ids.ts";
import type { CronJob, JobHandlers } from "../../platform/jobs.ts";
import type { Vault } from "../../vault/index.ts";
import type { Audit } from "../audit.ts";
import type { Codes } from "../codes.ts";
import type { Messages } from "../messages.ts";
import type { Passkeys } from "../passkeys.ts";
import type { Sessions } from "../sessions.ts";
import type { StepUpFactors } from "./factors.ts";
import { createPins, type Pins } from "./pin.ts";
import { type StepUpPolicy, usualStepUpPolicy } from "./policy.ts";
import { stepUpRoutes } from "./routes.ts";
import { showsPayment } from "./spc.ts";
import { createStepUps, type StepUps } from "./step-ups.ts";
import { createTokens, type Tokens } from "./tokens.ts";

export type { PaymentToConfirm } from "./digest.ts";
export { lenientStepUpPolicy, type StepUpPolicy, usualStepUpPolicy } from "./policy.ts";
export type { Authentication as PaymentAuthentication, StepUps } from "./step-ups.ts";

export type StepUpModule = {
  stepUps: StepUps;
  pins: Pins;
  tokens: Tokens;
  routes: RouteHandler[];
  jobs: JobHandlers;
  cron: CronJob[];
};

const deleteTask = "identity.delete_old_step_ups";

/** Strong authentication of payments, its PIN and its tokens. */
export function createStepUpModule(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  random: RandomBytes;
  codes: Codes;
  messages: Messages;
  audit: Audit;
  sessions: Pick<Sessions, "requireConfirmed">;
  passkeys: Passkeys;
  channels: StepUpFactors["channels"];
  totp: StepUpFactors["totp"];
  /** Address that people open; its host is the site that passkeys belong to. */
  publicUrl: string;
  policy?: StepUpPolicy | undefined;
}): StepUpModule {
  const pins = createPins(deps);
  const tokens = createTokens(deps);
  const factors: StepUpFactors = {
    channels: deps.channels,
    totp: deps.totp,
    passkeys: passkeyFactor(deps.passkeys, new URL(deps.publicUrl).hostname),
  };
  const policy = deps.policy ?? usualStepUpPolicy;
  const stepUps = createStepUps({ ...deps, policy, factors, pins, tokens });
  return {
    stepUps,
    pins,
    tokens,
    routes: stepUpRoutes({ ...deps, stepUps, pins, tokens }),
    jobs: { [deleteTask]: () => stepUps.deleteOld() },
    cron: [{ task: deleteTask, pattern: "23 * * * *" }],
  };
}

/** Passkeys as a way to confirm a payment: what is signed is the digest itself. */
function passkeyFactor(passkeys: Passkeys, rpId: string): StepUpFactors["passkeys"] {
  const use = (challenge: Buffer) => ({ purpose: "payment", bindTo: challenge.toString("hex") });
  const ownerOf = (customerId: string) => ({ customerId: customerId as Id<"cus"> });
  return {
    async options(customerId, challenge) {
      const owner = ownerOf(customerId);
      if ((await passkeys.list(owner)).length === 0) return null;
      return passkeys.requestOptions(use(challenge), { owner, challenge });
    },
    async isSigned(customerId, credential: PasskeyAssertion, { challenge, payment }) {
      if (!showsPayment(credential, rpId, payment)) return false;
      try {
        await passkeys.verify(use(challenge), credential, {
          realm: "customer",
          owner: ownerOf(customerId),
          types: ["payment.get"],
        });
        return true;
      } catch (error) {
        if (error instanceof Refusal) return false;
        throw error;
      }
    },
  };
}
