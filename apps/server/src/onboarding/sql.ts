import type { OnboardingFacts } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Queryable } from "../platform/db.ts";
import { type PersonalTable, personalData, type Vault } from "../vault/index.ts";
import type { Evidence, Step } from "./checks.ts";

export type WorkspaceRow = {
  id: Id<"onb">;
  bank_id: string;
  name_en: string;
  name_zh: string;
  facts: OnboardingFacts;
  version: number;
  opened_by: string;
  opened_at: Date;
};
export type StepRow = { step: Step; owner: string | null; due_on: string | null; closed_at: Date | null };
export type EvidenceRow = Evidence & { id: Id<"evd">; title: string; sha256: string; added_by: string };
export type SignOffRow = { step: Step; staff_id: string; staff_name: string; at: Date };
/** What was done to a workspace. */
export type Done = "opened" | "changed" | "evidence" | "signed_off" | "reopened";
export type RecordRow = { step: Step | null; what: Done; detail: string | null; by: string; at: Date };

const workspaceData = {
  table: "onboarding.workspace",
  id: "id",
  columns: ["facts"],
} as const satisfies PersonalTable;
const evidenceData = {
  table: "onboarding.evidence",
  id: "id",
  columns: ["content"],
} as const satisfies PersonalTable;
/** Where this module keeps personal data, sealed. */
export const onboardingData: readonly PersonalTable[] = [workspaceData, evidenceData];

const sealedFacts = (vault: Vault, id: string, facts: OnboardingFacts): string =>
  personalData(vault, workspaceData).seal("facts", { id }, JSON.stringify(facts));

/** One workspace with all that belongs to it. */
export type Workspace = WorkspaceRow & {
  steps: StepRow[];
  evidence: EvidenceRow[];
  signOffs: SignOffRow[];
  record: RecordRow[];
};

/** @returns false when the bank has a workspace already */
export async function insertWorkspace(
  tx: Queryable,
  vault: Vault,
  row: Omit<WorkspaceRow, "version">,
  steps: readonly Step[],
): Promise<boolean> {
  const added = await tx.query(
    `INSERT INTO onboarding.workspace (id, bank_id, name_en, name_zh, facts_sealed, opened_by, opened_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (bank_id) DO NOTHING RETURNING id`,
    [
      row.id,
      row.bank_id,
      row.name_en,
      row.name_zh,
      sealedFacts(vault, row.id, row.facts),
      row.opened_by,
      row.opened_at,
    ],
  );
  if (added.length === 0) return false;
  await tx.query("INSERT INTO onboarding.step (workspace_id, step) SELECT $1, unnest($2::text[])", [
    row.id,
    steps,
  ]);
  return true;
}

export async function listIds(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    "SELECT id FROM onboarding.workspace ORDER BY opened_at DESC, id DESC LIMIT 200",
  );
  return rows.map(({ id }) => id);
}

/** `lock`: nobody else changes it until the transaction ends. */
export async function findWorkspace(
  db: Queryable,
  vault: Vault,
  id: string,
  options: { lock?: boolean } = {},
): Promise<Workspace | undefined> {
  const [found] = await db.query<WorkspaceRow & { facts_sealed: string }>(
    `SELECT * FROM onboarding.workspace WHERE id = $1${options.lock ? " FOR UPDATE" : ""}`,
    [id],
  );
  if (found === undefined) return undefined;
  const { facts_sealed, ...row } = found;
  const of = <Row extends object>(text: string) => db.query<Row>(text, [id]);
  const papers = await of<Omit<EvidenceRow, "content"> & { content_sealed: string }>(
    `SELECT id, step, kind, title, content_sealed, sha256, added_by, added_at FROM onboarding.evidence
      WHERE workspace_id = $1 ORDER BY added_at, id`,
  );
  return {
    ...row,
    facts: JSON.parse(personalData(vault, workspaceData).open("facts", { id }, facts_sealed, "{}")),
    steps: await of<StepRow>(
      "SELECT step, owner, due_on, closed_at FROM onboarding.step WHERE workspace_id = $1",
    ),
    evidence: papers.map(({ content_sealed, ...paper }) => ({
      ...paper,
      content: personalData(vault, evidenceData).open("content", paper, content_sealed, ""),
    })),
    signOffs: await of<SignOffRow>(
      "SELECT step, staff_id, staff_name, at FROM onboarding.sign_off WHERE workspace_id = $1 ORDER BY at",
    ),
    record: await of<RecordRow>(
      "SELECT step, what, detail, by, at FROM onboarding.record WHERE workspace_id = $1 ORDER BY id DESC LIMIT 200",
    ),
  };
}

/** Stores changed facts and counts the version up. */
export async function touch(tx: Queryable, vault: Vault, id: string, facts: OnboardingFacts): Promise<void> {
  await tx.query("UPDATE onboarding.workspace SET facts_sealed = $2, version = version + 1 WHERE id = $1", [
    id,
    sealedFacts(vault, id, facts),
  ]);
}

export async function updateStep(tx: Queryable, id: string, row: StepRow): Promise<void> {
  await tx.query(
    "UPDATE onboarding.step SET owner = $3, due_on = $4, closed_at = $5 WHERE workspace_id = $1 AND step = $2",
    [id, row.step, row.owner, row.due_on, row.closed_at],
  );
}

export async function insertEvidence(
  tx: Queryable,
  vault: Vault,
  id: string,
  row: EvidenceRow,
): Promise<void> {
  await tx.query(
    `INSERT INTO onboarding.evidence (id, workspace_id, step, kind, title, content_sealed, sha256, added_by, added_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      row.id,
      id,
      row.step,
      row.kind,
      row.title,
      personalData(vault, evidenceData).seal("content", row, row.content),
      row.sha256,
      row.added_by,
      row.added_at,
    ],
  );
}

export async function insertSignOff(tx: Queryable, id: string, row: SignOffRow): Promise<void> {
  await tx.query(
    "INSERT INTO onboarding.sign_off (workspace_id, step, staff_id, staff_name, at) VALUES ($1, $2, $3, $4, $5)",
    [id, row.step, row.staff_id, row.staff_name, row.at],
  );
}

export async function deleteSignOffs(tx: Queryable, id: string, steps: readonly Step[]): Promise<void> {
  await tx.query("DELETE FROM onboarding.sign_off WHERE workspace_id = $1 AND step = ANY ($2)", [id, steps]);
}

export async function insertRecord(tx: Queryable, id: string, row: RecordRow): Promise<void> {
  await tx.query(
    "INSERT INTO onboarding.record (workspace_id, step, what, detail, by, at) VALUES ($1, $2, $3, $4, $5, $6)",
    [id, row.step, row.what, row.detail, row.by, row.at],
  );
}
