import { createApiClient, unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMerchant, type TestMerchant } from "../../../../test/support/merchants.ts";
import { attempt, createWorld, type Session, type World } from "../../../../test/support/world.ts";
import { erasureObstacles } from "../erasure.ts";
import type { TestPayment } from "./index.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** The code of a refusal. */
const codeOf = async (answer: Promise<{ error?: unknown }>): Promise<string | undefined> =>
  ((await answer).error as { code?: string } | undefined)?.code;
const clientOf = (person: Session, merchantId: string) =>
  createApiClient({
    baseUrl: world.url,
    fetch: person.fetch,
    headers: { "Jinqiao-Merchant": merchantId, "Jinqiao-Mode": "test" },
  });
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

describe("opening a merchant", () => {
  const basics = {
    tradingName: { en: "Bridgehead Teahouse", zh: "桥头茶馆" },
    country: "GB",
    currency: "GBP" as const,
    timeZone: "Europe/London",
  };
  const whole = {
    legalName: "Emma Clarke",
    form: "sole_trader" as const,
    mcc: "5812",
    supportEmail: "tea@example.com",
    address: { line1: "1 Bridge Street", line2: null, city: "Bridgetown", postalCode: null, country: "GB" },
  };

  it("is a draft that works in test mode, is handed in, and is opened by two people", async () => {
    const owner = await world.customer("Emma Clarke");
    const made = await unwrap(owner.api.POST("/v1/merchants", { params: header(), body: basics }));
    expect(made).toMatchObject({
      status: "draft",
      role: "owner",
      missing: expect.arrayContaining(["legalName", "mcc"]),
    });
    const api = clientOf(owner, made.id);
    expect(await codeOf(api.POST("/v1/merchant/submission"))).toBe("merchant.incomplete");
    expect(await codeOf(api.PATCH("/v1/merchant", { body: { mcc: "1234" } }))).toBe(
      "merchant.category_unknown",
    );
    expect(await codeOf(api.PATCH("/v1/merchant", { body: { registrationNumber: "12" } }))).toBe(
      "merchant.registration_number_invalid",
    );
    await unwrap(api.PATCH("/v1/merchant", { body: { mcc: "7995" } }));
    expect(await codeOf(api.POST("/v1/merchant/submission"))).toBe("merchant.category_prohibited");
    const filled = await unwrap(api.PATCH("/v1/merchant", { body: whole }));
    expect(filled.missing).toEqual([]);
    expect(filled.checks.find(({ id }) => id === "owner_name")?.outcome).toBe("passed");
    expect(filled.checks.some(({ id }) => id === "duplicate")).toBe(false);
    await unwrap(
      api.POST("/v1/merchant/documents", {
        params: header(),
        body: { kind: "lease", title: "Lease", text: "Let to Emma Clarke." },
      }),
    );
    expect((await unwrap(api.POST("/v1/merchant/submission"))).status).toBe("under_review");
    expect(await codeOf(api.PATCH("/v1/merchant", { body: { legalName: "Somebody Else" } }))).toBe(
      "merchant.profile_fixed",
    );

    const [one, two, viewer] = [
      await world.staff(),
      await world.staff("second"),
      await world.staff("viewer"),
    ];
    const path = { params: { path: { merchantId: made.id } } };
    const list = await unwrap(
      one.GET("/v1/console/merchants", { params: { query: { status: "under_review", q: "桥头" } } }),
    );
    expect(list.items.map(({ id }) => id)).toEqual([made.id]);
    const seen = await unwrap(one.GET("/v1/console/merchants/{merchantId}", path));
    expect(seen.documents).toHaveLength(1);
    // A sole trader's name is a person's: it opens with a reason, on record.
    expect(seen.profile.legalName).toBe("E***");
    const [shopOwner] = seen.owners;
    await unwrap(
      one.POST("/v1/console/customers/{customerId}/access", {
        params: { path: { customerId: shopOwner?.customerId ?? "" } },
        body: { reason: "customer_contact", text: "Compares the lease with the name" },
      }),
    );
    const named = await unwrap(one.GET("/v1/console/merchants/{merchantId}", path));
    expect(named.profile.legalName).toBe("Emma Clarke");
    const decision = {
      ...path,
      body: {
        action: "open" as const,
        version: seen.version,
        reason: "Looked at the lease",
        message: "Welcome",
      },
    };
    const decide = "/v1/console/merchants/{merchantId}/decisions";
    expect(await codeOf(viewer.POST(decide, decision))).toBe("identity.not_allowed");
    const { proposalId } = await unwrap(one.POST(decide, decision));
    const approve = { params: { path: { proposalId } } };
    const approval = "/v1/console/proposals/{proposalId}/approval";
    expect(await codeOf(one.POST(approval, approve))).toBe("staff.second_person_needed");
    await unwrap(two.POST(approval, approve));
    expect(await unwrap(api.GET("/v1/merchant"))).toMatchObject({ status: "active", statusNote: "Welcome" });

    const planned = await unwrap(one.GET("/v1/console/merchants/{merchantId}", path));
    const planId = planned.plan.id;
    const soon = {
      action: "assign_plan" as const,
      version: planned.version,
      reason: "Agreed by mail",
      planId,
    };
    expect(
      await codeOf(one.POST(decide, { ...path, body: { ...soon, from: new Date().toISOString() } })),
    ).toBe("fee_plan.notice_too_short");
    const next = await unwrap(one.POST(decide, { ...path, body: soon }));
    await unwrap(two.POST(approval, { params: { path: { proposalId: next.proposalId } } }));
    expect((await unwrap(api.GET("/v1/fee_plan"))).next?.plan.id).toBe(planId);

    await world.settleJobs();
    const messages = await world.app.identity.messages.recent(50);
    const told = messages.flatMap(({ content, to }) =>
      content.kind === "notice.merchant" && "customerId" in to && to.customerId === owner.id
        ? [content.what]
        : [],
    );
    expect(told.sort()).toEqual(["opened", "plan_changed"]);
  });

  it("answers a repeated creation as the first one, and refuses another body under its key", async () => {
    const owner = await world.customer();
    const key = header();
    const first = await unwrap(owner.api.POST("/v1/merchants", { params: key, body: basics }));
    expect(await unwrap(owner.api.POST("/v1/merchants", { params: key, body: basics }))).toEqual(first);
    expect(
      await codeOf(owner.api.POST("/v1/merchants", { params: key, body: { ...basics, country: "DE" } })),
    ).toBe("idempotency.key_reused");
  });

  it("is what staff approve only as they saw it", async () => {
    const owner = await world.customer("Emma Clarke");
    const made = await unwrap(
      owner.api.POST("/v1/merchants", { params: header(), body: { ...basics, ...whole } }),
    );
    const api = clientOf(owner, made.id);
    const handedIn = await unwrap(api.POST("/v1/merchant/submission"));
    const [one, two] = [await world.staff(), await world.staff("second")];
    const { proposalId } = await unwrap(
      one.POST("/v1/console/merchants/{merchantId}/decisions", {
        params: { path: { merchantId: made.id } },
        body: { action: "decline", version: handedIn.version, reason: "No register entry", message: "" },
      }),
    );
    await unwrap(api.PATCH("/v1/merchant", { body: { website: "https://tea.example.com" } }));
    expect(
      await codeOf(
        two.POST("/v1/console/proposals/{proposalId}/approval", { params: { path: { proposalId } } }),
      ),
    ).toBe("staff.proposal_failed");
    expect((await unwrap(api.GET("/v1/merchant"))).status).toBe("under_review");
  });
});

