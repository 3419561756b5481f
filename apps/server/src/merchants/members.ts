import * as contract from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { z } from "zod";
import { assert, Refusal } from "../platform/errors.ts";
import { type Context, handle, type RouteHandler } from "../platform/http/handler.ts";
import type { MerchantCaller } from "../platform/http/sessions.ts";
import { createLookup } from "../platform/lookup.ts";
import { type MemberRecord, normalAddress } from "./shop-data.ts";
import { type Desk, requireOpen } from "./shop-desk.ts";

/** How long an invitation can be accepted, in milliseconds. */
const invitedForMs = 7 * 86_400_000;
const mostMembers = 200;

type Member = Extract<MerchantCaller["by"], { kind: "member" }>;

/** The person who acts; keys are not let this far. */
export function personOf({ merchant }: Pick<Context, "merchant">): Member {
  assert(merchant.by.kind === "member", "what only people do is not in the scopes of keys");
  return merchant.by;
}
/** @throws Refusal `merchant.owners_only` */
export function requireOwner(context: Pick<Context, "merchant">): Member {
  const person = personOf(context);
  if (person.role !== "owner") throw new Refusal("merchant.owners_only");
  return person;
}

export type Members = {
  /** Who a signed-in person is for a merchant; undefined when they are not of its team, or it was closed. */
  ofMember(
    customerId: Id<"cus">,
    asked: { merchantId: string; livemode: boolean },
  ): Promise<MerchantCaller | undefined>;
  routes: RouteHandler[];
};

