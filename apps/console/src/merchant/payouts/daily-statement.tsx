import { useLanguage } from "@jinqiao/ui";
import { useState } from "react";
import { Section } from "../../components/page.tsx";
import { api } from "../app/api.ts";
import { addDays, dayIn } from "../components/local-days.ts";
import { FileButton } from "../components/save-file.tsx";
import { useT } from "../text.ts";

/** The statement of one day in the merchant's time zone: every settlement of that day, as PDF or CSV. */
export function DailyStatement({ timeZone, currency }: { timeZone: string; currency: string }) {
  const t = useT();
  const language = useLanguage();
  const today = dayIn(timeZone, new Date());
  const [date, setDate] = useState(today);
  const file = (format: "pdf" | "csv") => ({
    fileName: `statement-${date}-${currency}.${format}`,
    get: () =>
      api.GET("/v1/settlement_statement", {
        params: { query: { date, currency: currency as "GBP", language, format } },
        parseAs: "blob",
      }),
  });
  return (
    <Section title={t("statement.portal.title")} lead={t("statement.portal.lead")}>
      <div className="flex flex-wrap items-end gap-2">
        <label className="grid gap-1 text-xs text-ink-muted">
          {t("payouts.column.date")}
          <input
            type="date"
            name="statement-date"
            value={date}
            min={addDays(today, -3_650)}
            max={today}
            onChange={(event) => event.target.value !== "" && setDate(event.target.value)}
            className="h-9 rounded-xl border border-line-strong bg-surface px-2 text-sm text-ink"
          />
        </label>
        <FileButton {...file("pdf")} data-testid="statement-pdf">
          PDF
        </FileButton>
        <FileButton {...file("csv")} data-testid="statement-csv">
          CSV
        </FileButton>
      </div>
    </Section>
  );
}
