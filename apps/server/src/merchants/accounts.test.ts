import { unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMerchant } from "../../../../test/support/merchants.ts";
import { attempt, createWorld, type World } from "../../../../test/support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** The code of a refusal. */
const codeOf = async (answer: Promise<{ error?: unknown }>): Promise<string | undefined> =>
  ((await answer).error as { code?: string } | undefined)?.code;
const header = () => ({ header: attempt() });

describe("a merchant's team", () => {
  it("is known at the door by role, and another merchant's people are not", async () => {
    const shop = await createMerchant(world);
    const stranger = await world.customer("Stranger");
    expect(await codeOf(shop.as(stranger).GET("/v1/merchant"))).toBe("merchant.not_authenticated");
    expect(await unwrap(shop.api().GET("/v1/merchant"))).toMatchObject({
      id: shop.id,
      status: "active",
      role: "owner",
    });
  });

  it("grows by invitation to an address, and only its owner answers", async () => {
    const shop = await createMerchant(world);
    const [cashier, other] = [await world.customer("Cass Till"), await world.customer("Other")];
    const invited = await unwrap(
      shop.api().POST("/v1/merchant/members", {
        params: header(),
        body: { email: cashier.email.toUpperCase(), role: "cashier", locale: "en" },
      }),
    );
    expect(invited).toMatchObject({ status: "invited", role: "cashier" });
    const answer = { params: { path: { memberId: invited.id } }, body: { accept: true } };
    const path = "/v1/merchant-invitations/{memberId}/answer";
    expect((await unwrap(other.api.GET("/v1/merchant-invitations"))).items).toEqual([]);
    expect(await codeOf(other.api.POST(path, answer))).toBe("request.not_found");
    expect((await unwrap(cashier.api.GET("/v1/merchant-invitations"))).items).toHaveLength(1);
    await unwrap(cashier.api.POST(path, answer));
    expect(await codeOf(cashier.api.POST(path, answer))).toBe("merchant.invitation_over");
    expect((await unwrap(shop.as(cashier).GET("/v1/merchant"))).role).toBe("cashier");
    expect(await codeOf(shop.as(cashier).GET("/v1/merchant/members"))).toBe("merchant.not_allowed");
    expect(
      await codeOf(
        shop.api().POST("/v1/merchant/members", {
          params: header(),
          body: { email: cashier.email, role: "viewer", locale: "en" },
        }),
      ),
    ).toBe("merchant.member_exists");
    const removed = await unwrap(
      shop.api().DELETE("/v1/merchant/members/{memberId}", { params: { path: { memberId: invited.id } } }),
    );
    expect(removed.status).toBe("removed");
    expect(await codeOf(shop.as(cashier).GET("/v1/merchant"))).toBe("merchant.not_authenticated");
  });
});
