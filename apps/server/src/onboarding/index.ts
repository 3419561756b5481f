import { createHash } from "node:crypto";
import * as contract from "@jinqiao/contract";
import type { z } from "zod";
import { namesOfWhoDid } from "../identity/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db, Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { Ids } from "../platform/ids.ts";
import type { ModuleMigrations } from "../platform/migrations.ts";
import type { Vault } from "../vault/index.ts";
import { checksOf, noFacts, reportFrom, type Step } from "./checks.ts";
import * as sql from "./sql.ts";

export { onboardingData } from "./sql.ts";

export const onboardingMigrations: ModuleMigrations = {
  module: "onboarding",
  folder: new URL("./migrations/", import.meta.url),
};

export type OnboardingDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  /** Last day of our first certificate to end at a bank that is configured already; a workspace opens with it. */
  certificateEndsOn?: (bankId: string) => string | null;
};

/**
 * How a bank is taken in before it may hold a customer's money: five steps in their order, each with facts, evidence and
 * checks, each closed by the signatures of two people. It keeps the record and decides nothing about money.
 */
export function createOnboarding(deps: OnboardingDeps): { routes: RouteHandler[] } {
  const { db, clock, ids, vault } = deps;
  const steps = contract.onboardingSteps;
  const today = (): string => clock.now().toISOString().slice(0, 10);

  async function view(workspace: sql.Workspace): Promise<z.input<typeof contract.Onboarding>> {
    const { facts } = workspace;
    const nameOf = await namesOfWhoDid(db, vault, [
      workspace.opened_by_id,
      ...workspace.evidence.map((one) => one.added_by_id),
      ...workspace.signOffs.map((one) => one.staff_id),
      ...workspace.record.map((one) => one.by_id),
    ]);
    const launched = workspace.steps.find(({ step }) => step === "launch")?.closed_at ?? null;
    return {
      id: workspace.id,
      bankId: workspace.bank_id,
      name: { en: workspace.name_en, zh: workspace.name_zh },
      openedBy: nameOf(workspace.opened_by_id) ?? workspace.opened_by ?? "",
      openedAt: workspace.opened_at.toISOString(),
      launchedAt: launched?.toISOString() ?? null,
      version: workspace.version,
      facts,
      steps: steps.map((step) => {
        const row = rowOf(workspace, step);
        return {
          step,
          closedAt: row.closed_at?.toISOString() ?? null,
          owner: row.owner,
          dueOn: row.due_on,
          checks: checksOf(step, facts, workspace.evidence, today()),
          evidence: workspace.evidence
            .filter((one) => one.step === step)
            .map((one) => ({
              id: one.id,
              kind: one.kind as (typeof contract.evidenceKinds)[number],
              title: one.title,
              sha256: one.sha256,
              addedBy: nameOf(one.added_by_id) ?? one.added_by ?? "",
              addedAt: one.added_at.toISOString(),
            })),
          signOffs: workspace.signOffs
            .filter((one) => one.step === step)
            .map((one) => ({ by: nameOf(one.staff_id) ?? "", at: one.at.toISOString() })),
        };
      }),
      record: workspace.record.map(({ by_id, by, at, ...one }) => ({
        ...one,
        by: nameOf(by_id) ?? by ?? "",
        at: at.toISOString(),
      })),
    };
  }

  async function read(id: string): Promise<z.input<typeof contract.Onboarding>> {
    const workspace = await sql.findWorkspace(db, vault, id);
    if (workspace === undefined) throw new Refusal("request.not_found");
    return view(workspace);
  }

  /** One change by one person, with its line in the record; a closed step takes none. */
  async function change(
    input: {
      staff: contract.Staff;
      id: string;
      step: Step;
      what: sql.Done;
      detail?: string;
      version?: number;
      mayBeClosed?: boolean;
    },
    work: (
      tx: Tx,
      workspace: sql.Workspace,
      row: sql.StepRow,
    ) => Promise<contract.OnboardingFacts | undefined>,
  ): Promise<z.input<typeof contract.Onboarding>> {
    await db.transaction(async (tx) => {
      const workspace = await sql.findWorkspace(tx, vault, input.id, { lock: true });
      if (workspace === undefined) throw new Refusal("request.not_found");
      if (input.version !== undefined && input.version !== workspace.version)
        throw new Refusal("onboarding.changed_meanwhile");
      const row = rowOf(workspace, input.step);
      if (row.closed_at !== null && !input.mayBeClosed) throw new Refusal("onboarding.step_closed");
      const facts = await work(tx, workspace, row);
      await sql.touch(tx, vault, workspace.id, facts ?? workspace.facts);
      await sql.insertRecord(tx, vault, workspace.id, {
        step: input.step,
        what: input.what,
        detail: input.detail ?? null,
        by_id: input.staff.id,
        at: clock.now(),
      });
    });
    return read(input.id);
  }

  return {
    routes: [
      handle(contract.listOnboardings, async () => ({
        items: await Promise.all((await sql.listIds(db)).map(read)),
      })),
      handle(contract.getOnboarding, ({ params }) => read(params.onboardingId)),
      handle(contract.openOnboarding, async ({ staff, body }) => {
        const id = ids.next("onb");
        const at = clock.now();
        await db.transaction(async (tx) => {
          const added = await sql.insertWorkspace(
            tx,
            vault,
            {
              id,
              bank_id: body.bankId,
              name_en: body.name.en,
              name_zh: body.name.zh,
              facts: {
                ...noFacts,
                nameEn: body.name.en,
                nameZh: body.name.zh,
                certificateExpiresOn: deps.certificateEndsOn?.(body.bankId) ?? null,
              },
              opened_by_id: staff.id,
              opened_at: at,
            },
            steps,
          );
          if (!added) throw new Refusal("onboarding.exists");
          await sql.insertRecord(tx, vault, id, {
            step: null,
            what: "opened",
            detail: null,
            by_id: staff.id,
            at,
          });
        });
        return read(id);
      }),
      handle(contract.changeOnboardingStep, ({ staff, params, body }) =>
        change(
          { staff, id: params.onboardingId, step: params.step, what: "changed", version: body.version },
          async (tx, workspace, row) => {
            await sql.updateStep(tx, vault, workspace.id, {
              ...row,
              owner: body.owner === undefined ? row.owner : body.owner,
              due_on: body.dueOn === undefined ? row.due_on : body.dueOn,
            });
            // Whoever signed before signed something else.
            await sql.deleteSignOffs(tx, workspace.id, [params.step]);
            return { ...workspace.facts, ...ownFacts(params.step, body.facts ?? {}) };
          },
        ),
      ),
      handle(contract.addOnboardingEvidence, ({ staff, params, body }) =>
        change(
          { staff, id: params.onboardingId, step: params.step, what: "evidence", detail: body.title },
          async (tx, workspace) => {
            if (body.kind === "certification" && reportFrom(body.content)?.bank !== workspace.bank_id)
              throw new Refusal("onboarding.report_unusable");
            await sql.insertEvidence(tx, vault, workspace.id, {
              ...body,
              id: ids.next("evd"),
              step: params.step,
              sha256: createHash("sha256").update(body.content).digest("hex"),
              added_by_id: staff.id,
              added_at: clock.now(),
            });
            await sql.deleteSignOffs(tx, workspace.id, [params.step]);
            return undefined;
          },
        ),
      ),
      handle(contract.signOffOnboardingStep, ({ staff, params, body }) =>
        change(
          { staff, id: params.onboardingId, step: params.step, what: "signed_off", version: body.version },
          async (tx, workspace, row) => {
            const { step } = params;
            const before = steps.slice(0, steps.indexOf(step));
            if (before.some((earlier) => rowOf(workspace, earlier).closed_at === null))
              throw new Refusal("onboarding.earlier_step_open");
            const checks = checksOf(step, workspace.facts, workspace.evidence, today());
            if (!checks.every(({ passed }) => passed)) throw new Refusal("onboarding.checks_fail");
            const signed = workspace.signOffs.filter((one) => one.step === step);
            if (signed.some(({ staff_id }) => staff_id === staff.id))
              throw new Refusal("onboarding.second_person_needed");
            const at = clock.now();
            await sql.insertSignOff(tx, workspace.id, {
              step,
              staff_id: staff.id,
              at,
            });
            if (signed.length > 0) await sql.updateStep(tx, vault, workspace.id, { ...row, closed_at: at });
            return undefined;
          },
        ),
      ),
      handle(contract.reopenOnboardingStep, ({ staff, params, body }) =>
        change(
          {
            staff,
            id: params.onboardingId,
            step: params.step,
            what: "reopened",
            detail: body.note,
            mayBeClosed: true,
          },
          async (tx, workspace) => {
            const opened = steps.slice(steps.indexOf(params.step));
            for (const step of opened)
              await sql.updateStep(tx, vault, workspace.id, { ...rowOf(workspace, step), closed_at: null });
            await sql.deleteSignOffs(tx, workspace.id, opened);
            return undefined;
          },
        ),
      ),
    ],
  };
}

function rowOf(workspace: sql.Workspace, step: Step): sql.StepRow {
  return workspace.steps.find((row) => row.step === step) as sql.StepRow;
}

const factsOfStep: Record<Step, readonly (keyof contract.OnboardingFacts)[]> = {
  needs: ["segments", "products", "monthlyVolume"],
  technical: ["endpoint", "credentialsHeld", "certificateExpiresOn", "capabilities"],
  legal: ["custodyAccount"],
  experience: ["nameEn", "nameZh", "colour", "supportContact"],
  launch: ["limitsRamp", "pilotCustomers", "campaign"],
};

/** A change of one step touches what is that step's own: what others signed for stays as it is. */
function ownFacts(step: Step, facts: Partial<contract.OnboardingFacts>): Partial<contract.OnboardingFacts> {
  return Object.fromEntries(
    factsOfStep[step].flatMap((name) => (facts[name] === undefined ? [] : [[name, facts[name]]])),
  );
}
