import type { Staff } from "@jinqiao/contract";
import * as contract from "@jinqiao/contract";
import { type Id, isId } from "@jinqiao/money";
import { assert, Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { AccessReasons } from "./access-reasons.ts";
import type { Approvals } from "./approvals.ts";
import type { Core } from "./core.ts";
import { maskEmail, maskName, normalEmail } from "./names.ts";
import * as sql from "./sql.ts";
import { members } from "./staff.ts";
import { registerStaffProposals } from "./staff-proposals.ts";

export type DeskDeps = Core & { approvals: Approvals; access: AccessReasons };

/** What staff do about customers and about each other: looking with a reason, freezing, and what two people decide. */
export function staffDeskRoutes(deps: DeskDeps): RouteHandler[] {
  const { db, vault, audit, approvals, access, freezes } = deps;
  registerStaffProposals(deps);

  /** @throws Refusal `request.not_found` */
  async function customer(id: string): Promise<sql.CustomerRow> {
    const [row] = isId("cus", id) ? await sql.selectCustomers(db, vault, [id]) : [];
    if (row === undefined) throw new Refusal("request.not_found");
    return row;
  }
  const proposalOf = (staff: Staff, id: Id<"prp">) => approvals.byId(staff, id);

  return [
    handle(contract.findCustomer, async ({ staff, body, clientIp }) => {
      const found =
        "email" in body
          ? await sql.selectCustomerByEmail(db, vault, normalEmail(body.email))
          : (await sql.selectCustomers(db, vault, [body.customerId]))[0];
      await db.transaction((tx) =>
        audit.record(tx, {
          actor: { kind: "staff", id: staff.id },
          action: "customer.searched",
          ...(found ? { subject: found.id } : {}),
          outcome: found ? "done" : "refused",
          from: clientIp,
          details: { by: "email" in body ? "email" : "id" },
        }),
      );
      if (found === undefined) throw new Refusal("request.not_found");
      return {
        customerId: found.id,
        nameMasked: maskName(found.display_name),
        emailMasked: maskEmail(found.email),
      };
    }),
    handle(contract.giveAccessReason, async ({ staff, params, body, clientIp }) => {
      const { id } = await customer(params.customerId);
      return { until: (await access.give(staff, id, body, clientIp)).toISOString() };
    }),
    handle(contract.getConsoleCustomer, async ({ staff, params, clientIp }) => {
      const row = await customer(params.customerId);
      const until = await access.require(staff, row.id);
      await db.transaction((tx) =>
        audit.record(tx, {
          actor: { kind: "staff", id: staff.id },
          action: "customer.viewed",
          subject: row.id,
          from: clientIp,
        }),
      );
      return { ...(await customerView(deps, row)), until: until.toISOString() };
    }),
    handle(contract.freezeCustomer, async ({ staff, params, body, clientIp }) => {
      const { id: customerId } = await customer(params.customerId);
      await access.require(staff, customerId);
      const id = await db.transaction((tx) =>
        freezes.freeze(tx, {
          customerId,
          scope: body.scope,
          bindingId: body.bindingId,
          by: "staff",
          reason: body.reason,
          note: body.note,
          staffId: staff.id,
          from: clientIp,
        }),
      );
      const freeze = await freezes.byId(id);
      assert(freeze, "a freeze that was set can be read");
      return freeze;
    }),
    handle(contract.proposeUnfreeze, async ({ staff, params, body }) => {
      const freeze = await freezes.byId(params.freezeId);
      if (freeze === undefined || freeze.customerId !== params.customerId)
        throw new Refusal("request.not_found");
      await access.require(staff, freeze.customerId);
      const { action, reason } = body;
      if (freeze.endedAt !== null) throw new Refusal("freeze.ended");
      if (action === "refuse_appeal" && freeze.appeal?.status !== "open")
        throw new Refusal("request.not_found");
      const id = await db.transaction((tx) =>
        approvals.propose(tx, staff, {
          kind: action === "lift" ? "freeze.lift" : "appeal.refuse",
          matter: freeze.id,
          customerId: freeze.customerId,
          reason,
          input: {
            freezeId: freeze.id,
            scope: freeze.scope,
            reason: freeze.reason,
            answer: body.answer || reason,
          },
        }),
      );
      return proposalOf(staff, id);
    }),
    handle(contract.listAppeals, async ({ staff }) => {
      const items = await freezes.appealed();
      const open = await access.openTo(
        staff.id,
        items.map(({ customerId }) => customerId),
      );
      // In an appeal people say who they are and what happened to them.
      const hidden = (freeze: (typeof items)[number]) => ({
        ...freeze,
        appeal: freeze.appeal && { ...freeze.appeal, text: "" },
      });
      return {
        items: items.map((freeze) => (open.has(freeze.customerId) ? freeze : hidden(freeze))),
        nextCursor: null,
      };
    }),
    handle(contract.listDataAccess, async ({ customerId }) => ({
      items: await access.toldTo(customerId),
      nextCursor: null,
    })),

    handle(contract.listProposals, async ({ staff, query }) => ({
      items: await approvals.list(staff, query.status),
      nextCursor: null,
    })),
    handle(contract.approveProposal, ({ staff, params, clientIp }) =>
      approvals.approve(staff, params.proposalId, clientIp),
    ),
    handle(contract.rejectProposal, ({ staff, params, body, clientIp }) =>
      approvals.reject(staff, params.proposalId, body.answer, clientIp),
    ),
    handle(contract.withdrawProposal, ({ staff, params, clientIp }) =>
      approvals.withdraw(staff, params.proposalId, clientIp),
    ),

    handle(contract.listStaff, async () => ({ items: await members(db, vault), nextCursor: null })),
    handle(contract.proposeStaffMember, async ({ staff, body }) => {
      const email = normalEmail(body.email);
      if ((await sql.selectStaffByEmail(db, vault, email)) !== undefined)
        throw new Refusal("staff.email_taken");
      const id = await db.transaction((tx) =>
        approvals.propose(tx, staff, {
          kind: "staff.invite",
          matter: vault.blindIndex({ table: "identity.staff", column: "email" }, email).toString("base64url"),
          reason: body.reason,
          input: { email, displayName: body.displayName, role: body.role },
        }),
      );
      return proposalOf(staff, id);
    }),
    handle(contract.proposeStaffRole, async ({ staff, params, body }) => {
      const row = await sql.selectStaffById(db, vault, params.staffId);
      if (row === undefined) throw new Refusal("request.not_found");
      const id = await db.transaction((tx) =>
        approvals.propose(tx, staff, {
          kind: "staff.role",
          matter: row.id,
          reason: body.reason,
          input: { staffId: row.id, name: row.display_name, from: row.role, to: body.role },
        }),
      );
      return proposalOf(staff, id);
    }),
  ];
}

/** What a colleague at the desk may see of a customer. */
async function customerView(
  { db, passkeys, freezes, access, devices, factors }: DeskDeps,
  row: sql.CustomerRow,
) {
  const [known, browsers, standing, looks, methods, [credentials]] = await Promise.all([
    passkeys.list({ customerId: row.id }),
    devices.list(row.id, null),
    freezes.listOf(row.id),
    access.of(row.id),
    factors.methodsOf(row.id),
    db.query<{ password: boolean }>(
      "SELECT password_hash IS NOT NULL AS password FROM identity.customer WHERE id = $1",
      [row.id],
    ),
  ]);
  return {
    id: row.id,
    displayName: row.display_name,
    emailMasked: maskEmail(row.email),
    phoneMasked: methods.find(({ kind }) => kind === "sms")?.masked ?? null,
    locale: row.locale,
    createdAt: row.created_at.toISOString(),
    passkeys: known.length,
    passwordSet: credentials?.password ?? false,
    devices: browsers.map(({ name, firstSeenAt, lastSeenAt }) => ({ name, firstSeenAt, lastSeenAt })),
    freezes: standing,
    looks,
  };
}
