import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  DateText,
  Field,
  Problem,
  SelectField,
  TextAreaField,
  useAction,
  useFieldErrors,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { documentsQuery } from "../queries.ts";
import { useT } from "../text.ts";

/** Hands the merchant in for review. */
export function HandIn() {
  const t = useT();
  const queryClient = useQueryClient();
  const { run, pending, error } = useAction(async () => {
    await unwrap(api.POST("/v1/merchant/submission"));
    await queryClient.invalidateQueries({ queryKey: scopedKey("profile") });
    await queryClient.invalidateQueries({ queryKey: ["merchants"] });
  });
  return (
    <div className="grid gap-3">
      <Problem error={error} />
      <div>
        <Button data-testid="hand-in" pending={pending} onClick={() => run()}>
          {t("sign_up.portal.step.hand_in")}
        </Button>
      </div>
    </div>
  );
}

const kinds = ["registration_extract", "ownership", "licence", "lease", "other"] as const;

/** Adds a paper as text; those added before stand below. */
export function AddDocument() {
  const t = useT();
  const queryClient = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const documents = useQuery(documentsQuery());
  const { run, pending, error } = useAttempt(
    async (header, body: { kind: (typeof kinds)[number]; title: string; text: string }) => {
      await unwrap(api.POST("/v1/merchant/documents", { params: { header }, body }));
      form.current?.reset();
      await queryClient.invalidateQueries({ queryKey: scopedKey("documents") });
    },
  );
  const errorOf = useFieldErrors(error);
  return (
    <>
      <form
        ref={form}
        noValidate
        className="grid max-w-xl gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const data = new FormData(event.currentTarget);
          void run({
            kind: kinds.find((one) => one === data.get("kind")) ?? "other",
            title: String(data.get("title")).trim(),
            text: String(data.get("text")).trim(),
          });
        }}
      >
        <SelectField name="kind" label={t("papers.kind")}>
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {t(`papers.kind.${kind}`)}
            </option>
          ))}
        </SelectField>
        <Field name="title" label={t("papers.name")} maxLength={100} error={errorOf("title")} />
        <TextAreaField
          name="text"
          label={t("papers.text")}
          hint={t("papers.text.hint")}
          maxLength={20_000}
          error={errorOf("text")}
        />
        <Problem error={error} />
        <div>
          <Button type="submit" size="small" variant="secondary" pending={pending}>
            {t("papers.add")}
          </Button>
        </div>
      </form>
      {(documents.data?.items.length ?? 0) > 0 && (
        <ul className="mt-4 grid gap-1 text-sm">
          {documents.data?.items.map((one) => (
            <li key={one.id}>
              <span translate="no">{one.title}</span>{" "}
              <span className="text-ink-muted">
                {t(`papers.kind.${one.kind}`)} · <DateText value={one.createdAt} style="date" />
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
