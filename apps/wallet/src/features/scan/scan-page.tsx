import { Button, buttonClasses, Card, Notice, Page, Problem, SkeletonList, TextAreaField } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { ImageUp, Nfc, QrCode, ScanLine } from "lucide-react";
import { useEffect, useState } from "react";
import { BackLink } from "../../app/back-link.tsx";
import type { CodesMessageId } from "../../locales/codes/en.ts";
import { Camera } from "./camera.tsx";
import { type Decoder, openDecoder } from "./decode.ts";
import { CodeResult } from "./reading.tsx";
import { useT } from "./text.ts";
import { useReading } from "./use-reading.ts";

/** Reads a shop's code: by the camera, from a picture, or typed. */
export function ScanPage() {
  const t = useT();
  const decoder = useDecoder();
  const reading = useReading();
  const busy = reading.pending || reading.error !== undefined;
  return (
    <Page title={t("scan.title")} leading={<BackLink to="/" />} narrow>
      {reading.reading ? (
        <CodeResult
          reading={reading.reading}
          again={
            <Button variant="secondary" onClick={reading.clear} data-testid="scan-again">
              <ScanLine aria-hidden className="size-5" />
              {t("scan.again")}
            </Button>
          }
        />
      ) : busy ? (
        <Card aria-label={t("scan.reading")}>
          {reading.pending && <SkeletonList rows={3} />}
          <Problem error={reading.error} onRetry={reading.again} />
          {!reading.pending && (
            <Button variant="ghost" className="mt-3" onClick={reading.clear}>
              {t("scan.again")}
            </Button>
          )}
        </Card>
      ) : (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          {decoder && <Camera decoder={decoder} onText={reading.read} />}
          <div className="grid grid-cols-2 gap-3">
            {decoder && <FromPicture decoder={decoder} onText={reading.read} />}
            <Link to="/pay-code" className={buttonClasses("secondary")}>
              <QrCode aria-hidden className="size-5" />
              {t("paycode.title")}
            </Link>
          </div>
          <Typed onText={reading.read} />
          {"NDEFReader" in globalThis && (
            <Link to="/tap" className={buttonClasses("ghost")}>
              <Nfc aria-hidden className="size-5" />
              {t("tap.title")}
            </Link>
          )}
        </div>
      )}
    </Page>
  );
}

function useDecoder(): Decoder | null {
  const [decoder, setDecoder] = useState<Decoder | null>(null);
  useEffect(() => {
    const opened = openDecoder();
    setDecoder(opened);
    return () => opened.close();
  }, []);
  return decoder;
}

/** A screenshot or a photo of a code. */
function FromPicture({ decoder, onText }: { decoder: Decoder; onText: (text: string) => unknown }) {
  const t = useT();
  const [problem, setProblem] = useState<CodesMessageId | null>(null);
  const [looking, setLooking] = useState(false);
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    setProblem(null);
    setLooking(true);
    try {
      const text = await decoder.textOf(file);
      if (text === null) setProblem("scan.album.none");
      else await onText(text);
    } catch {
      setProblem("scan.album.unreadable");
    } finally {
      setLooking(false);
    }
  };
  return (
    <div className="min-w-0">
      <label
        className={`${buttonClasses("secondary")} w-full cursor-pointer has-focus-visible:outline-3 has-focus-visible:outline-jade`}
        aria-busy={looking || undefined}
      >
        <ImageUp aria-hidden className="size-5" />
        {t("scan.album")}
        <input
          type="file"
          accept="image/*"
          className="sr-only"
          data-testid="scan-album"
          onChange={(event) => {
            void take(event.target.files?.[0]);
            // So that the same picture can be chosen again.
            event.target.value = "";
          }}
        />
      </label>
      {problem && (
        <Notice tone="warning" role="alert" className="mt-3">
          <span data-testid="album-problem">{t(problem)}</span>
        </Notice>
      )}
    </div>
  );
}

function Typed({ onText }: { onText: (text: string) => unknown }) {
  const t = useT();
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  return (
    <details>
      <summary className="min-h-11 cursor-pointer py-2.5 font-medium text-jade" data-testid="scan-type">
        {t("scan.type")}
      </summary>
      <form
        noValidate
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (text.trim() !== "") void onText(text.trim());
        }}
      >
        <TextAreaField
          name="code"
          label={t("scan.type.label")}
          rows={3}
          maxLength={4_096}
          spellCheck={false}
          autoCapitalize="none"
          className="font-mono text-sm"
          value={text}
          error={tried && text.trim() === "" ? t("scan.type.missing") : null}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" variant="secondary" data-testid="scan-typed">
          {t("scan.type.action")}
        </Button>
      </form>
    </details>
  );
}
