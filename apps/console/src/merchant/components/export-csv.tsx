import { Button, Problem, useAction } from "@jinqiao/ui";
import { Download } from "lucide-react";
import { useState } from "react";
import { useT } from "../text.ts";
import { csvText } from "./csv-text.ts";
import { saveBlob } from "./save-file.tsx";

/** So many lines at most: beyond that a spreadsheet is no help, and the page would hold too much. */
const lineLimit = 20_000;

type Page = { rows: readonly (readonly string[])[]; nextCursor: string | null };

/** Reads a list page by page, says how far it is, and saves it as CSV. */
export function ExportCsv(props: {
  fileName: string;
  header: readonly string[];
  /** One page of the list; rows as texts in the order of the header. */
  read: (cursor: string | undefined) => Promise<Page>;
}) {
  const t = useT();
  const [count, setCount] = useState<number | null>(null);
  const [limited, setLimited] = useState(false);
  const { run, pending, error } = useAction(async () => {
    const rows: (readonly string[])[] = [];
    let cursor: string | undefined;
    setCount(0);
    setLimited(false);
    do {
      const page = await props.read(cursor);
      rows.push(...page.rows);
      cursor = page.nextCursor ?? undefined;
      setCount(rows.length);
    } while (cursor !== undefined && rows.length < lineLimit);
    setLimited(cursor !== undefined);
    saveBlob(props.fileName, new Blob([csvText(props.header, rows)], { type: "text/csv;charset=utf-8" }));
  });
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button variant="secondary" size="small" data-testid="export" pending={pending} onClick={() => run()}>
        {!pending && <Download aria-hidden className="size-4" />}
        {t("portal.export")}
      </Button>
      <span role="status" className="text-xs text-ink-muted">
        {count !== null && !error && t(pending ? "portal.export.running" : "portal.export.done", { count })}
        {limited && ` ${t("portal.export.limit", { count: lineLimit })}`}
      </span>
      <Problem error={error} />
    </div>
  );
}
