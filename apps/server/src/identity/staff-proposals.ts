import type { FreezeReason, FreezeScope, Staff } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import { Refusal } from "../platform/errors.ts";
import * as sql from "./sql.ts";
import { changeRole } from "./staff.ts";
import type { DeskDeps } from "./staff-desk.ts";
import { inviteStaff } from "./staff-sign-in.ts";

const words = {
  freeze: { en: "Freeze", zh: "冻结" },
  frozen: { en: "Frozen", zh: "冻结对象" },
  answer: { en: "Answer to the customer", zh: "给客户的答复" },
  person: { en: "Person", zh: "人员" },
  roleNow: { en: "Role now", zh: "现任角色" },
  roleThen: { en: "Role then", zh: "新角色" },
  email: { en: "E-mail", zh: "邮箱" },
};

const scopes: Record<FreezeScope, { en: string; zh: string }> = {
  payments: { en: "Payments", zh: "付款" },
  sign_in: { en: "Signing in", zh: "登录" },
  card: { en: "A card", zh: "银行卡" },
};
const roles: Record<Staff["role"], { en: string; zh: string }> = {
  operations: { en: "Operations", zh: "运营人员" },
  viewer: { en: "Viewer", zh: "查看人员" },
  support: { en: "Support", zh: "客服人员" },
  compliance: { en: "Compliance", zh: "合规人员" },
  security: { en: "Security", zh: "安全人员" },
  administrator: { en: "Administrator", zh: "管理员" },
};
/** What people wrote or were given is the same in every language. */
const same = (text: string) => ({ en: text, zh: text });

type Unfreeze = { freezeId: string; scope: FreezeScope; reason: FreezeReason; answer: string };

/** The kinds of proposals that this module has; others register theirs with the same `approvals`. */
export function registerStaffProposals(deps: DeskDeps): void {
  const { approvals, freezes, audit, vault, ids, clock } = deps;
  const factsOf = ({ freezeId, scope, answer }: Unfreeze) => [
    { label: words.freeze, value: same(freezeId) },
    { label: words.frozen, value: scopes[scope] },
    { label: words.answer, value: same(answer) },
  ];

  approvals.register<Unfreeze>({
    kind: "freeze.lift",
    permission: "freezes.lift",
    describe: (input) => ({ title: { en: "Lift a freeze", zh: "解除冻结" }, facts: factsOf(input) }),
    async execute(tx, { freezeId, answer }, { approvedBy }) {
      const appealed = await tx.query(
        "SELECT id FROM identity.appeal WHERE freeze_id = $1 AND status = 'open'",
        [freezeId],
      );
      if (appealed.length > 0)
        await freezes.decideAppeal(tx, freezeId, { accepted: true, answer, staffId: approvedBy });
      else await freezes.lift(tx, freezeId, { kind: "staff", id: approvedBy });
    },
  });
  approvals.register<Unfreeze>({
    kind: "appeal.refuse",
    permission: "freezes.lift",
    describe: (input) => ({
      title: { en: "Refuse an appeal: the freeze stays", zh: "驳回申诉：维持冻结" },
      facts: factsOf(input),
    }),
    execute: (tx, { freezeId, answer }, { approvedBy }) =>
      freezes.decideAppeal(tx, freezeId, { accepted: false, answer, staffId: approvedBy }),
  });
  approvals.register<{ staffId: string; name: string; from: Staff["role"]; to: Staff["role"] | null }>({
    kind: "staff.role",
    permission: "staff.change",
    describe: ({ name, from, to }) => ({
      title:
        to === null
          ? { en: "A member of staff leaves", zh: "工作人员离任" }
          : { en: "Another role for a member of staff", zh: "变更工作人员角色" },
      facts: [
        { label: words.person, value: same(name) },
        { label: words.roleNow, value: roles[from] },
        { label: words.roleThen, value: to === null ? same("—") : roles[to] },
      ],
    }),
    async execute(tx, { staffId, to }, { approvedBy }) {
      // Nobody makes themselves more than they are with the help of one other person's signature.
      if (staffId === approvedBy) throw new Refusal("staff.second_person_needed");
      await changeRole(tx, staffId, { role: to, at: clock.now() });
      await audit.record(tx, {
        actor: { kind: "staff", id: approvedBy },
        action: to === null ? "staff.left" : "staff.role_changed",
        subject: staffId,
        details: { role: to },
      });
    },
  });
  approvals.register<{ email: string; displayName: string; role: Staff["role"] }>({
    kind: "staff.invite",
    permission: "staff.change",
    describe: ({ email, displayName, role }) => ({
      title: { en: "A new member of staff", zh: "新增工作人员" },
      facts: [
        { label: words.person, value: same(displayName) },
        { label: words.email, value: same(email) },
        { label: words.roleThen, value: roles[role] },
      ],
    }),
    async execute(tx, { email, displayName, role }, { approvedBy }) {
      const id: Id<"stf"> = ids.next("stf");
      const row = { id, email, display_name: displayName, role, password_hash: null };
      if (!(await sql.insertStaff(tx, vault, row, clock.now()))) throw new Refusal("staff.email_taken");
      await inviteStaff(tx, deps, { id, role });
      await audit.record(tx, {
        actor: { kind: "staff", id: approvedBy },
        action: "staff.invited",
        subject: id,
        details: { role },
      });
    },
  });
}
