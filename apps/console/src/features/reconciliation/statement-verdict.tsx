import type { Statement } from "@jinqiao/contract";
import { CircleCheck, CircleDot, TriangleAlert } from "lucide-react";
import { useT } from "../../i18n.ts";

/** What came of a day, in words: all matched, breaks all closed, or breaks that are still open. */
export function StatementVerdict({ statement }: { statement: Statement }) {
  const t = useT();
  if (statement.openBreaks > 0) {
    return (
      <span className="inline-flex items-center gap-1 rounded-full bg-danger-soft px-2 py-0.5 text-xs font-medium text-danger">
        <TriangleAlert aria-hidden className="size-3.5 shrink-0" />
        {t("recon.verdict_open", { count: statement.openBreaks })}
      </span>
    );
  }
  const Icon = statement.breaks > 0 ? CircleDot : CircleCheck;
  return (
    <span className="inline-flex items-center gap-1 rounded-full bg-positive-soft px-2 py-0.5 text-xs font-medium text-positive">
      <Icon aria-hidden className="size-3.5 shrink-0" />
      {t(statement.breaks > 0 ? "recon.verdict_closed" : "recon.verdict_matched")}
    </span>
  );
}
