import { unwrap } from "@jinqiao/contract/client";
import { Badge, Button, Card, Field, Notice, Problem, SelectField, useAction } from "@jinqiao/ui";
import { Check, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { api, queryClient } from "../../api.ts";
import { CodeField, digitsOf } from "../../app/code-field.tsx";
import { DemoOutbox } from "../welcome/demo-outbox.tsx";
import { Resend } from "../welcome/factor-form.tsx";
import { useT } from "../welcome/text.ts";
import { type Recovery, recoveryQuery } from "./queries.ts";

type Proof = Recovery["proofs"][number];

/** Proofs that a recovery needs; the server decides, this is what is told. */
const needed = 2;

const isSent = (kind: Proof): kind is "email" | "sms" => kind === "email" || kind === "sms";

/** Two proofs of different kinds, one after the other. */
export function GiveProofs({ recovery }: { recovery: Recovery }) {
  const t = useT();
  const left = recovery.proofs.filter((kind) => !recovery.proved.includes(kind));
  const [chosen, setChosen] = useState<Proof | null>(null);
  const kind = chosen !== null && left.includes(chosen) ? chosen : left[0];
  return (
    <Card aria-labelledby="proofs" className="grid gap-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 id="proofs" className="text-lg font-bold">
          {t("recovery.proofs")}
        </h2>
        <span
          className="text-sm text-ink-muted"
          role="status"
          data-testid="proofs-given"
          data-given={recovery.proved.length}
        >
          {t("recovery.proofs.count", { given: recovery.proved.length, needed })}
        </span>
      </div>
      {recovery.proved.map((one) => (
        <p key={one} className="flex items-center justify-between gap-3">
          <span>{t(nameOf(one))}</span>
          <Badge tone="positive" icon={Check}>
            {t("recovery.proof.given")}
          </Badge>
        </p>
      ))}
      {kind !== undefined && (
        <>
          <SelectField
            name="kind"
            label={t("factor.which")}
            value={kind}
            onChange={(event) => setChosen(event.target.value as Proof)}
          >
            {left.map((one) => (
              <option key={one} value={one}>
                {t(nameOf(one))}
              </option>
            ))}
          </SelectField>
          <ProofForm key={kind} recovery={recovery} kind={kind} />
        </>
      )}
      <Notice icon={ShieldCheck}>{t("recovery.money_safe")}</Notice>
    </Card>
  );
}

function ProofForm({ recovery: { id }, kind }: { recovery: Recovery; kind: Proof }) {
  const t = useT();
  const params = { path: { recoveryId: id } };
  const [sentAt, setSentAt] = useState<number | null>(null);
  const send = useAction(async () => {
    if (!isSent(kind)) return;
    await unwrap(api.POST("/v1/recoveries/{recoveryId}/codes", { params, body: { channel: kind } }));
    setSentAt(Date.now());
  });
  const prove = useAction(async (form: FormData) => {
    const typed = String(form.get("value") ?? "").trim();
    const body = { kind, value: isSent(kind) || kind === "totp" ? digitsOf(typed) : typed };
    const recovery = await unwrap(api.POST("/v1/recoveries/{recoveryId}/proofs", { params, body }));
    queryClient.setQueryData(recoveryQuery(id).queryKey, recovery);
  });
  const ready = !isSent(kind) || sentAt !== null;
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void (ready ? prove.run(new FormData(event.currentTarget)) : send.run());
      }}
    >
      {ready && <ProofField kind={kind} />}
      {sentAt !== null && (
        <>
          <DemoOutbox />
          <Resend sentAt={sentAt} pending={send.pending} onPress={send.run} />
        </>
      )}
      <Problem error={send.error} onRetry={send.run} />
      <Problem error={prove.error} />
      <Button
        type="submit"
        data-testid={ready ? "give-proof" : "send-proof"}
        pending={prove.pending || send.pending}
      >
        {t(ready ? "recovery.proof.give" : "factor.send")}
      </Button>
    </form>
  );
}

function ProofField({ kind }: { kind: Proof }) {
  const t = useT();
  if (kind === "password")
    return (
      <Field
        name="value"
        type="password"
        autoComplete="current-password"
        label={t("recovery.proof.password")}
      />
    );
  if (kind === "recovery_code")
    return (
      <CodeField
        name="value"
        inputMode="text"
        autoComplete="off"
        maxLength={40}
        label={t("factor.recovery_code.label")}
        hint={t("factor.code.recovery")}
      />
    );
  return (
    <CodeField
      name="value"
      label={t("factor.code")}
      hint={t(kind === "totp" ? "factor.code.app" : "factor.code.sent_plain")}
    />
  );
}

function nameOf(kind: Proof) {
  return kind === "password" ? "recovery.proof.password" : (`factor.${kind}` as const);
}
