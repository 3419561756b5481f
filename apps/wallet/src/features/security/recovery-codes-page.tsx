import { unwrap } from "@jinqiao/contract/client";
import { Button, Card, Notice, Page, Problem, Skeleton, useAction, useFormatDate } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { Copy, Download, Printer, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { api } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { refreshSecurity, securityQuery } from "./queries.ts";
import { useGuardedAction } from "./reauthenticate.tsx";
import { useT } from "./text.ts";

/** Ten codes for paper, shown once. */
export function RecoveryCodesPage() {
  const t = useT();
  const security = useQuery(securityQuery);
  const [codes, setCodes] = useState<string[] | null>(null);
  const make = useGuardedAction(async () => {
    setCodes((await unwrap(api.POST("/v1/me/recovery-codes"))).codes);
    await refreshSecurity();
  });
  const left = security.data?.recoveryCodesLeft ?? 0;
  return (
    <Page title={t("codes.title")} leading={<BackLink to="/security" />} narrow>
      <p className="mb-4 text-ink-muted print:hidden">{t("codes.lead")}</p>
      <Problem error={security.error} onRetry={() => security.refetch()} />
      {security.isPending && <Skeleton className="h-40" />}
      {security.data && codes === null && (
        <Card aria-label={t("codes.title")} className="grid gap-3">
          <p className="font-semibold" data-testid="codes-left" data-left={left}>
            {t("codes.left", { count: left })}
          </p>
          {left > 0 && <p className="text-sm text-ink-muted">{t("codes.renew.text")}</p>}
          <Problem error={make.error} onRetry={() => make.run()} />
          <Button data-testid="make-codes" pending={make.pending} onClick={() => make.run()}>
            {t(left > 0 ? "codes.renew" : "codes.make")}
          </Button>
        </Card>
      )}
      {codes !== null && <NewCodes codes={codes} onKept={() => setCodes(null)} />}
      {make.dialog}
    </Page>
  );
}

function NewCodes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  const t = useT();
  const formatDate = useFormatDate();
  const [copied, setCopied] = useState(false);
  const copy = useAction(async () => {
    await navigator.clipboard.writeText(codes.join("\n"));
    setCopied(true);
  });
  // A reload would lose them: the browser asks first.
  useBlocker({ shouldBlockFn: () => false, enableBeforeUnload: true });
  const save = (): void => {
    const head = t("codes.file.head", { date: formatDate(new Date().toISOString(), "date") });
    const url = URL.createObjectURL(new Blob([`${head}\n\n${codes.join("\n")}\n`], { type: "text/plain" }));
    const link = Object.assign(document.createElement("a"), { href: url, download: t("codes.file") });
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Card aria-labelledby="new-codes" className="grid gap-4">
      <h2 id="new-codes" className="text-lg font-bold">
        {t("codes.list")}
      </h2>
      <Notice tone="warning" icon={TriangleAlert} role="alert" className="print:hidden">
        {t("codes.once")}
      </Notice>
      <ol
        className="grid grid-cols-1 gap-2 font-mono text-base tabular sm:grid-cols-2"
        translate="no"
        data-testid="recovery-codes"
      >
        {codes.map((code) => (
          <li key={code} className="rounded-xl bg-sunken px-3 py-2 text-center break-all">
            {code}
          </li>
        ))}
      </ol>
      <div className="flex flex-wrap gap-3 print:hidden">
        <Button variant="secondary" size="small" onClick={copy.run}>
          <Copy aria-hidden className="size-4" />
          {t("codes.copy")}
        </Button>
        <Button variant="secondary" size="small" data-testid="save-codes" onClick={save}>
          <Download aria-hidden className="size-4" />
          {t("codes.save")}
        </Button>
        <Button variant="secondary" size="small" onClick={() => window.print()}>
          <Printer aria-hidden className="size-4" />
          {t("codes.print")}
        </Button>
      </div>
      <p role="status" className="text-sm text-ink-muted empty:hidden print:hidden">
        {copied && t("codes.copied")}
        {copy.error !== undefined && t("ui.copy_failed")}
      </p>
      <Button className="print:hidden" data-testid="codes-kept" onClick={onKept}>
        {t("codes.kept")}
      </Button>
    </Card>
  );
}
