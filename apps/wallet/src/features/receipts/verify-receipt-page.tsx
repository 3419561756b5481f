import {
  maxReceiptLength,
  parseVerifierKey,
  type ReceiptVerdict,
  TransparencyError,
  type Trust,
  type VerifierKey,
  verifyReceipt,
} from "@jinqiao/transparency";
import { Button, Card, classNames, Field, Page, Problem, TextAreaField, useAction } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { EyeOff, FileCheck2, FileJson2, Fingerprint, ListChecks, type LucideIcon } from "lucide-react";
import { type DragEvent, type ReactNode, useState } from "react";
import { logKeyQuery, queryClient } from "../../api.ts";
import type { VerifyMessageId } from "../../locales/verify/en.ts";
import { PublicFrame } from "../welcome/public-frame.tsx";
import { ReceiptVerdictCard } from "./receipt-verdict.tsx";
import { useT } from "./text.ts";

type KeySource = "server" | "own";
type Result = { number: number; verdict: ReceiptVerdict; trustsServer: boolean };

const keySources: Record<KeySource, { label: VerifyMessageId; hint: VerifyMessageId }> = {
  server: { label: "verify.key.server", hint: "verify.key.server.hint" },
  own: { label: "verify.key.own", hint: "verify.key.own.hint" },
};

/** For everybody, with or without a wallet: checks a receipt here in the browser. */
export function VerifyReceiptPage() {
  const t = useT();
  const [text, setText] = useState("");
  const [fileName, setFileName] = useState<string>();
  const [keySource, setKeySource] = useState<KeySource>("server");
  const [key, setKey] = useState("");
  const [result, setResult] = useState<Result>();
  const serverKey = useQuery({ ...logKeyQuery, enabled: keySource === "server" });
  const missing =
    text.trim() === "" ? "verify.nothing" : keySource === "own" && key.trim() === "" ? "verify.no_key" : null;
  const [asked, setAsked] = useState(false);

  const check = useAction(async (receipt: string) => {
    const trust =
      keySource === "own" ? trustOf(key) : trustIn(await queryClient.ensureQueryData(logKeyQuery));
    const verdict = trust === undefined ? malformedKey : await verifyReceipt(receipt, trust);
    setResult((before) => ({
      number: (before?.number ?? 0) + 1,
      verdict,
      trustsServer: keySource === "server",
    }));
  });
  const change = () => {
    setResult(undefined);
    setAsked(false);
    check.clear();
  };
  const chooseKey = (source: KeySource) => {
    change();
    setKeySource(source);
  };
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    change();
    const content = await readText(file);
    setFileName(file.name);
    setText(content);
    // The file is all that was missing: nobody should have to press once more.
    if (keySource === "server" || key.trim() !== "") await check.run(content);
  };

  return (
    <PublicFrame>
      <Page title={t("verify.title")}>
        <p className="mb-5 max-w-2xl text-ink-muted">{t("verify.text")}</p>
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] lg:gap-6">
          <Card aria-label={t("verify.title")}>
            <form
              noValidate
              className="grid grid-cols-[minmax(0,1fr)] gap-5"
              onSubmit={(event) => {
                event.preventDefault();
                setAsked(true);
                if (missing === null) void check.run(text);
              }}
            >
              <FileDrop fileName={fileName} onFile={take} />
              <details className="group">
                <summary className="min-h-11 cursor-pointer py-2.5 font-medium text-jade">
                  {t("verify.paste")}
                </summary>
                <TextAreaField
                  name="receipt"
                  label={t("verify.paste.label")}
                  rows={6}
                  spellCheck={false}
                  className="font-mono text-sm"
                  value={fileName === undefined ? text : ""}
                  onChange={(event) => {
                    change();
                    setFileName(undefined);
                    setText(event.target.value);
                  }}
                />
              </details>
              <fieldset className="grid gap-2">
                <legend className="mb-2 text-sm font-medium">{t("verify.key")}</legend>
                <KeyChoice source="server" chosen={keySource} onChoose={chooseKey}>
                  <ServerKey data={serverKey.data?.key} />
                </KeyChoice>
                <KeyChoice source="own" chosen={keySource} onChoose={chooseKey} />
              </fieldset>
              {keySource === "own" && (
                <Field
                  name="key"
                  label={t("verify.key.label")}
                  value={key}
                  autoComplete="off"
                  autoCapitalize="none"
                  spellCheck={false}
                  className="font-mono text-sm"
                  placeholder="name+a1b2c3d4+AaBb…"
                  error={asked && missing === "verify.no_key" ? t("verify.no_key") : null}
                  onChange={(event) => {
                    change();
                    setKey(event.target.value);
                  }}
                />
              )}
              {keySource === "server" && (
                <Problem error={serverKey.error} onRetry={() => serverKey.refetch()} />
              )}
              {asked && missing === "verify.nothing" && (
                <p role="alert" className="text-sm text-danger">
                  {t("verify.nothing")}
                </p>
              )}
              {serverKey.error === null && <Problem error={check.error} />}
              <Button type="submit" data-testid="submit" pending={check.pending}>
                {t("verify.action")}
              </Button>
            </form>
          </Card>
          {result ? (
            <ReceiptVerdictCard
              key={result.number}
              verdict={result.verdict}
              trustsServer={result.trustsServer}
            />
          ) : (
            <HowItWorks />
          )}
        </div>
      </Page>
    </PublicFrame>
  );
}

