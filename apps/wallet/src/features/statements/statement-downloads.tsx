import { Button, Card, Problem, useAction, useLanguage } from "@jinqiao/ui";
import { FileBraces, FileSpreadsheet, FileText, type LucideIcon } from "lucide-react";
import { downloadStatement, type StatementFormat, type StatementQuery } from "./queries.ts";
import { useT } from "./text.ts";

const formats: { format: StatementFormat; icon: LucideIcon }[] = [
  { format: "pdf", icon: FileText },
  { format: "csv", icon: FileSpreadsheet },
  { format: "json", icon: FileBraces },
];

/** The statement as a file. Each button is busy while its file is made, however long that takes. */
export function StatementDownloads({ query, count }: { query: StatementQuery; count: number | undefined }) {
  const t = useT();
  const language = useLanguage();
  const download = useAction((format: StatementFormat) => downloadStatement(query, language, format));
  return (
    <Card aria-labelledby="statement-files">
      <h2 id="statement-files" className="mb-1 text-lg font-bold">
        {t("statements.download")}
      </h2>
      <p className="mb-4 text-sm text-ink-muted">
        {count === undefined ? t("ui.loading") : t("statements.count", { count })}
      </p>
      <div className="flex flex-wrap gap-2">
        {formats.map(({ format, icon: Icon }) => (
          <Button
            key={format}
            variant={format === "pdf" ? "primary" : "secondary"}
            data-testid={`download-${format}`}
            aria-label={t(`statements.download.${format}.label`)}
            onClick={() => download.run(format)}
          >
            <Icon aria-hidden className="size-5" />
            {t(`statements.download.${format}`)}
          </Button>
        ))}
      </div>
      <div className="mt-3 empty:hidden">
        <Problem error={download.error} />
      </div>
    </Card>
  );
}
