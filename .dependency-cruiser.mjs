// The layering of docs/ARCHITECTURE.md, held by `npm run check` and by test/checks.test.ts.

/** Modules of the server, lowest first: each may import only those before it. */
const serverModules = [
  "platform",
  "vault",
  "ledger",
  "identity",
  "banks",
  "compliance",
  "risk",
  "payments",
  "merchants",
  "settlement",
  "credentials",
  "marketplace",
  "rewards",
  "insights",
  "support",
  "developers",
  "notifications",
  "onboarding",
  "console",
];

/** Tests and their helpers may reach anywhere. */
const tests = "\\.test\\.tsx?$|/testing/";

const upward = serverModules.slice(0, -1).map((name, index) => ({
  name: `${name}-imports-nothing-above-it`,
  comment: "A module imports only modules below it; upward go events, through the outbox.",
  severity: "error",
  from: { path: `^apps/server/src/${name}/`, pathNot: tests },
  to: { path: `^apps/server/src/(${serverModules.slice(index + 1).join("|")})/` },
}));

export default {
  forbidden: [
    ...upward,
    {
      name: "server-folders-are-in-the-order",
      comment: "A new module first gets its place in the array above.",
      severity: "error",
      from: { path: "^apps/server/src/" },
      to: { path: "^apps/server/src/[^/]+/", pathNot: `^apps/server/src/(${serverModules.join("|")})/` },
    },
    {
      name: "only-the-index",
      comment: "A module's index.ts is its only public file.",
      severity: "error",
      from: { path: "^apps/server/src/([^/]+)/", pathNot: tests },
      to: {
        path: `^apps/server/src/(${serverModules.filter((name) => name !== "platform").join("|")})/`,
        pathNot: "^apps/server/src/$1/|^apps/server/src/[^/]+/index\\.ts$",
      },
    },
    {
      name: "nobody-imports-the-composition-root",
      severity: "error",
      from: { path: "^apps/server/src/[^/]+/", pathNot: tests },
      to: { path: "^apps/server/src/main\\.ts$" },
    },
    {
      name: "pages-hold-no-server-code",
      severity: "error",
      from: { path: "^(apps/(wallet|console)|packages/ui)/" },
      to: { path: "^apps/(server|sandbox-bank|cli)/" },
    },
    {
      name: "wallet-and-console-stay-apart",
      severity: "error",
      from: { path: "^apps/(wallet|console)/" },
      to: { path: "^apps/(wallet|console)/", pathNot: "^apps/$1/" },
    },
    {
      name: "packages-import-no-app",
      severity: "error",
      from: { path: "^packages/", pathNot: tests },
      to: { path: "^apps/" },
    },
    {
      name: "the-bank-shares-nothing-with-us",
      comment:
        "One mistake must not hide on both sides, so the sandbox bank has its own parsing and building.",
      severity: "error",
      from: { path: "^apps/sandbox-bank/src/", pathNot: tests },
      to: { path: "^(apps|packages)/", pathNot: "^(apps/sandbox-bank|packages/money)/" },
    },
    {
      name: "we-share-nothing-with-the-bank",
      severity: "error",
      from: { path: "^apps/server/src/", pathNot: tests },
      to: { path: "^apps/sandbox-bank/" },
    },
    {
      name: "product-imports-no-test",
      severity: "error",
      from: { path: "^(apps|packages)/", pathNot: tests },
      to: { path: "^test/" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(node_modules|dist|generated)/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".js", ".mjs"],
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "default"],
    },
  },
};
