import { readFile } from "node:fs/promises";
import { getSecurityStatus, SecurityReport, type SecurityStatus } from "@jinqiao/contract";
import type { Banks } from "../banks/index.ts";
import type { Clock } from "../platform/clock.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { OpenVault } from "../vault/index.ts";

const dayMs = 86_400_000;
/** A key that seals for longer than this is to be rotated. Source: NIST SP 800-57 Part 1 Rev. 5, section 5.3.6. */
const keyLifeDays = 365;

/** Written by `npm run security`. */
const reportFile = new URL("../../../../docs/security-report.json", import.meta.url);

export type SecurityDeps = {
  clock: Clock;
  banks: Banks;
  keys: OpenVault["keys"];
  staffWithoutPasskey(): Promise<SecurityStatus["staffWithoutPasskey"]>;
};

/** The state of security on one page: what the last assessment found, and what grows old by itself. */
export function securityRoutes(deps: SecurityDeps): RouteHandler[] {
  return [
    handle(getSecurityStatus, async () => {
      const now = deps.clock.now();
      const [lastRun, keys, staffWithoutPasskey] = await Promise.all([
        readReport(),
        keysOf(deps, now),
        deps.staffWithoutPasskey(),
      ]);
      return {
        lastRun,
        openFindings: openFindings(lastRun, now),
        keys,
        certificates: certificatesOf(deps.banks, now),
        staffWithoutPasskey,
      };
    }),
  ];
}

/** The last report; null where none was made, or by another release that wrote it differently. */
async function readReport(): Promise<SecurityReport | null> {
  const text = await readFile(reportFile, "utf8").catch(() => undefined);
  if (text === undefined) return null;
  try {
    return SecurityReport.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** An acceptance ends by itself: what was accepted until yesterday is open today, without another run. */
function openFindings(report: SecurityReport | null, now: Date): number {
  const today = now.toISOString().slice(0, 10);
  return (report?.findings ?? []).filter(({ accepted }) => accepted === null || accepted.until < today)
    .length;
}

async function keysOf(deps: SecurityDeps, now: Date): Promise<SecurityStatus["keys"]> {
  const { keyEncryptionKey, dataKeys } = await deps.keys();
  const ageOf = (createdAt: Date | null) =>
    createdAt === null ? null : Math.floor((now.getTime() - createdAt.getTime()) / dayMs);
  const wrappingAge = ageOf(keyEncryptionKey.createdAt);
  return [
    {
      id: keyEncryptionKey.id,
      use: "data keys",
      status: "wrapping",
      keptBy: keyEncryptionKey.provider,
      createdAt: keyEncryptionKey.createdAt?.toISOString() ?? null,
      ageDays: wrappingAge,
      due: wrappingAge !== null && wrappingAge > keyLifeDays,
    },
    ...dataKeys.map((key) => {
      const ageDays = ageOf(key.createdAt);
      return {
        id: key.id,
        use: key.class,
        status: key.status,
        keptBy: key.provider,
        createdAt: key.createdAt.toISOString(),
        ageDays,
        // Roots of blind indexes stay: another one would have to recognise every value anew.
        due: key.status === "active" && ageDays !== null && ageDays > keyLifeDays,
      };
    }),
  ];
}

function certificatesOf(banks: Banks, now: Date): SecurityStatus["certificates"] {
  return banks
    .list()
    .flatMap(({ id }) =>
      banks.certificates(id).map(({ use, subject, validFrom, validTo, state }) => ({
        bankId: id,
        use,
        subject: subject.replaceAll("\n", ", "),
        validFrom: validFrom.toISOString(),
        validTo: validTo.toISOString(),
        daysLeft: Math.floor((validTo.getTime() - now.getTime()) / dayMs),
        state,
      })),
    )
    .sort((a, b) => a.daysLeft - b.daysLeft);
}
