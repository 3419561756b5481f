import * as contract from "@jinqiao/contract";
import { type Context, handle, type RouteHandler } from "../platform/http/handler.ts";
import type { Recoveries } from "./recovery.ts";

/** Getting back into a wallet; nobody is signed in here. */
export function recoveryRoutes(recoveries: Recoveries): RouteHandler[] {
  return [
    handle(contract.startRecovery, ({ body }) => recoveries.start(body)),
    handle(contract.getRecovery, ({ params }) => recoveries.get(params.recoveryId)),
    handle(contract.sendRecoveryCode, ({ params, body }) =>
      recoveries.sendCode(params.recoveryId, body.channel),
    ),
    handle(contract.proveRecovery, ({ params, body }) =>
      recoveries.prove(params.recoveryId, body.kind, body.value),
    ),
    handle(contract.getRecoveryPasskeyOptions, ({ params }) => recoveries.passkeyOptions(params.recoveryId)),
    handle(contract.finishRecovery, async (context) => ({
      status: "signed_in" as const,
      customer: await recoveries.finish(context as Context, context.params.recoveryId, context.body),
    })),
    handle(contract.cancelRecovery, ({ body }) => recoveries.cancel(body.token)),
  ];
}