/** Where the file is put: pressed on a phone, dropped on a desktop, reached by the keyboard as any file input. */
function FileDrop({
  fileName,
  onFile,
}: {
  fileName: string | undefined;
  onFile: (file: File | undefined) => Promise<void>;
}) {
  const t = useT();
  const [over, setOver] = useState(false);
  const drag = (inside: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(inside);
  };
  const Icon = fileName === undefined ? FileJson2 : FileCheck2;
  return (
    <label
      onDragOver={drag(true)}
      onDragLeave={drag(false)}
      onDrop={(event) => {
        drag(false)(event);
        void onFile(event.dataTransfer.files[0]);
      }}
      className={classNames(
        "flex cursor-pointer flex-col items-center gap-2 rounded-2xl border-2 border-dashed px-4 py-8 text-center has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-focus-visible:outline-jade",
        over ? "border-jade bg-jade-soft" : "border-line-strong hover:bg-jade-soft",
      )}
    >
      <Icon aria-hidden className="size-8 text-jade" />
      <span className="font-semibold">{t("verify.choose")}</span>
      <span
        className="max-w-full text-sm break-all text-ink-muted"
        translate={fileName === undefined ? undefined : "no"}
      >
        {fileName ?? t("verify.drop")}
      </span>
      <input
        type="file"
        name="file"
        accept=".json,application/json"
        className="sr-only"
        onChange={(event) => {
          const { files } = event.target;
          void onFile(files?.[0]);
          // So that the same file can be chosen again after a change.
          event.target.value = "";
        }}
      />
    </label>
  );
}

function KeyChoice({
  source,
  chosen,
  onChoose,
  children,
}: {
  source: KeySource;
  chosen: KeySource;
  onChoose: (source: KeySource) => void;
  /** Shown while this one is chosen. */
  children?: ReactNode;
}) {
  const t = useT();
  const { label, hint } = keySources[source];
  return (
    <label
      className={classNames(
        "flex cursor-pointer gap-3 rounded-2xl border p-4",
        source === chosen ? "border-jade bg-jade-soft" : "border-line",
      )}
    >
      <input
        type="radio"
        name="key-source"
        value={source}
        checked={source === chosen}
        onChange={() => onChoose(source)}
        className="mt-1 size-4 shrink-0 accent-jade-solid"
      />
      <span className="min-w-0">
        <span className="block font-medium">{t(label)}</span>
        <span className="block text-sm text-ink-muted">{t(hint)}</span>
        {source === chosen && children}
      </span>
    </label>
  );
}

function ServerKey({ data }: { data: string | undefined }) {
  if (data === undefined) return null;
  return (
    <span
      translate="no"
      data-testid="server-key"
      className="mt-2 block font-mono text-xs break-all text-ink-muted"
    >
      {data}
    </span>
  );
}

const points: { icon: LucideIcon; text: VerifyMessageId }[] = [
  { icon: Fingerprint, text: "verify.how.unchanged" },
  { icon: ListChecks, text: "verify.how.logged" },
  { icon: EyeOff, text: "verify.how.private" },
];

/** What the check will tell, until it has told it. */
function HowItWorks() {
  const t = useT();
  return (
    <Card aria-label={t("verify.how")}>
      <h2 className="mb-4 text-lg font-bold">{t("verify.how")}</h2>
      <ul className="grid gap-4">
        {points.map(({ icon: Icon, text }) => (
          <li key={text} className="flex gap-3">
            <span className="inline-flex size-10 shrink-0 items-center justify-center rounded-2xl bg-jade-soft text-jade">
              <Icon aria-hidden className="size-5" />
            </span>
            <span className="min-w-0 self-center">{t(text)}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

const malformedKey: ReceiptVerdict = { ok: false, problem: "key_malformed", detail: "key" };

/** The keys that a person typed in, one or several. */
function trustOf(text: string): Trust | undefined {
  const log = keysOf(text.split(/\s+/).filter((part) => part !== ""));
  return log && { log };
}

function trustIn({ key, witnesses }: { key: string; witnesses: string[] }): Trust | undefined {
  const log = keysOf([key]);
  return log && { log, witnesses: keysOf(witnesses) ?? [] };
}

function keysOf(texts: readonly string[]): VerifierKey[] | undefined {
  try {
    return texts.map(parseVerifierKey);
  } catch (error) {
    if (error instanceof TransparencyError) return undefined;
    throw error;
  }
}

/** The file's text as the verifier should see it: bytes that are no text, and pictures by mistake, are no receipt. */
async function readText(file: File): Promise<string> {
  // One unit of text has at most three bytes; the verifier says that a longer file is no receipt.
  const bytes = await file.slice(0, 3 * maxReceiptLength + 1).arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return "\u0000";
  }
}