describe("a team's rules", () => {
  it("keeps the last owner, also when two owners leave in the same moment", async () => {
    const shop = await createMerchant(world);
    const second = await world.customer("Second Owner");
    const { id } = await unwrap(
      shop.api().POST("/v1/merchant/members", {
        params: header(),
        body: { email: second.email, role: "owner", locale: "en" },
      }),
    );
    await unwrap(
      second.api.POST("/v1/merchant-invitations/{memberId}/answer", {
        params: { path: { memberId: id } },
        body: { accept: true },
      }),
    );
    const { items } = await unwrap(shop.api().GET("/v1/merchant/members"));
    const first = items.find(({ self }) => self)?.id ?? "";
    const leave = (api: typeof second.api, memberId: string) =>
      codeOf(api.DELETE("/v1/merchant/members/{memberId}", { params: { path: { memberId } } }));
    const codes = await Promise.all([leave(shop.api(), first), leave(shop.as(second), id)]);
    expect(codes.sort()).toEqual(["merchant.last_owner", undefined].sort());
    expect(await world.app.shops.ownersOf(shop.id)).toHaveLength(1);
  });

  it("lets only owners make owners, and nobody see another merchant's members", async () => {
    const [shop, other] = [await createMerchant(world), await createMerchant(world)];
    const admin = await world.customer("Admin");
    const { id } = await unwrap(
      shop.api().POST("/v1/merchant/members", {
        params: header(),
        body: { email: admin.email, role: "administrator", locale: "en" },
      }),
    );
    await unwrap(
      admin.api.POST("/v1/merchant-invitations/{memberId}/answer", {
        params: { path: { memberId: id } },
        body: { accept: true },
      }),
    );
    const promote = { params: { path: { memberId: id } }, body: { role: "owner" as const } };
    expect(await codeOf(shop.as(admin).PATCH("/v1/merchant/members/{memberId}", promote))).toBe(
      "merchant.owners_only",
    );
    expect(await codeOf(other.api().PATCH("/v1/merchant/members/{memberId}", promote))).toBe(
      "request.not_found",
    );
  });
});

