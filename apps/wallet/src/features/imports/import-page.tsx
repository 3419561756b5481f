import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  Card,
  DateText,
  DetailList,
  Dialog,
  Field,
  MoneyText,
  Notice,
  Page,
  Problem,
  SkeletonList,
  useAction,
  useFieldErrors,
  useLanguage,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { CircleAlert, Info } from "lucide-react";
import { useState } from "react";
import { api, queryClient } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { LineRow } from "./line-row.tsx";
import { importQuery, refreshImports, type StatementImport, type StatementPreview } from "./queries.ts";
import { useT } from "./text.ts";

const route = getRouteApi("/signed-in/imports/$importId");

/** What a file holds: to keep or not while it was only read, to look at or delete once it is kept. */
export function ImportPage() {
  const t = useT();
  const { importId } = route.useParams();
  const read = useQuery(importQuery(importId));
  return (
    <Page
      title={t(read.data?.status === "kept" ? "imports.preview.kept" : "imports.preview.title")}
      leading={<BackLink to="/imports" />}
      narrow
    >
      <Problem error={read.error} onRetry={() => read.refetch()} />
      {read.isPending && <SkeletonList rows={5} />}
      {read.data && <Contents read={read.data} />}
    </Page>
  );
}

function Contents({ read }: { read: StatementImport }) {
  const t = useT();
  const local = useLocalText();
  const language = useLanguage();
  const lines = read.accounts.reduce((sum, { lineCount }) => sum + lineCount, 0);
  const fresh = read.accounts.reduce((sum, { newCount }) => sum + newCount, 0);
  const size = `${Math.max(1, Math.ceil(read.fileBytes / 1024)).toLocaleString(language)} KB`;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <p className="text-ink-muted">
        {t("imports.preview.file", { format: local(read.formatName), size })}
        {read.keptAt && (
          <>
            {" · "}
            {t("imports.file_kept")} <DateText value={read.keptAt} />
          </>
        )}
      </p>
      {lines === 0 && (
        <Notice tone="warning" icon={CircleAlert}>
          {t("imports.preview.empty")}
        </Notice>
      )}
      {lines > 0 && fresh === 0 && read.status === "read" && (
        <Notice icon={Info}>{t("imports.preview.none_new")}</Notice>
      )}
      {read.accounts.map((account) => (
        <AccountCard
          key={`${account.bankName} ${account.maskedNumber} ${account.currency}`}
          account={account}
          kept={read.status === "kept"}
        />
      ))}
      {read.remarks.length > 0 && (
        <Notice tone="warning" icon={CircleAlert}>
          <p className="font-semibold">{t("imports.remarks")}</p>
          <ul className="mt-1 list-disc pl-5">
            {read.remarks.map((remark) => (
              <li key={`${remark.line} ${remark.text.en}`}>
                {remark.line !== null && `${t("imports.remark.line", { line: remark.line })} `}
                {local(remark.text)}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {read.status === "read" ? <Decide read={read} lines={lines} /> : <Remove importId={read.id} />}
    </div>
  );
}

function AccountCard({ account, kept }: { account: StatementPreview; kept: boolean }) {
  const t = useT();
  const title = [account.bankName, account.maskedNumber].filter(Boolean).join(" ");
  return (
    <Card>
      <h2 className="flex flex-wrap items-baseline gap-x-2 text-lg font-bold" data-testid="preview-account">
        {title !== "" && <span translate="no">{title}</span>}
        <span>{account.currency}</span>
      </h2>
      <DetailList
        rows={[
          ...(account.from && account.to
            ? [
                {
                  label: t("imports.period"),
                  value: (
                    <>
                      <DateText value={account.from} style="date" /> –{" "}
                      <DateText value={account.to} style="date" />
                    </>
                  ),
                },
              ]
            : []),
          {
            label: t("imports.count"),
            value: (
              <span data-testid="preview-count" data-count={account.lineCount} data-new={account.newCount}>
                {account.lineCount}
                {!kept && account.newCount < account.lineCount && (
                  <span className="font-normal text-ink-muted">
                    {" "}
                    · {t("imports.new", { count: account.newCount })}
                  </span>
                )}
              </span>
            ),
          },
          { label: t("imports.in"), value: <MoneyText money={account.moneyIn} data-testid="preview-in" /> },
          {
            label: t("imports.out"),
            value: <MoneyText money={account.moneyOut} data-testid="preview-out" />,
          },
          ...(account.opening
            ? [{ label: t("imports.opening"), value: <MoneyText money={account.opening} /> }]
            : []),
          ...(account.closing
            ? [{ label: t("imports.closing"), value: <MoneyText money={account.closing} /> }]
            : []),
          ...(account.addsUp === null
            ? []
            : [
                {
                  label: t("imports.adds_up"),
                  value: t(account.addsUp ? "imports.adds_up.yes" : "imports.adds_up.no"),
                },
              ]),
        ]}
      />
      {account.firstLines.length > 0 && (
        <>
          <h3 className="mt-3 text-sm font-semibold text-ink-muted">{t("imports.first_lines")}</h3>
          <ul className="divide-y divide-line">
            {account.firstLines.map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of a file have no ids and never change places
              <LineRow key={index} line={line} />
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

function Decide({ read, lines }: { read: StatementImport; lines: number }) {
  const t = useT();
  const local = useLocalText();
  const navigate = route.useNavigate();
  const needsName = read.accounts.some((account) => account.needsName && account.lineCount > 0);
  const [name, setName] = useState(local(read.formatName));
  const keep = useAction(async () => {
    const kept = await unwrap(
      api.POST("/v1/statement-imports/{importId}/keep", {
        params: { path: { importId: read.id } },
        body: needsName ? { name } : {},
      }),
    );
    await refreshImports();
    const [only, ...more] = kept.accounts;
    const accountId = more.length === 0 ? only?.accountId : undefined;
    if (accountId)
      await navigate({ to: "/imports/accounts/$accountId", params: { accountId }, replace: true });
    else await navigate({ to: "/imports", replace: true });
  });
  const discard = useAction(async () => {
    await unwrap(api.DELETE("/v1/statement-imports/{importId}", { params: { path: { importId: read.id } } }));
    await navigate({ to: "/imports", replace: true });
    queryClient.removeQueries({ queryKey: importQuery(read.id).queryKey });
  });
  const errorOf = useFieldErrors(keep.error);
  const nameError = errorOf("name");
  return (
    <div className="grid gap-3">
      {needsName && (
        <Card>
          <Field
            name="name"
            label={t("imports.name")}
            hint={t("imports.name.hint")}
            value={name}
            maxLength={60}
            error={nameError}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </Card>
      )}
      {nameError === null && <Problem error={keep.error ?? discard.error} onRetry={keep.run} />}
      {lines > 0 && (
        <>
          <p className="text-sm text-ink-muted">{t("imports.preview.waiting")}</p>
          <Button
            data-testid="keep-import"
            pending={keep.pending}
            disabled={discard.pending || (needsName && name.trim() === "")}
            onClick={keep.run}
          >
            {t("imports.keep")}
          </Button>
        </>
      )}
      <Button
        variant="secondary"
        data-testid="discard-import"
        pending={discard.pending}
        disabled={keep.pending}
        onClick={discard.run}
      >
        {t("imports.discard")}
      </Button>
    </div>
  );
}

function Remove({ importId }: { importId: string }) {
  const t = useT();
  const navigate = route.useNavigate();
  const [asking, setAsking] = useState(false);
  const remove = useAction(async () => {
    await unwrap(api.DELETE("/v1/statement-imports/{importId}", { params: { path: { importId } } }));
    setAsking(false);
    await navigate({ to: "/imports", replace: true });
    queryClient.removeQueries({ queryKey: importQuery(importId).queryKey });
    await refreshImports();
  });
  return (
    <>
      <Button
        variant="ghost"
        data-testid="delete-import"
        className="text-danger hover:bg-danger-soft"
        onClick={() => setAsking(true)}
      >
        {t("imports.delete")}
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={t("imports.delete.title")}
        description={t("imports.delete.text")}
      >
        <div className="grid gap-3">
          <Problem error={remove.error} onRetry={remove.run} />
          <Button variant="danger" data-testid="confirm" pending={remove.pending} onClick={remove.run}>
            {t("imports.delete.confirm")}
          </Button>
          <Button variant="secondary" onClick={() => setAsking(false)}>
            {t("imports.delete.keep")}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
