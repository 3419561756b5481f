import { Button, Card, Notice, Problem, problemCode, SelectField, useAction } from "@jinqiao/ui";
import { useNavigate } from "@tanstack/react-router";
import { CircleAlert, CircleHelp, FileUp } from "lucide-react";
import { type ChangeEvent, useId, useState } from "react";
import type { ImportsMessageId } from "../../locales/imports/en.ts";
import { type Answers, maxFileBytes, readFile } from "./queries.ts";
import { useT } from "./text.ts";

const currencies = [
  "CNY",
  "EUR",
  "GBP",
  "USD",
  "HKD",
  "JPY",
  "SGD",
  "AUD",
  "CAD",
  "CHF",
  "SEK",
  "KRW",
] as const;

const questions: Readonly<Record<string, ImportsMessageId>> = {
  "statement_import.currency_missing": "imports.ask.currency",
  "statement_import.date_order_unknown": "imports.ask.dates",
};

/** Takes a file and shows what is in it; asks what the file leaves open. */
export function FileChooser() {
  const t = useT();
  const id = useId();
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const [answers, setAnswers] = useState<Answers>({});
  const read = useAction(async (chosen: File, told: Answers) => {
    const { id: importId } = await readFile(chosen, told);
    await navigate({ to: "/imports/$importId", params: { importId } });
  });
  const tooLarge = file !== null && file.size > maxFileBytes;
  const code = problemCode(read.error);
  // What a file leaves open is a question to the person and not their mistake.
  const question = code === undefined ? undefined : questions[code];
  const asksCurrency = code === "statement_import.currency_missing" || answers.currency !== undefined;
  const asksDates = code === "statement_import.date_order_unknown" || answers.dateOrder !== undefined;
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = event.currentTarget.files ?? [];
    // The same file may be chosen again after it was changed.
    event.currentTarget.value = "";
    if (chosen === undefined) return;
    setFile(chosen);
    setAnswers({});
    read.clear();
    if (chosen.size <= maxFileBytes) void read.run(chosen, {});
  };
  return (
    <Card aria-labelledby="choose-file">
      <h2 id="choose-file" className="text-lg font-bold">
        {t("imports.choose")}
      </h2>
      <p className="mt-1 text-ink-muted">{t("imports.choose.text")}</p>
      <label
        htmlFor={id}
        className="mt-4 flex min-h-32 cursor-pointer flex-col items-center justify-center gap-2 rounded-2xl border-2 border-dashed border-line-strong p-4 text-center focus-within:outline-2 focus-within:outline-jade hover:bg-sunken"
      >
        <FileUp aria-hidden className="size-7 text-jade" />
        <span className="max-w-full break-words font-semibold" translate={file === null ? "yes" : "no"}>
          {file?.name ?? t("imports.choose")}
        </span>
        <span className="text-sm text-ink-muted">{t("imports.formats")}</span>
        <input
          id={id}
          type="file"
          data-testid="statement-file"
          aria-label={t("imports.file")}
          className="sr-only"
          disabled={read.pending}
          onChange={choose}
        />
      </label>
      <div className="mt-4 grid gap-3" aria-live="polite">
        {tooLarge && (
          <Notice tone="danger" icon={CircleAlert} role="alert">
            {t("imports.too_large")}
          </Notice>
        )}
        {read.pending && file && <p role="status">{t("imports.reading", { name: file.name })}</p>}
        {question ? (
          <Notice icon={CircleHelp} role="status">
            {t(question)}
          </Notice>
        ) : (
          <Problem error={read.error} onRetry={file === null ? undefined : () => read.run(file, answers)} />
        )}
        {asksCurrency && (
          <SelectField
            name="currency"
            label={t("imports.answer.currency")}
            value={answers.currency ?? ""}
            onChange={(event) => {
              const currency = currencies.find((one) => one === event.currentTarget.value);
              if (currency !== undefined) setAnswers({ ...answers, currency });
            }}
          >
            <option value="" disabled />
            {currencies.map((currency) => (
              <option key={currency}>{currency}</option>
            ))}
          </SelectField>
        )}
        {asksDates && (
          <SelectField
            name="dateOrder"
            label={t("imports.answer.dates")}
            value={answers.dateOrder ?? ""}
            onChange={(event) =>
              setAnswers({ ...answers, dateOrder: event.currentTarget.value === "mdy" ? "mdy" : "dmy" })
            }
          >
            <option value="" disabled />
            <option value="dmy">{t("imports.answer.dates.dmy")}</option>
            <option value="mdy">{t("imports.answer.dates.mdy")}</option>
          </SelectField>
        )}
        {file !== null && (asksCurrency || asksDates) && (
          <Button
            data-testid="read-again"
            pending={read.pending}
            disabled={(asksCurrency && !answers.currency) || (asksDates && !answers.dateOrder)}
            onClick={() => read.run(file, answers)}
          >
            {t("imports.read")}
          </Button>
        )}
      </div>
    </Card>
  );
}
