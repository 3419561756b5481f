import * as contract from "@jinqiao/contract";
import { type ErasureObstacle, eraseCustomer, erasureObstacles } from "../erasure.ts";
import type { Identity } from "../identity/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db, Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { emit, type Subscriptions } from "../platform/events.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { JobHandlers } from "../platform/jobs.ts";
import type { OpenVault } from "../vault/index.ts";

export type TwoPeopleDeps = {
  db: Db;
  clock: Clock;
  subscriptions: Subscriptions;
  vault: Pick<OpenVault, "keys" | "rotate" | "shred" | "reseal">;
  identity: Pick<Identity, "approvals" | "audit" | "customersById" | "looks">;
};

const rotateTask = "console.rotate_keys";
const eraseTask = "console.erase_customer";
/** What one proposal led to is written once, however often its job runs. */
const forever = 100 * 365 * 86_400_000;

type Approved = { approvedBy: string; approvedAt: string };

/**
 * New data keys, and erasing a customer: one person proposes, another one approves. Both touch more than one
 * transaction can hold, so that approving stores a job with the decision, and the job may run again at any point.
 */
export function createTwoPeople(deps: TwoPeopleDeps): { routes: RouteHandler[]; jobs: JobHandlers } {
  const { db, clock, vault } = deps;
  const { approvals, audit, looks } = deps.identity;

  const then = (tx: Tx, task: string, subject: string, approvedBy: string, payload = {}) => {
    const approved: Approved = { approvedBy, approvedAt: clock.now().toISOString() };
    const key = `${task}/${subject}/${approved.approvedAt}`;
    return emit(tx, deps.subscriptions, [], [{ task, payload: { ...approved, ...payload }, key }]);
  };
  const obstaclesOf = (customerId: string) => erasureObstacles(db, customerId, { now: clock.now() });

  approvals.register<Record<string, never>>({
    kind: "keys.rotate",
    permission: "keys.change",
    describe: () => ({
      title: { en: "New data keys for the vault", zh: "为保险库更换数据密钥" },
      facts: [
        {
          label: { en: "What happens", zh: "执行内容" },
          value: {
            en: "Every table gets a new key. Servers go on; what older keys sealed is sealed again within hours.",
            zh: "每张数据表启用新密钥，服务不中断；旧密钥加密的数据将在数小时内重新加密。",
          },
        },
      ],
    }),
    execute: (tx, _input, { approvedBy }) => then(tx, rotateTask, "keys", approvedBy),
  });
  approvals.register<{ customerId: string }>({
    kind: "customer.erase",
    permission: "customers.erase",
    describe: ({ customerId }) => ({
      title: { en: "Erase a customer's personal data for good", zh: "永久删除客户的个人数据" },
      facts: [
        { label: { en: "Customer", zh: "客户" }, value: { en: customerId, zh: customerId } },
        {
          label: { en: "What happens", zh: "执行内容" },
          value: {
            en: "The customer's own key is destroyed. The books stay, without a name. It cannot be undone.",
            zh: "销毁该客户的专用密钥；账簿保留，但不再含有姓名。此操作无法撤销。",
          },
        },
      ],
    }),
    async execute(tx, { customerId }, { approvedBy }) {
      const now = clock.now();
      if ((await erasureObstacles(tx, customerId, { now })).length > 0)
        throw new Refusal("customer.not_erasable");
      await then(tx, eraseTask, customerId, approvedBy, { customerId });
    },
  });

  async function rotate(approved: Approved): Promise<void> {
    const { dataKeys } = await vault.keys();
    const decidedAt = new Date(approved.approvedAt);
    const classes = new Set(dataKeys.filter(({ status }) => status === "active").map((key) => key.class));
    for (const name of classes) {
      const isDone = dataKeys.some((key) => key.class === name && key.createdAt >= decidedAt);
      if (!isDone) await vault.rotate({ class: name });
    }
    await db.transaction((tx) =>
      audit.recordOnce(
        tx,
        {
          actor: { kind: "staff", id: approved.approvedBy },
          action: "keys.rotated",
          subject: `keys:${approved.approvedAt}`,
          details: { keys: String(classes.size) },
        },
        forever,
      ),
    );
  }

  async function erase(approved: Approved, customerId: string): Promise<void> {
    const [obstacle] = await obstaclesOf(customerId);
    if (obstacle?.code === "already_erased") return;
    if (obstacle === undefined) {
      // What was sealed before there were keys per person is bound to the person first, or it would stay readable.
      const { failed } = await vault.reseal.run({ subject: customerId });
      if (failed.length > 0)
        throw new Error(`${failed.length} values of ${customerId} do not open, so nothing was erased`);
    }
    await db.transaction(async (tx) => {
      await tx.query("SELECT FROM identity.customer WHERE id = $1 FOR UPDATE", [customerId]);
      const [meanwhile] = await erasureObstacles(tx, customerId, { now: clock.now() });
      if (meanwhile === undefined) await eraseCustomer(tx, { vault, clock }, customerId);
      if (meanwhile?.code === "already_erased") return;
      await audit.record(tx, {
        actor: { kind: "staff", id: approved.approvedBy },
        action: "customer.erased",
        subject: customerId,
        outcome: meanwhile === undefined ? "done" : "refused",
        details: { obstacle: meanwhile?.code ?? null },
      });
    });
  }

  return {
    routes: [
      handle(contract.proposeKeyRotation, async ({ staff, body }) => {
        const id = await db.transaction((tx) =>
          approvals.propose(tx, staff, {
            kind: "keys.rotate",
            matter: "keys",
            reason: body.reason,
            input: {},
          }),
        );
        return approvals.byId(staff, id);
      }),
      handle(contract.getErasureObstacles, async ({ staff, params }) => {
        await looks.require(staff, params.customerId);
        return { items: (await obstaclesOf(params.customerId)).map(obstacleView), nextCursor: null };
      }),
      handle(contract.proposeErasure, async ({ staff, params: { customerId }, body }) => {
        await looks.require(staff, customerId);
        if ((await obstaclesOf(customerId)).length > 0) throw new Refusal("customer.not_erasable");
        const id = await db.transaction((tx) =>
          approvals.propose(tx, staff, {
            kind: "customer.erase",
            matter: customerId,
            customerId,
            reason: body.reason,
            input: { customerId },
          }),
        );
        return approvals.byId(staff, id);
      }),
    ],
    jobs: {
      [rotateTask]: (payload) => rotate(payload as Approved),
      [eraseTask]: (payload) => erase(payload as Approved, String(payload.customerId)),
    },
  };
}

function obstacleView(obstacle: ErasureObstacle): contract.ErasureObstacleView {
  switch (obstacle.code) {
    case "money":
      return { code: obstacle.code, count: obstacle.accounts, at: null };
    case "open_payments":
      return { code: obstacle.code, count: obstacle.payments, at: null };
    case "bank_access":
      return { code: obstacle.code, count: obstacle.consents, at: null };
    case "merchants":
      return { code: obstacle.code, count: obstacle.merchants, at: null };
    case "retention":
      return { code: obstacle.code, count: null, at: obstacle.until.toISOString() };
    case "already_erased":
      return { code: obstacle.code, count: null, at: obstacle.at.toISOString() };
    case "not_found":
      throw new Refusal("request.not_found");
  }
}