describe("stores and tills", () => {
  it("open, change and close, and are nobody else's", async () => {
    const [shop, other] = [await createMerchant(world), await createMerchant(world)];
    const store = await unwrap(
      shop.api().POST("/v1/stores", {
        params: header(),
        body: { name: { en: "East gate", zh: "东门店" }, tills: ["A", "B"] },
      }),
    );
    expect(store.tills.map(({ name }) => name)).toEqual(["A", "B"]);
    const at = { params: { path: { storeId: store.id } } };
    expect(await codeOf(other.api().GET("/v1/stores/{storeId}", at))).toBe("request.not_found");
    await unwrap(shop.api().PATCH("/v1/stores/{storeId}", { ...at, body: { status: "closed" } }));
    const till = { params: { ...at.params, ...header() }, body: { name: "C" } };
    expect(await codeOf(shop.api().POST("/v1/stores/{storeId}/tills", till))).toBe("store.closed");
    await unwrap(shop.api().PATCH("/v1/stores/{storeId}", { ...at, body: { status: "active" } }));
    expect((await unwrap(shop.api().POST("/v1/stores/{storeId}/tills", till))).storeId).toBe(store.id);
    const { items, nextCursor } = await unwrap(
      shop.api().GET("/v1/stores", { params: { query: { limit: 1 } } }),
    );
    expect(items.map(({ id }) => id)).toEqual([store.id]);
    expect(nextCursor).toBe(store.id);
  });
});

describe("customers of a shop", () => {
  it("are kept by mode, found by address and erased for good", async () => {
    const shop = await createMerchant(world);
    const [live, test] = [shop.api("live"), shop.api("test")];
    const made = await unwrap(
      live.POST("/v1/merchant_customers", {
        params: header(),
        body: { name: "Mara Buyer", email: "Mara@Example.com", metadata: { tier: "gold" } },
      }),
    );
    const at = { params: { path: { customerId: made.id } } };
    expect(await codeOf(test.GET("/v1/merchant_customers/{customerId}", at))).toBe("request.not_found");
    const found = await unwrap(
      live.GET("/v1/merchant_customers", { params: { query: { email: "mara@example.com" } } }),
    );
    expect(found.items).toEqual([made]);
    const changed = await unwrap(
      live.POST("/v1/merchant_customers/{customerId}", {
        params: { ...at.params, ...header() },
        body: { phone: "+44 20 7946 0000", name: null },
      }),
    );
    expect(changed).toMatchObject({
      name: null,
      phone: "+44 20 7946 0000",
      email: "mara@example.com",
      version: 2,
    });
    for (let time = 0; time < 2; time += 1)
      expect(await unwrap(live.DELETE("/v1/merchant_customers/{customerId}", at))).toMatchObject({
        deleted: true,
        email: null,
        metadata: {},
        version: 3,
      });
    const again = { params: { ...at.params, ...header() }, body: { name: "Back" } };
    expect(await codeOf(live.POST("/v1/merchant_customers/{customerId}", again))).toBe(
      "merchant.customer_deleted",
    );
  });
});

