import type { Customer } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Tx } from "../platform/db.ts";
import type { Context } from "../platform/http/handler.ts";
import type { Core } from "./core.ts";
import { customerById } from "./customers.ts";
import { endRecoveries } from "./recovery-end.ts";
import type { Authentication } from "./sessions.ts";

/**
 * Lets a customer in: notes the device, begins a session, tells every channel of a device that is new, and ends a
 * recovery that somebody has begun, because whoever signs in needs none.
 * @param together runs in the same transaction, before everything else; false stops it and nothing happens
 */
export async function enter(
  core: Core,
  context: Context,
  customerId: Id<"cus">,
  authentication: Authentication,
  together: (tx: Tx) => Promise<void> = async () => {},
): Promise<Customer> {
  // Before the transaction: loading a key may take a connection of its own.
  await core.vault.ready({ subjects: [customerId] });
  await core.db.transaction(async (tx) => {
    await together(tx);
    const device = await core.devices.arrive(tx, context, customerId, authentication.strongAt !== null);
    await core.sessions.begin(tx, context, { customerId }, { authentication, deviceId: device.id });
    if (device.isNew) await core.notices.newDevice(tx, customerId, device.name);
    await endRecoveries(core, tx, customerId);
  });
  return customerById(core, customerId);
}
