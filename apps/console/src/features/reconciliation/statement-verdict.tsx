import type { Statement } from "@jinqiao/contract";
import { Badge } from "@jinqiao/ui";
import { CircleCheck, CircleDot, TriangleAlert } from "lucide-react";
import { useT } from "../../i18n.ts";

/** What came of a day, in words: all matched, breaks all closed, or breaks that are still open. */
export function StatementVerdict({ statement }: { statement: Statement }) {
  const t = useT();
  if (statement.openBreaks > 0) {
    return (
      <Badge tone="danger" icon={TriangleAlert} data-testid="statement-verdict" data-status="open">
        {t("recon.verdict_open", { count: statement.openBreaks })}
      </Badge>
    );
  }
  const closed = statement.breaks > 0;
  return (
    <Badge
      tone="positive"
      icon={closed ? CircleDot : CircleCheck}
      data-testid="statement-verdict"
      data-status={closed ? "closed" : "matched"}
    >
      {t(closed ? "recon.verdict_closed" : "recon.verdict_matched")}
    </Badge>
  );
}
