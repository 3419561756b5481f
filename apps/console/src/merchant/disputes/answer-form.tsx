import type { Dispute } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  Dialog,
  IconButton,
  Problem,
  TextAreaField,
  useAction,
  useFieldErrors,
  useFormatMoney,
} from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { FileText, Paperclip, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { Section } from "../../components/page.tsx";
import { useDisputesT } from "../../i18n.ts";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { acceptedTypes, addFile } from "./queries.ts";

/** Everything that shows disputes, or money that one moves, is read anew. */
function useRefresh(): () => Promise<unknown> {
  const queryClient = useQueryClient();
  return () =>
    Promise.all(
      ["disputes", "payments", "balance", "transactions"].map((kind) =>
        queryClient.invalidateQueries({ queryKey: scopedKey(kind) }),
      ),
    );
}

/** The answer to a customer, or new evidence after a decision for them: words, and files that are kept until sent. */
export function AnswerForm({ dispute, kind }: { dispute: Dispute; kind: "answer" | "represent" }) {
  const t = useDisputesT();
  const refresh = useRefresh();
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const short = text.trim().length < 10;
  const send = useAttempt(async (header, body: { text: string }) => {
    const params = { path: { disputeId: dispute.id }, header };
    await unwrap(
      kind === "answer"
        ? api.POST("/v1/disputes/{disputeId}/evidence", { params, body })
        : api.POST("/v1/disputes/{disputeId}/represent", { params, body }),
    );
    await refresh();
  });
  const errorOf = useFieldErrors(send.error);
  return (
    <Section title={t(`dispute.${kind}`)} lead={t(`dispute.${kind}.lead`)}>
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (!short) void send.run({ text: text.trim() });
        }}
      >
        <TextAreaField
          name="text"
          label={t("dispute.answer.text")}
          rows={5}
          maxLength={4000}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={errorOf("text") ?? (tried && short ? t("dispute.text.short") : null)}
        />
        <Files dispute={dispute} />
        <Problem error={send.error} />
        <div>
          <Button type="submit" data-testid={`send-${kind}`} pending={send.pending}>
            {t(`dispute.${kind}.send`)}
          </Button>
        </div>
      </form>
    </Section>
  );
}

function Files({ dispute }: { dispute: Dispute }) {
  const t = useDisputesT();
  const id = useId();
  const refresh = useRefresh();
  const add = useAction(async (files: readonly File[]) => {
    try {
      for (const file of files) await addFile(dispute.id, file);
    } finally {
      await refresh();
    }
  });
  const remove = useAction(async (fileId: string) => {
    await unwrap(
      api.DELETE("/v1/disputes/{disputeId}/files/{fileId}", {
        params: { path: { disputeId: dispute.id, fileId } },
      }),
    );
    await refresh();
  });
  return (
    <div className="grid gap-2">
      <span className="text-sm font-medium">{t("dispute.files")}</span>
      {dispute.drafts.length > 0 && (
        <ul className="grid gap-1">
          {dispute.drafts.map((file) => (
            <li key={file.id} className="flex min-h-11 items-center gap-2 rounded-xl bg-sunken px-3">
              <FileText aria-hidden className="size-4 shrink-0 text-ink-muted" />
              <span className="min-w-0 flex-1 truncate text-sm" translate="no">
                {file.name}
              </span>
              <IconButton
                label={t("dispute.files.remove", { name: file.name })}
                disabled={remove.pending}
                onClick={() => remove.run(file.id)}
              >
                <Trash2 aria-hidden className="size-4" />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <label
        htmlFor={id}
        className="flex cursor-pointer items-center gap-3 rounded-xl border-2 border-dashed border-line-strong px-3 py-2 focus-within:outline-2 focus-within:outline-jade hover:bg-sunken"
      >
        <Paperclip aria-hidden className="size-5 shrink-0 text-jade" />
        <span className="min-w-0">
          <span className="block font-semibold">{t("dispute.files.add")}</span>
          <span className="block text-xs text-ink-muted">{t("dispute.files.hint")}</span>
        </span>
        <input
          id={id}
          type="file"
          multiple
          accept={acceptedTypes}
          data-testid="evidence-files"
          className="sr-only"
          disabled={add.pending}
          onChange={(event) => {
            const files = [...(event.currentTarget.files ?? [])];
            // The same file may be chosen again after it was changed.
            event.currentTarget.value = "";
            if (files.length > 0) void add.run(files);
          }}
        />
      </label>
      <Problem error={add.error ?? remove.error} />
    </div>
  );
}

/** Ends the dispute for the customer: gives the money back, or lets a lost decision stand. */
export function AcceptDispute({ dispute, waives }: { dispute: Dispute; waives: boolean }) {
  const t = useDisputesT();
  const format = useFormatMoney();
  const refresh = useRefresh();
  const [asking, setAsking] = useState(false);
  const accept = useAttempt(async (header) => {
    await unwrap(
      api.POST("/v1/disputes/{disputeId}/accept", { params: { path: { disputeId: dispute.id }, header } }),
    );
    setAsking(false);
    await refresh();
  });
  return (
    <Section
      title={t(waives ? "dispute.accept.waive" : "dispute.accept")}
      lead={t(waives ? "dispute.accept.waive.lead" : "dispute.accept.lead")}
    >
      <Button variant="secondary" data-testid="accept-dispute" onClick={() => setAsking(true)}>
        {t(waives ? "dispute.accept.waive" : "dispute.accept")}
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={t("dispute.accept.confirm", { amount: format(dispute.contested) })}
        description={t("dispute.accept.text")}
      >
        <div className="grid gap-3">
          <Problem error={accept.error} />
          <Button data-testid="confirm-accept" pending={accept.pending} onClick={() => accept.run()}>
            {t(waives ? "dispute.accept.waive" : "dispute.accept")}
          </Button>
        </div>
      </Dialog>
    </Section>
  );
}
