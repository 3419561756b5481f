import { unwrap } from "@jinqiao/contract/client";
import { createAuthenticator } from "../support/authenticator.ts";
import type { Session, World } from "../support/world.ts";

/** Gives a customer one of everything by which people prove who they are; answers their ids as `records` holds them. */
export async function credentialsOf(
  world: World,
  owner: Session & { id: string },
): Promise<[string, string][]> {
  const { api } = owner;
  const reauthentication = await unwrap(api.POST("/v1/me/reauthentications"));
  const options = await unwrap(api.POST("/v1/me/passkeys/options"));
  const passkey = await unwrap(
    api.POST("/v1/me/passkeys", {
      body: { name: "Key", credential: createAuthenticator(world.url).create(options as never) },
    }),
  );
  const { items: devices } = await unwrap(api.GET("/v1/me/devices"));
  const { token } = await unwrap(api.POST("/v1/me/in-app-tokens", { body: { name: "Telephone" } }));
  const subscription = await unwrap(
    api.POST("/v1/me/push-subscriptions", {
      body: {
        endpoint: "https://push.example.com/subscription",
        keys: {
          // A point on P-256 and sixteen bytes, as browsers send them (RFC 8291, section 5).
          p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
          auth: "BTBZMqHH6r4Tts7J_aSIgg",
        },
      },
    } as never),
  );
  const payee = await world.customer("Trusted Payee");
  const stepUp = await unwrap(
    api.POST("/v1/step-ups", {
      body: { kind: "transfer", payeeId: payee.id, amount: { amount: "1.00", currency: "GBP" } },
    }),
  );
  await world.app.db.query(
    `INSERT INTO identity.trusted_payee (customer_id, payee_id, step_up_id, since) VALUES ($1, $2, $3, now())`,
    [owner.id, payee.id, stepUp.id],
  );
  // Last: from here on the owner pays nobody.
  const freeze = await unwrap(api.POST("/v1/me/freezes", { body: { scope: "payments" } }));
  const { app } = world;
  const byRisk = await app.db.transaction((tx) =>
    app.identity.freezes.freeze(tx, {
      customerId: owner.id,
      scope: "payments",
      by: "risk",
      reason: "risk_unusual",
    }),
  );
  return [
    ["/v1/me/reauthentications/", reauthentication.id],
    ["/v1/me/passkeys/", passkey.id],
    ["/v1/me/devices/", devices[0]?.id ?? ""],
    ["/v1/me/tokens/", token.id],
    ["/v1/me/push-subscriptions/", (subscription as { id: string }).id],
    ["/v1/step-ups/", stepUp.id],
    ["/v1/me/trusted-payees/", payee.id],
    ["/v1/me/freezes/", freeze.id],
    // One's own freeze is undone, not appealed.
    ["appealFreeze", byRisk],
  ];
}