describe("the account for payouts", () => {
  /** Emma Clarke's account at the sandbox bank. */
  const iban = "CZ4999990000001000000301";
  const path = "/v1/settlement_accounts";

  async function shopOf(name = "Emma Clarke") {
    const owner = await world.customer(name);
    const shop = await createMerchant(world, {
      owner,
      account: { number: "CZ2299990000001000000302", holderName: name },
    });
    const sent: TestPayment[] = [];
    world.app.shops.settlementAccounts.knowTestPayments(async (payment) => {
      if (payment.merchantId === shop.id) sent.push(payment);
    });
    const named = (body: { holderName?: string; iban?: string; currency?: "GBP" | "USD" } = {}) =>
      shop.api().POST(path, {
        params: header(),
        body: {
          holderName: body.holderName ?? name,
          currency: body.currency ?? "GBP",
          account: { kind: "iban", iban: body.iban ?? iban },
        },
      });
    return { shop, sent, named };
  }
  const typed = (shop: TestMerchant, accountId: string, code: string) =>
    shop.api().POST(`${path}/{accountId}/verification`, { params: { path: { accountId } }, body: { code } });

  it("is proved by the code of the cent, and a changed one waits a day", async () => {
    const { shop, sent, named } = await shopOf();
    expect(await codeOf(named({ iban: "CZ4999990000001000000302" }))).toBe(
      "settlement_account.number_invalid",
    );
    expect(await codeOf(named({ holderName: "Somebody Else" }))).toBe("settlement_account.not_yours");
    expect(await codeOf(named({ currency: "USD" }))).toBe("settlement_account.no_bank");
    const account = await unwrap(named());
    expect(account).toMatchObject({ status: "awaiting_code", triesLeft: 5 });
    expect(JSON.stringify(account)).not.toContain(iban);
    await world.settleJobs();
    expect(sent).toMatchObject([
      { accountId: account.id, number: iban, holderName: "Emma Clarke", currency: "GBP" },
    ]);
    const before = await world.app.shops.settlementAccounts.verifiedAccountOf(shop.id, "GBP");
    expect(before?.number).toBe("CZ2299990000001000000302");
    const verified = await unwrap(typed(shop, account.id, sent[0]?.code ?? ""));
    expect(verified.status).toBe("verified");
    expect(new Date(verified.usableFrom ?? 0).getTime() - new Date(verified.verifiedAt ?? 0).getTime()).toBe(
      86_400_000,
    );
    // Until then nothing is paid out, neither there nor to the account before.
    expect(await world.app.shops.settlementAccounts.verifiedAccountOf(shop.id, "GBP")).toBeUndefined();
    expect(await codeOf(typed(shop, account.id, sent[0]?.code ?? ""))).toBe("settlement_account.not_waiting");
    await world.settleJobs();
    const told = (await world.app.identity.messages.recent(50)).flatMap(({ content, to }) =>
      content.kind === "notice.merchant" && "customerId" in to && to.customerId === shop.owner.id
        ? [content.what]
        : [],
    );
    expect(told.sort()).toEqual(["account_named", "account_verified"]);
  });

  it("is given up after five wrong codes, also when they come at once", async () => {
    const { shop, sent, named } = await shopOf();
    const account = await unwrap(named());
    await world.settleJobs();
    const right = sent[0]?.code ?? "";
    const wrong = right === "000000" ? "000001" : "000000";
    const codes = await Promise.all(Array.from({ length: 5 }, () => codeOf(typed(shop, account.id, wrong))));
    expect(codes.filter((code) => code === "settlement_account.code_wrong").length).toBeLessThanOrEqual(4);
    for (let more = 0; more < 5; more += 1) await typed(shop, account.id, wrong);
    expect(await codeOf(typed(shop, account.id, right))).toBe("settlement_account.code_over");
  });

  it("is an owner's matter, and nobody else's to see", async () => {
    const [{ shop, named }, other] = [await shopOf(), await createMerchant(world)];
    const account = await unwrap(named());
    expect(await codeOf(typed(other, account.id, "123456"))).toBe("request.not_found");
    const [key] = [await shop.withKey("test")];
    expect(
      await codeOf(
        key.POST(path, {
          params: header(),
          body: { holderName: "Emma Clarke", currency: "GBP", account: { kind: "iban", iban } },
        }),
      ),
    ).toBe("merchant.not_allowed");
  });
});

it("who owns an open shop cannot be erased before it is closed", async () => {
  const shop = await createMerchant(world);
  const codes = async () =>
    (await erasureObstacles(world.app.db, shop.owner.id, { now: new Date() })).map(({ code }) => code);
  expect(await codes()).toEqual(["merchants"]);
  await unwrap(shop.api().POST("/v1/merchant/closure", { body: { reason: "Moving away" } }));
  expect(await codes()).toEqual([]);
  // Closed is for good, and says so.
  expect(await codeOf(shop.api().PATCH("/v1/merchant", { body: { website: null } }))).toBe("merchant.closed");
});
