import { Button, buttonClasses, Card, EmptyState, Notice, Page, Problem, SkeletonList } from "@jinqiao/ui";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Nfc, ScanLine } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { BackLink } from "../../app/back-link.tsx";
import type { CodesMessageId } from "../../locales/codes/en.ts";
import { CodeResult } from "../scan/reading.tsx";
import { useT } from "../scan/text.ts";
import { useReading } from "../scan/use-reading.ts";
import { isOwnCodeLink, openTagReader, type TagProblem, urlOf } from "./tags.ts";

const route = getRouteApi("/signed-in/tap");

const problems: Record<TagProblem, CodesMessageId> = {
  denied: "tap.denied",
  failed: "tap.failed",
  empty: "tap.empty",
};

/** Reads a shop's NFC tag, or writes one; where the browser has no NFC it says so and leads to scanning. */
export function TapPage() {
  const t = useT();
  const { write } = route.useSearch();
  const available = "NDEFReader" in globalThis;
  return (
    <Page title={t(write === undefined ? "tap.title" : "tap.write")} leading={<BackLink to="/" />} narrow>
      {!available ? (
        <Card>
          <EmptyState icon={Nfc} title={t("tap.title")} action={<ScanInstead />}>
            <span data-testid="tap-none">{t("tap.none")}</span>
          </EmptyState>
        </Card>
      ) : write === undefined ? (
        <ReadTag />
      ) : (
        <WriteTag link={write} />
      )}
    </Page>
  );
}

function ScanInstead() {
  const t = useT();
  return (
    <Link to="/scan" className={buttonClasses("secondary")} data-testid="tap-scan">
      <ScanLine aria-hidden className="size-5" />
      {t("tap.scan")}
    </Link>
  );
}

function ReadTag() {
  const t = useT();
  const reading = useReading();
  const [waiting, setWaiting] = useState(false);
  const [problem, setProblem] = useState<TagProblem | null>(null);
  const stop = useRef<AbortController>(null);
  useEffect(() => () => stop.current?.abort(), []);

  const start = async (): Promise<void> => {
    setProblem(null);
    stop.current?.abort();
    stop.current = new AbortController();
    try {
      await openTagReader(stop.current.signal, {
        onTag(records) {
          const url = urlOf(records);
          stop.current?.abort();
          setWaiting(false);
          navigator.vibrate?.(40);
          if (url === undefined) setProblem("empty");
          else void reading.read(url);
        },
        onProblem: () => setProblem("failed"),
      });
      setWaiting(true);
    } catch {
      setProblem("denied");
    }
  };

  if (reading.reading)
    return (
      <CodeResult
        reading={reading.reading}
        again={
          <Button variant="secondary" onClick={reading.clear}>
            <Nfc aria-hidden className="size-5" />
            {t("tap.start")}
          </Button>
        }
      />
    );
  return (
    <Card aria-label={t("tap.title")}>
      <EmptyState icon={Nfc} title={t(waiting ? "tap.waiting" : "tap.title")}>
        {t("tap.hint")}
      </EmptyState>
      <div className="grid gap-3">
        {problem && (
          <Notice tone="warning" role="alert">
            <span data-testid="tap-problem">{t(problems[problem])}</span>
          </Notice>
        )}
        <Problem error={reading.error} onRetry={reading.again} />
        {reading.pending && <SkeletonList rows={2} />}
        {!waiting && (
          <Button onClick={start} data-testid="tap-start">
            {t("tap.start")}
          </Button>
        )}
        <ScanInstead />
      </div>
    </Card>
  );
}

function WriteTag({ link }: { link: string }) {
  const t = useT();
  const [done, setDone] = useState(false);
  const [problem, setProblem] = useState<TagProblem | null>(null);
  if (!isOwnCodeLink(link, location.origin))
    return (
      <Notice tone="danger" role="alert">
        {t("tap.write.foreign")}
      </Notice>
    );
  const write = async (): Promise<void> => {
    setProblem(null);
    setDone(false);
    try {
      await new NDEFReader().write({ records: [{ recordType: "url", data: link }] });
      setDone(true);
    } catch (error) {
      setProblem(error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "failed");
    }
  };
  return (
    <Card aria-label={t("tap.write")}>
      <p>{t("tap.write.text")}</p>
      <p translate="no" className="my-3 font-mono text-xs break-all text-ink-muted">
        {link}
      </p>
      {problem && (
        <Notice tone="warning" role="alert" className="mb-3">
          {t(problems[problem])}
        </Notice>
      )}
      {done && (
        <Notice role="status" className="mb-3">
          {t("tap.write.done")}
        </Notice>
      )}
      <Button onClick={write} data-testid="tap-write">
        <Nfc aria-hidden className="size-5" />
        {t("tap.write.action")}
      </Button>
    </Card>
  );
}
