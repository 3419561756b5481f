import {
  Iso20022Error,
  identify,
  readAllStatements,
  readCreditTransfers,
  readPaymentStatus,
} from "../index.ts";

/**
 * What a file holds, in one line: its message and what was read of it, or why it was refused. Two files with the same
 * line need not be the same; whoever changes a line says why.
 */
export async function summaryOf(file: Uint8Array): Promise<{ definition: string; result: string }> {
  let definition = "";
  try {
    const { name, identifier } = await identify(file);
    definition = identifier;
    return {
      definition,
      result: await (name === "pain.001" ? transfers : name === "pain.002" ? report : statements)(file),
    };
  } catch (error) {
    if (error instanceof Iso20022Error) return { definition, result: `refused ${error.code}` };
    throw error;
  }
}

async function statements(file: Uint8Array): Promise<string> {
  const read = await readAllStatements(file);
  const entries = read.statements.flatMap((statement) => statement.entries);
  const payments = entries.flatMap(({ details }) => details.flatMap(({ transactions }) => transactions));
  const booked = new Map<string, bigint>();
  for (const { amount, direction, status } of entries) {
    if (status !== "BOOK") continue;
    const before = booked.get(amount.currency) ?? 0n;
    booked.set(amount.currency, direction === "credit" ? before + amount.minor : before - amount.minor);
  }
  const sums = [...booked].map(([currency, minor]) => `${currency} ${minor}`).join(", ") || "nothing";
  const findings = [...read.findings, ...read.statements.flatMap((statement) => statement.findings)];
  return `${read.statements.length} statements, ${entries.length} entries, ${payments.length} payments, booked ${sums}${listed(findings)}`;
}

async function transfers(file: Uint8Array): Promise<string> {
  const { groups, findings } = await readCreditTransfers(file);
  const payments = groups.flatMap((group) => group.transfers);
  const sums = payments.map(({ amount }) => `${amount.currency} ${amount.minor}`).join(", ");
  return `${groups.length} groups, ${payments.length} payments: ${sums}${listed(findings)}`;
}

async function report(file: Uint8Array): Promise<string> {
  const { status, groups, findings } = await readPaymentStatus(file);
  const levels = groups.map((group) => {
    const each = group.transactions.map(
      (one) => `${one.status} ${one.reasons.map(({ code }) => code).join("+")}`,
    );
    return `${group.status} [${each.join(", ")}]`;
  });
  return `message ${status}, groups ${levels.join("; ") || "none"}${listed(findings)}`;
}

function listed(findings: readonly { code: string }[]): string {
  return findings.length === 0 ? "" : `; ${findings.map(({ code }) => code).join(" ")}`;
}