/** The team of a merchant: invited by e-mail, with one role each. The last owner stays. */
export function createMembers(desk: Desk): Members {
  const { db, clock, ids, rows, identity } = desk;
  const scopesOf = new Map(
    contract.MerchantRole.options.map((role) => [role, new Set(contract.merchantRoleScopes[role])]),
  );

  const roleOf = createLookup(async (keys) => {
    const pairs = keys.map((key) => key.split(" "));
    const found = await db.query<{
      id: Id<"mbr">;
      merchant_id: Id<"mer">;
      customer_id: Id<"cus">;
      role: string;
    }>(
      `SELECT m.id, m.merchant_id, m.customer_id, m.role
         FROM unnest($1::text[], $2::text[]) AS asked (customer_id, merchant_id)
         JOIN merchants.member m USING (customer_id, merchant_id) WHERE m.status = 'active'`,
      [pairs.map(([customer]) => customer), pairs.map(([, merchant]) => merchant)],
      "merchants.roles",
    );
    return new Map(found.map((row) => [`${row.customer_id} ${row.merchant_id}`, row]));
  });

  async function views(
    members: readonly MemberRecord[],
    self: string | null,
  ): Promise<z.input<typeof contract.MerchantMember>[]> {
    const people = await identity.customersById(members.flatMap(({ customerId }) => customerId ?? []));
    return members.map((member) => {
      const person = member.customerId === null ? undefined : people.get(member.customerId);
      const isLate = member.expiresAt !== null && member.expiresAt <= clock.now();
      return {
        object: "merchant_member",
        id: member.id,
        version: member.version,
        status: member.status === "invited" && isLate ? "expired" : member.status,
        role: member.role,
        email: person?.email ?? member.email ?? "",
        displayName: person?.displayName ?? null,
        createdAt: member.createdAt.toISOString(),
        expiresAt: member.status === "invited" ? (member.expiresAt?.toISOString() ?? null) : null,
        self: member.id === self,
      };
    });
  }
  const viewOf = async (member: MemberRecord, self: string | null) =>
    (await views([member], self))[0] as z.input<typeof contract.MerchantMember>;

  /** A member whom the caller may change, and what must not become of the team. */
  function changeable(
    team: readonly MemberRecord[],
    memberId: string,
    by: Member,
    next: contract.MerchantRole | null,
  ): MemberRecord {
    const member = team.find(({ id }) => id === memberId);
    if (member === undefined) throw new Refusal("merchant.member_gone");
    if ((member.role === "owner" || next === "owner") && by.role !== "owner")
      throw new Refusal("merchant.owners_only");
    const owners = team.filter(({ role, status }) => role === "owner" && status === "active");
    if (member.status === "active" && member.role === "owner" && next !== "owner" && owners.length === 1)
      throw new Refusal("merchant.last_owner");
    return member;
  }

  /** Membership of an id that is not the merchant's own is nobody's matter. */
  async function requireKnown(merchantId: string, memberId: string): Promise<void> {
    const found = await db.query("SELECT id FROM merchants.member WHERE id = $1 AND merchant_id = $2", [
      memberId,
      merchantId,
    ]);
    if (found.length === 0) throw new Refusal("request.not_found");
  }

  async function changeMember(
    context: Pick<Context, "merchant">,
    memberId: string,
    next: contract.MerchantRole | null,
  ) {
    const by = personOf(context);
    const { merchantId } = context.merchant;
    await requireKnown(merchantId, memberId);
    return desk.change(merchantId, undefined, async () => {
      const member = changeable(await desk.membersOf(merchantId), memberId, by, next);
      const changed: MemberRecord = {
        ...member,
        role: next ?? member.role,
        status: next === null ? "removed" : member.status,
        // What was written only to reach somebody is not kept when they are not wanted any more.
        email: next === null ? null : member.email,
        version: member.version + 1,
      };
      return {
        rows: [rows.member(changed)],
        record: {
          what: next === null ? "member_removed" : "member_changed",
          byId: by.customerId,
          detail: `${member.id} ${next ?? ""}`.trim(),
        },
        answer: () => viewOf({ ...changed, email: changed.email ?? member.email }, by.memberId),
      };
    });
  }

  return {
    async ofMember(customerId, { merchantId, livemode }) {
      if (!/^mer_[0-9a-z]{26}$/.test(merchantId)) return undefined;
      const found = await roleOf(`${customerId} ${merchantId}`);
      if (found === undefined) return undefined;
      const role = found.role as contract.MerchantRole;
      return {
        merchantId: found.merchant_id,
        livemode,
        by: { kind: "member", memberId: found.id, customerId, role },
        scopes: scopesOf.get(role) ?? new Set(),
      };
    },
    routes: [
      handle(contract.listMerchantMembers, async ({ merchant }) => ({
        items: await views(
          await desk.membersOf(merchant.merchantId),
          merchant.by.kind === "member" ? merchant.by.memberId : null,
        ),
        nextCursor: null,
      })),
      handle(contract.inviteMerchantMember, async (context) => {
        const by = personOf(context);
        const { merchantId } = context.merchant;
        const { email, role, locale } = context.body;
        const known = await identity.customerByEmail(email);
        return desk.change(merchantId, context.idempotency, async (merchant) => {
          requireOpen(merchant);
          if (role === "owner" && by.role !== "owner") throw new Refusal("merchant.owners_only");
          const team = await desk.membersOf(merchantId);
          const same = team.filter(
            (member) =>
              member.email === normalAddress(email) ||
              (known !== undefined && member.customerId === known.id),
          );
          const isWaiting = ({ status, expiresAt }: MemberRecord) =>
            status === "active" || (expiresAt !== null && expiresAt > clock.now());
          if (same.some(isWaiting)) throw new Refusal("merchant.member_exists");
          if (team.length >= mostMembers) throw new Refusal("merchant.too_many");
          const member: MemberRecord = {
            id: ids.next("mbr"),
            merchantId,
            customerId: null,
            status: "invited",
            role,
            email: normalAddress(email),
            locale,
            invitedBy: by.customerId,
            expiresAt: new Date(clock.now().getTime() + invitedForMs),
            version: 1,
            createdAt: clock.now(),
          };
          return {
            // An invitation that is over gives way to the new one.
            rows: [
              ...same.map((old) =>
                rows.member({ ...old, status: "removed", email: null, version: old.version + 1 }),
              ),
              rows.member(member),
            ],
            jobs: [desk.tell({ what: "invited", memberId: member.id })],
            record: { what: "member_invited", byId: by.customerId, detail: `${member.id} ${role}` },
            answer: () => viewOf(member, by.memberId),
          };
        });
      }),
      handle(contract.changeMerchantMember, (context) =>
        changeMember(context, context.params.memberId, context.body.role),
      ),
      handle(contract.removeMerchantMember, (context) =>
        changeMember(context, context.params.memberId, null),
      ),
      handle(contract.listMyMerchants, async ({ customerId }) => {
        const found = await db.query<Record<string, string>>(
          `SELECT m.id AS member_id, m.role, s.id, s.status, s.trading_name_en, s.trading_name_zh
             FROM merchants.member m JOIN merchants.merchant s ON s.id = m.merchant_id
            WHERE m.customer_id = $1 AND m.status = 'active' ORDER BY s.id DESC LIMIT 200`,
          [customerId],
        );
        return {
          items: found.map((row) => ({
            merchantId: row.id as string,
            memberId: row.member_id as string,
            tradingName: { en: row.trading_name_en as string, zh: row.trading_name_zh as string },
            status: row.status as contract.MerchantStatus,
            role: row.role as contract.MerchantRole,
          })),
          nextCursor: null,
        };
      }),
      handle(contract.listMerchantInvitations, async ({ customerId }) => {
        const me = (await identity.customersById([customerId])).get(customerId);
        if (me === undefined) return { items: [], nextCursor: null };
        const found = await db.query<Record<string, string> & { expires_at: Date }>(
          `SELECT m.id AS member_id, m.role, m.expires_at, s.id, s.trading_name_en, s.trading_name_zh
             FROM merchants.member m JOIN merchants.merchant s ON s.id = m.merchant_id
            WHERE m.email_index = $1 AND m.status = 'invited' AND m.expires_at > $2 AND s.status <> 'closed'
            ORDER BY m.id DESC LIMIT 100`,
          [rows.memberIndex(me.email), clock.now()],
        );
        return {
          items: found.map((row) => ({
            memberId: row.member_id as string,
            merchantId: row.id as string,
            tradingName: { en: row.trading_name_en as string, zh: row.trading_name_zh as string },
            role: row.role as contract.MerchantRole,
            expiresAt: row.expires_at.toISOString(),
          })),
          nextCursor: null,
        };
      }),
      handle(contract.answerMerchantInvitation, async ({ customerId, params, body }) => {
        const me = (await identity.customersById([customerId])).get(customerId);
        const [found] = await db.query("SELECT * FROM merchants.member WHERE id = $1", [params.memberId]);
        const invited = found && rows.toMember(found);
        // An invitation is to an address: who signs in with another one learns nothing of it.
        const isMine =
          invited?.customerId === customerId ||
          (me !== undefined && invited?.email === normalAddress(me.email));
        if (invited === undefined || !isMine) throw new Refusal("request.not_found");
        return desk.change(invited.merchantId, undefined, async (merchant) => {
          requireOpen(merchant);
          const team = await desk.membersOf(invited.merchantId);
          const member = team.find(({ id }) => id === invited.id);
          const isOver = member?.expiresAt === null || (member && member.expiresAt <= clock.now());
          if (member === undefined || member.status !== "invited" || isOver)
            throw new Refusal("merchant.invitation_over");
          if (team.some((other) => other.status === "active" && other.customerId === customerId))
            throw new Refusal("merchant.invitation_over");
          const answered: MemberRecord = {
            ...member,
            customerId: body.accept ? customerId : null,
            status: body.accept ? "active" : "refused",
            email: null,
            version: member.version + 1,
          };
          return {
            rows: [rows.member(answered)],
            record: {
              what: body.accept ? "member_joined" : "invitation_refused",
              byId: customerId,
              detail: member.id,
            },
            answer: () => ({ merchantId: invited.merchantId, accepted: body.accept }),
          };
        });
      }),
    ],
  };
}
