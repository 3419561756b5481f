import { randomUUID } from "node:crypto";
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
  opened_by_id: string | null;
  /** Name of who opened it, where an earlier release kept that; so for what follows. */
  opened_by: string | null;
  opened_at: Date;
};
export type StepRow = { step: Step; owner: string | null; due_on: string | null; closed_at: Date | null };
type By<Name extends string> = { [Key in `${Name}_id` | Name]: string | null };
export type EvidenceRow = Evidence & { id: Id<"evd">; title: string; sha256: string } & By<"added_by">;
export type SignOffRow = { step: Step; staff_id: string; at: Date };
/** What was done to a workspace. */
export type Done = "opened" | "changed" | "evidence" | "signed_off" | "reopened";
export type RecordRow = { step: Step | null; what: Done; detail: string | null; at: Date } & By<"by">;

const workspaceData = {
  table: "onboarding.workspace",
  id: "id",
  columns: ["facts", "opened_by"],
} as const satisfies PersonalTable;
const evidenceData = {
  table: "onboarding.evidence",
  id: "id",
  columns: ["content", "title", "added_by"],
} as const satisfies PersonalTable;
const stepData = {
  table: "onboarding.step",
  id: "row_id",
  columns: ["owner"],
} as const satisfies PersonalTable;
const recordData = {
  table: "onboarding.record",
  id: "row_id",
  columns: ["detail", "by"],
} as const satisfies PersonalTable;
/** Where this module keeps personal data, and what staff write, sealed. */
export const onboardingData: readonly PersonalTable[] = [workspaceData, evidenceData, stepData, recordData];

const sealedFacts = (vault: Vault, id: string, facts: OnboardingFacts): string =>
  personalData(vault, workspaceData).seal("facts", { id }, JSON.stringify(facts));

type SealedEvidenceRow = Omit<EvidenceRow, "content" | "title" | "added_by"> & {
  content_sealed: string;
  title_sealed: string;
  added_by_sealed: string | null;
};
type SealedRecordRow = Omit<RecordRow, "detail" | "by"> & {
  row_id: string;
  detail_sealed: string | null;
  by_sealed: string | null;
};

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
  row: Omit<WorkspaceRow, "version" | "opened_by">,
  steps: readonly Step[],
): Promise<boolean> {
  const added = await tx.query(
    `INSERT INTO onboarding.workspace (id, bank_id, name_en, name_zh, facts_sealed, opened_by_id, opened_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (bank_id) DO NOTHING RETURNING id`,
    [
      row.id,
      row.bank_id,
      row.name_en,
      row.name_zh,
      sealedFacts(vault, row.id, row.facts),
      row.opened_by_id,
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
  const [found] = await db.query<
    Omit<WorkspaceRow, "facts" | "opened_by"> & { facts_sealed: string; opened_by_sealed: string | null }
  >(`SELECT * FROM onboarding.workspace WHERE id = $1${options.lock ? " FOR UPDATE" : ""}`, [id]);
  if (found === undefined) return undefined;
  const { facts_sealed, opened_by_sealed, ...row } = found;
  const of = <Row extends object>(text: string) => db.query<Row>(text, [id]);
  const about = personalData(vault, workspaceData);
  const paper = personalData(vault, evidenceData);
  const task = personalData(vault, stepData);
  const done = personalData(vault, recordData);
  const papers = await of<SealedEvidenceRow>(
    `SELECT id, step, kind, title_sealed, content_sealed, sha256, added_by_id, added_by_sealed, added_at FROM onboarding.evidence
      WHERE workspace_id = $1 ORDER BY added_at, id`,
  );
  return {
    ...row,
    facts: JSON.parse(about.open("facts", { id }, facts_sealed, "{}")),
    opened_by: about.open("opened_by", { id }, opened_by_sealed, null),
    steps: (
      await of<Omit<StepRow, "owner"> & { row_id: string; owner_sealed: string | null }>(
        "SELECT row_id, step, owner_sealed, due_on, closed_at FROM onboarding.step WHERE workspace_id = $1",
      )
    ).map(({ row_id, owner_sealed, ...step }) => ({
      ...step,
      owner: task.open("owner", { id: row_id }, owner_sealed, null),
    })),
    evidence: papers.map(({ content_sealed, title_sealed, added_by_sealed, ...row }) => ({
      ...row,
      content: paper.open("content", row, content_sealed, ""),
      title: paper.open("title", row, title_sealed, ""),
      added_by: paper.open("added_by", row, added_by_sealed, null),
    })),
    signOffs: await of<SignOffRow>(
      "SELECT step, staff_id, at FROM onboarding.sign_off WHERE workspace_id = $1 ORDER BY at",
    ),
    record: (
      await of<SealedRecordRow>(
        `SELECT row_id, step, what, detail_sealed, by_id, by_sealed, at FROM onboarding.record
          WHERE workspace_id = $1 ORDER BY id DESC LIMIT 200`,
      )
    ).map(({ row_id, detail_sealed, by_sealed, ...row }) => ({
      ...row,
      detail: done.open("detail", { id: row_id }, detail_sealed, null),
      by: done.open("by", { id: row_id }, by_sealed, null),
    })),
  };
}

/** Stores changed facts and counts the version up. */
export async function touch(tx: Queryable, vault: Vault, id: string, facts: OnboardingFacts): Promise<void> {
  await tx.query("UPDATE onboarding.workspace SET facts_sealed = $2, version = version + 1 WHERE id = $1", [
    id,
    sealedFacts(vault, id, facts),
  ]);
}

export async function updateStep(tx: Queryable, vault: Vault, id: string, row: StepRow): Promise<void> {
  const owner = personalData(vault, stepData).seal("owner", { id: `${id} ${row.step}` }, row.owner);
  await tx.query(
    "UPDATE onboarding.step SET owner_sealed = $3, due_on = $4, closed_at = $5 WHERE workspace_id = $1 AND step = $2",
    [id, row.step, owner, row.due_on, row.closed_at],
  );
}

export async function insertEvidence(
  tx: Queryable,
  vault: Vault,
  id: string,
  row: Omit<EvidenceRow, "added_by">,
): Promise<void> {
  const data = personalData(vault, evidenceData);
  await tx.query(
    `INSERT INTO onboarding.evidence
       (id, workspace_id, step, kind, title_sealed, content_sealed, sha256, added_by_id, added_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      row.id,
      id,
      row.step,
      row.kind,
      data.seal("title", row, row.title),
      data.seal("content", row, row.content),
      row.sha256,
      row.added_by_id,
      row.added_at,
    ],
  );
}

export async function insertSignOff(tx: Queryable, id: string, row: SignOffRow): Promise<void> {
  await tx.query(
    "INSERT INTO onboarding.sign_off (workspace_id, step, staff_id, at) VALUES ($1, $2, $3, $4)",
    [id, row.step, row.staff_id, row.at],
  );
}

export async function deleteSignOffs(tx: Queryable, id: string, steps: readonly Step[]): Promise<void> {
  await tx.query("DELETE FROM onboarding.sign_off WHERE workspace_id = $1 AND step = ANY ($2)", [id, steps]);
}

export async function insertRecord(
  tx: Queryable,
  vault: Vault,
  id: string,
  row: Omit<RecordRow, "by">,
): Promise<void> {
  const rowId = randomUUID();
  const detail = personalData(vault, recordData).seal("detail", { id: rowId }, row.detail);
  await tx.query(
    `INSERT INTO onboarding.record (row_id, workspace_id, step, what, detail_sealed, by_id, at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [rowId, id, row.step, row.what, detail, row.by_id, row.at],
  );
}
