import { digitsOf, type Issuer, isCardNumber, recogniseCard } from "@jinqiao/contract/cards";
import { idempotencyKey, unwrap } from "@jinqiao/contract/client";
import {
  Button,
  Card,
  Field,
  Notice,
  Problem,
  problemCode,
  SelectField,
  useAction,
  useFieldErrors,
  useLocalText,
} from "@jinqiao/ui";
import { getRouteApi } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";
import { useRef, useState } from "react";
import { api, type Bank, bankBindingQuery, queryClient } from "../../api.ts";
import { isUndecided } from "../../attempts.ts";
import { useT } from "./text.ts";

const route = getRouteApi("/signed-in/link/card");

type IdType = "resident_identity_card" | "passport";

/**
 * The four details that the bank compares. They live in this form alone: unlike other attempts, this one is not kept
 * in the browser's storage, so a reload asks for them again.
 */
export function DetailsForm({ bank, holderName }: { bank: Bank; holderName: string }) {
  const t = useT();
  const local = useLocalText();
  const navigate = route.useNavigate();
  const [cardNumber, setCardNumber] = useState("");
  const attempt = useRef<{ body: string; key: string } | null>(null);

  const start = useAction(async (form: FormData) => {
    const value = (name: string) => String(form.get(name) ?? "").trim();
    const body = {
      bankId: bank.id,
      holderName: value("holderName"),
      idType: value("idType") as IdType,
      idNumber: value("idNumber"),
      cardNumber: digitsOf(value("cardNumber")),
      phone: value("phone"),
    };
    const text = JSON.stringify(body);
    // After a lost answer the same details go under the same key, so that the bank sends one code.
    if (attempt.current?.body !== text) attempt.current = { body: text, key: idempotencyKey() };
    try {
      const binding = await unwrap(
        api.POST("/v1/bank-bindings", {
          body,
          params: { header: { "Idempotency-Key": attempt.current.key } },
        }),
      );
      attempt.current = null;
      queryClient.setQueryData(bankBindingQuery(binding.id).queryKey, binding);
      await navigate({ search: { bank: bank.id, binding: binding.id } });
    } catch (error) {
      if (!isUndecided(error)) attempt.current = null;
      throw error;
    }
  });
  const errorOf = useFieldErrors(start.error);
  const name = local(bank.name);

  return (
    <Card aria-label={t("card.title", { bank: name })}>
      <form
        noValidate
        autoComplete="off"
        className="grid grid-cols-[minmax(0,1fr)] gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void start.run(new FormData(event.currentTarget));
        }}
      >
        <p>{t("card.lead", { bank: name })}</p>
        <Field
          name="cardNumber"
          label={t("card.number")}
          inputMode="numeric"
          autoComplete="cc-number"
          maxLength={23}
          value={grouped(cardNumber)}
          onChange={(event) => setCardNumber(digitsOf(event.target.value).replace(/\D/g, "").slice(0, 19))}
          hint={<CardIssuer digits={cardNumber} bank={bank} />}
          error={errorOf("cardNumber")}
          className="tabular-nums"
        />
        <Field
          name="holderName"
          label={t("card.holder")}
          defaultValue={holderName}
          autoComplete="cc-name"
          maxLength={70}
          error={errorOf("holderName")}
        />
        <SelectField name="idType" label={t("card.id_type")} error={errorOf("idType")}>
          <option value="resident_identity_card">{t("card.id_type.resident_identity_card")}</option>
          <option value="passport">{t("card.id_type.passport")}</option>
        </SelectField>
        <Field
          name="idNumber"
          label={t("card.id_number")}
          maxLength={22}
          autoCapitalize="characters"
          spellCheck={false}
          error={errorOf("idNumber")}
        />
        <Field
          name="phone"
          type="tel"
          label={t("card.phone")}
          hint={t("card.phone.hint")}
          autoComplete="tel-national"
          inputMode="tel"
          maxLength={20}
          error={errorOf("phone")}
        />
        <Notice tone="info" icon={ShieldCheck}>
          <p>{t("card.kept")}</p>
        </Notice>
        <p className="text-sm text-ink-muted">{t("card.allows")}</p>
        <Problem error={problemCode(start.error) === "request.invalid" ? undefined : start.error} />
        <Button type="submit" data-testid="send-code" pending={start.pending}>
          {t("card.send")}
        </Button>
      </form>
    </Card>
  );
}

/** Says whose card it is while the person still types. */
function CardIssuer({ digits, bank }: { digits: string; bank: Bank }) {
  const t = useT();
  const local = useLocalText();
  const name = local(bank.name);
  if (digits.length < 4) return null;
  const own = bank.cardPrefixes.some(
    (prefix) => digits.startsWith(prefix) || (digits.length < prefix.length && prefix.startsWith(digits)),
  );
  const known = recogniseCard(digits);
  if (own && digits.length >= 6)
    return <span data-testid="card-issuer">{t("card.recognised", { issuer: name, kind: "debit" })}</span>;
  if (own) return null;
  if (bank.cardPrefixes.length === 0 && known === undefined) return null;
  if (known) {
    const issuer = local(known.issuer.name);
    return (
      <span data-testid="card-issuer">
        {bank.cardPrefixes.length === 0
          ? t("card.recognised", { issuer, kind: known.kind })
          : t("card.other_bank", { issuer, bank: name })}
        <PrintedName issuer={known.issuer} shown={issuer} />
      </span>
    );
  }
  return digits.length >= 6 || isCardNumber(digits) ? (
    <span data-testid="card-issuer">{t("card.not_ours", { bank: name })}</span>
  ) : null;
}

/** What stands on the card itself, where the English name is only its pronunciation. */
function PrintedName({ issuer, shown }: { issuer: Issuer; shown: string }) {
  if (!issuer.romanised || shown === issuer.name.zh) return null;
  return <span lang="zh-CN"> ({issuer.name.zh})</span>;
}

/** Groups of four, as on the card. */
function grouped(digits: string): string {
  return digits.replace(/(\d{4})(?=\d)/g, "$1 ");
}
