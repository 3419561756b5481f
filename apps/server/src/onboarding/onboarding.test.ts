import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestServer, type TestServer, testPassword } from "../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { manualClock } from "../platform/clock.ts";
import { createIds } from "../platform/ids.ts";
import { createVault } from "../vault/index.ts";
import { createOnboarding } from "./index.ts";

const clock = manualClock("2026-05-01T08:00:00.000Z");
let database: Awaited<ReturnType<typeof createServerDatabase>>;
let server: TestServer;
let first: string;
let second: string;
let viewer: string;

beforeAll(async () => {
  database = await createServerDatabase();
  const { routes } = createOnboarding({
    db: database.db,
    clock,
    ids: createIds(clock),
    // The key of the test server, so that names of staff open.
    vault: createVault({ masterKey: Buffer.alloc(32, 8).toString("base64") }),
  });
  server = await createTestServer(database.db, { handlers: routes });
  await server.identity.seedDemo({
    password: testPassword,
    customers: [],
    staff: [
      { email: "first@example.com", displayName: "First Person", role: "operations" },
      { email: "second@example.com", displayName: "Second Person", role: "operations" },
      { email: "viewer@example.com", displayName: "Viewer", role: "viewer" },
    ],
  });
  first = await server.staffSession("first@example.com");
  second = await server.staffSession("second@example.com");
  viewer = await server.staffSession("viewer@example.com");
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

type Workspace = {
  id: string;
  version: number;
  launchedAt: string | null;
  facts: Record<string, unknown>;
  steps: {
    step: string;
    closedAt: string | null;
    checks: { id: string; passed: boolean }[];
    signOffs: { by: string }[];
    evidence: { kind: string; sha256: string }[];
  }[];
  record: { what: string; by: string }[];
};
const base = "/v1/console/onboardings";
const ask = async (method: "GET" | "POST" | "PATCH", path: string, cookie: string, body?: unknown) => {
  const answer = await server.ask(method, `${base}${path}`, {
    cookie,
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, json: answer.json as Workspace & { code?: string } };
};
const open = async (bankId: string) =>
  (await ask("POST", "", first, { bankId, name: { en: "Meadow Bank", zh: "草原银行" } })).json;
const stepOf = (workspace: Workspace, step: string) =>
  workspace.steps.find((one) => one.step === step) as Workspace["steps"][number];
const failing = (workspace: Workspace, step: string) =>
  stepOf(workspace, step)
    .checks.filter(({ passed }) => !passed)
    .map(({ id }) => id);
const report = (bank: string, outcomes: readonly string[]) =>
  JSON.stringify({
    bank,
    dialect: "berlin-group",
    passed: outcomes.filter((one) => one === "passed").length,
    failed: outcomes.filter((one) => one === "failed").length,
    skipped: 0,
    checks: outcomes.map((outcome, index) => ({ id: `check.${index}`, outcome, detail: "" })),
  });

/** What each step needs, in the order of the steps. */
const needs: {
  step: string;
  facts: Record<string, unknown>;
  evidence: { kind: string; content?: string }[];
}[] = [
  {
    step: "needs",
    facts: {
      segments: "Retail",
      products: "Top-up, payout",
      monthlyVolume: { amount: "2500000.00", currency: "EUR" },
    },
    evidence: [],
  },
  {
    step: "technical",
    facts: {
      endpoint: "https://api.meadow.example/",
      credentialsHeld: true,
      certificateExpiresOn: "2027-05-01",
      capabilities: ["accounts", "payments"],
    },
    evidence: [{ kind: "certification", content: report("whole", ["passed", "passed"]) }],
  },
  {
    step: "legal",
    facts: { custodyAccount: "•• 4711" },
    evidence: [
      { kind: "record_keeping" },
      { kind: "disclosure" },
      { kind: "aml_kyc" },
      { kind: "data_sharing" },
    ],
  },
  {
    step: "experience",
    facts: { colour: "#0f766e", supportContact: "help@meadow.example" },
    evidence: [{ kind: "pages_preview" }, { kind: "messages" }],
  },
  {
    step: "launch",
    facts: {
      limitsRamp: [
        { from: "2026-06-01", dailyLimit: { amount: "10000.00", currency: "EUR" } },
        { from: "2026-07-01", dailyLimit: { amount: "100000.00", currency: "EUR" } },
      ],
      pilotCustomers: 200,
    },
    evidence: [],
  },
];

describe("a bank that is taken in", () => {
  it("goes through five steps, each closed by two people and no earlier than the one before", async () => {
    let workspace = await open("whole");
    expect(workspace.steps.map(({ step }) => step)).toEqual(needs.map(({ step }) => step));
    for (const [index, { step, facts, evidence }] of needs.entries()) {
      const path = `/${workspace.id}/steps/${step}`;
      expect(failing(workspace, step).length).toBeGreaterThan(0);
      expect(await ask("POST", `${path}/sign-offs`, first, { version: workspace.version })).toMatchObject({
        status: 409,
        json: { code: "onboarding.checks_fail" },
      });
      for (const { kind, content = "The signed text." } of evidence)
        workspace = (await ask("POST", `${path}/evidence`, first, { kind, title: kind, content })).json;
      workspace = (
        await ask("PATCH", path, first, { version: workspace.version, owner: "First Person", facts })
      ).json;
      expect(failing(workspace, step)).toEqual([]);
      const later = needs[index + 1]?.step;
      if (later)
        expect(
          await ask("POST", `/${workspace.id}/steps/${later}/sign-offs`, first, {
            version: workspace.version,
          }),
        ).toMatchObject({ status: 409, json: { code: "onboarding.earlier_step_open" } });

      workspace = (await ask("POST", `${path}/sign-offs`, first, { version: workspace.version })).json;
      expect(stepOf(workspace, step).closedAt).toBeNull();
      expect(await ask("POST", `${path}/sign-offs`, first, { version: workspace.version })).toMatchObject({
        status: 409,
        json: { code: "onboarding.second_person_needed" },
      });
      workspace = (await ask("POST", `${path}/sign-offs`, second, { version: workspace.version })).json;
      expect(stepOf(workspace, step)).toMatchObject({
        closedAt: expect.any(String),
        signOffs: [{ by: "First Person" }, { by: "Second Person" }],
      });
      expect(await ask("PATCH", path, first, { version: workspace.version, facts })).toMatchObject({
        status: 409,
        json: { code: "onboarding.step_closed" },
      });
    }
    expect(workspace.launchedAt).not.toBeNull();

    // What is opened again opens what followed from it.
    const reopened = (
      await ask("POST", `/${workspace.id}/steps/legal/reopenings`, second, {
        note: "The agreement was renewed.",
      })
    ).json;
    expect(reopened.steps.map(({ closedAt }) => closedAt !== null)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(stepOf(reopened, "launch").signOffs).toEqual([]);
    expect(reopened.launchedAt).toBeNull();
    expect(reopened.record[0]).toMatchObject({
      what: "reopened",
      detail: "The agreement was renewed.",
      by: "Second Person",
    });
  });

  it("loses its signatures with every change, and nobody signs what he has not seen", async () => {
    const { id } = await open("changed");
    const path = `/${id}/steps/needs`;
    const facts = needs[0]?.facts;
    let workspace = (await ask("PATCH", path, first, { version: 1, facts })).json;
    const seen = workspace.version;
    workspace = (await ask("POST", `${path}/sign-offs`, first, { version: seen })).json;
    workspace = (
      await ask("PATCH", path, second, { version: workspace.version, facts: { segments: "Business" } })
    ).json;
    expect(stepOf(workspace, "needs").signOffs).toEqual([]);
    expect(await ask("POST", `${path}/sign-offs`, second, { version: seen })).toMatchObject({
      status: 409,
      json: { code: "onboarding.changed_meanwhile" },
    });
    // A step changes only what is its own.
    workspace = (
      await ask("PATCH", path, first, { version: workspace.version, facts: { pilotCustomers: 5 } })
    ).json;
    expect(workspace.facts.pilotCustomers).toBeNull();
  });

  it.each([
    ["one that fails", "reported", ["passed", "failed"], 200, ["certification"]],
    ["one of another bank", "elsewhere", ["passed"], 422, ["certification"]],
    ["its own that passes", "reported", ["passed"], 200, []],
  ] as const)("is certified by a report: %s", async (_name, bank, outcomes, status, left) => {
    const existing = (await server.ask("GET", base, { cookie: viewer })).json as {
      items: (Workspace & { bankId: string })[];
    };
    const id = existing.items.find(({ bankId }) => bankId === "reported")?.id ?? (await open("reported")).id;
    clock.advance(1_000);
    const answer = await ask("POST", `/${id}/steps/technical/evidence`, first, {
      kind: "certification",
      title: "Report",
      content: report(bank, outcomes),
    });
    expect(answer.status).toBe(status);
    const workspace = (await ask("GET", `/${id}`, viewer)).json;
    expect(failing(workspace, "technical").filter((check) => check === "certification")).toEqual(left);
  });

  it("is certified by no report whose counts are not its own, nor by one of long ago", async () => {
    const { id } = await open("forged");
    const forged = JSON.stringify({ ...JSON.parse(report("forged", ["failed"])), failed: 0, passed: 9 });
    expect(
      await ask("POST", `/${id}/steps/technical/evidence`, first, {
        kind: "certification",
        title: "Report",
        content: forged,
      }),
    ).toMatchObject({ status: 422, json: { code: "onboarding.report_unusable" } });
    await ask("POST", `/${id}/steps/technical/evidence`, first, {
      kind: "certification",
      title: "Report",
      content: report("forged", ["passed"]),
    });
    const has = async () =>
      !failing((await ask("GET", `/${id}`, viewer)).json, "technical").includes("certification");
    expect(await has()).toBe(true);
    clock.advance(91 * 86_400_000);
    expect(await has()).toBe(false);
  });

  it("refuses what is wrong, in words, and viewers only look", async () => {
    const { id, version } = await open("wrong");
    expect(await ask("POST", "", first, { bankId: "wrong", name: { en: "A", zh: "甲" } })).toMatchObject({
      status: 409,
      json: { code: "onboarding.exists" },
    });
    expect(await ask("POST", "", first, { bankId: "No Id", name: { en: "A", zh: "甲" } })).toMatchObject({
      status: 400,
      json: { code: "request.invalid" },
    });
    expect(await ask("GET", "/onb_00000000000000000000000000", viewer)).toMatchObject({ status: 404 });
    expect(
      await ask("PATCH", `/${id}/steps/needs`, viewer, { version, facts: { segments: "x" } }),
    ).toMatchObject({ status: 403, json: { code: "identity.not_allowed" } });
    // Limits that shrink are no ramp.
    const shrinking = [
      { from: "2026-06-01", dailyLimit: { amount: "2.00", currency: "EUR" } },
      { from: "2026-07-01", dailyLimit: { amount: "1.00", currency: "EUR" } },
    ];
    const { json } = await ask("PATCH", `/${id}/steps/launch`, first, {
      version,
      facts: { limitsRamp: shrinking },
    });
    expect(failing(json, "launch")).toContain("limits_ramp");
  });

  it("keeps its record and evidence from being rewritten", async () => {
    for (const table of ["record", "evidence"])
      await expect(database.db.query(`DELETE FROM onboarding.${table}`)).rejects.toThrow(/only added to/);
    for (const change of ["title = 'x'", "sha256 = 'x'", "content = 'x'", "content_sealed = NULL"])
      await expect(database.db.query(`UPDATE onboarding.evidence SET ${change}`)).rejects.toThrow(
        /only added to/,
      );
    // Sealing it with another key is no rewriting.
    for (const column of ["content_sealed", "title_sealed"])
      await database.db.query(`UPDATE onboarding.evidence SET ${column} = ${column} || 'x'`);
    for (const change of ["by_id = 'x'", "by = 'x'", "detail_sealed = NULL", "what = 'x'", "at = now()"])
      await expect(database.db.query(`UPDATE onboarding.record SET ${change}`)).rejects.toThrow(
        /only added to/,
      );
    await database.db.query("UPDATE onboarding.record SET detail_sealed = detail_sealed || 'x'");
  });
});
