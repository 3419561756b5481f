import { buttonClasses, Card, Page, Problem, SkeletonList } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { ScanLine } from "lucide-react";
import { useEffect, useRef } from "react";
import { BackLink } from "../../app/back-link.tsx";
import { CodeResult } from "./reading.tsx";
import { useT } from "./text.ts";
import { useReading } from "./use-reading.ts";

/** Where the signed link of a printed code or an NFC tag leads: it is judged as a scanned code is. */
export function StaticCodePage() {
  const t = useT();
  const { reading, read, again, error } = useReading();
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    void read(location.href);
  }, [read]);
  return (
    <Page title={t("code.continue")} leading={<BackLink to="/" />} narrow>
      {reading ? (
        <CodeResult
          reading={reading}
          again={
            <Link to="/scan" className={buttonClasses("secondary")}>
              <ScanLine aria-hidden className="size-5" />
              {t("scan.again")}
            </Link>
          }
        />
      ) : (
        <Card aria-label={t("scan.reading")}>
          {error === undefined ? <SkeletonList rows={3} /> : <Problem error={error} onRetry={again} />}
        </Card>
      )}
    </Page>
  );
}
