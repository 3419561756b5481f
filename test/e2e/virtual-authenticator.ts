import type { CDPSession } from "@playwright/test";
import type { Visitor } from "./browser.ts";

/** A phone's or computer's own authenticator, as Chromium simulates it. Source: Web Authentication Level 3, section 11. */
export type VirtualAuthenticator = {
  /** Passkeys that are on it. */
  passkeys(): Promise<{ credentialId: string; signCount: number }[]>;
  /** Whether its person puts the right finger on it from now on. */
  recognise(person: boolean): Promise<void>;
  /** The device is gone. */
  remove(): Promise<void>;
};

/** Gives a visitor's browser window an authenticator with room for passkeys and user verification. */
export async function addAuthenticator({ page, context }: Visitor): Promise<VirtualAuthenticator> {
  const cdp: CDPSession = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable", { enableUI: false });
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      ctap2Version: "ctap2_1",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    async passkeys() {
      return (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
    },
    async recognise(isUserVerified) {
      await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
    },
    async remove() {
      await cdp.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
    },
  };
}
