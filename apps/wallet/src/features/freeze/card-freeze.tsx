import { unwrap } from "@jinqiao/contract/client";
import { Button, buttonClasses, Card, Notice, Problem, useAction, useLocalText } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Snowflake } from "lucide-react";
import { api, type LinkedAccount, linkedAccountsQuery } from "../../api.ts";
import { accountName } from "../accounts/account-row.tsx";
import { type Freeze, freezesQuery, refreshSecurity } from "../security/queries.ts";
import { useT } from "../security/text.ts";
import { Unfreeze } from "./unfreeze.tsx";

/** The cards that a person has linked, each with the name it is frozen by. */
export function useCards(): (LinkedAccount & { bindingId: string })[] {
  const accounts = useQuery(linkedAccountsQuery);
  return (accounts.data ?? []).flatMap((account) =>
    account.bindingId === null ? [] : [{ ...account, bindingId: account.bindingId }],
  );
}

export function CardName({ card }: { card: LinkedAccount }) {
  const local = useLocalText();
  return (
    <p className="font-semibold" data-foreign>
      {local(card.bankName)} · {accountName(card)}
    </p>
  );
}

/** The cards that can be used, each frozen by one tap. */
export function FreezeCards({ standing }: { standing: readonly Freeze[] }) {
  const t = useT();
  const cards = useCards().filter(
    ({ status, bindingId }) =>
      status === "active" && !standing.some((freeze) => freeze.bindingId === bindingId),
  );
  if (cards.length === 0) return null;
  return (
    <Card aria-labelledby="cards" className="grid gap-3">
      <h2 id="cards" className="text-lg font-bold">
        {t("freeze.cards")}
      </h2>
      <p>{t("freeze.card.text")}</p>
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {cards.map((card) => (
          <li key={card.bindingId} className="grid gap-2">
            <CardName card={card} />
            <FreezeCard bindingId={card.bindingId} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** On the page of a card: frozen by one tap, or what is frozen and the way back. */
export function CardFreeze({ bindingId }: { bindingId: string }) {
  const t = useT();
  const freezes = useQuery(freezesQuery);
  const standing = (freezes.data ?? []).filter(
    (freeze) => freeze.endedAt === null && freeze.bindingId === bindingId,
  );
  const [first] = standing;
  if (!freezes.data) return <Problem error={freezes.error} onRetry={() => freezes.refetch()} />;
  if (first === undefined)
    return (
      <div className="grid gap-2">
        <FreezeCard bindingId={bindingId} />
        <p className="text-sm text-ink-muted">{t("freeze.card.text")}</p>
      </div>
    );
  return (
    <div className="grid gap-3" data-testid="card-frozen">
      <Notice icon={Snowflake}>
        <p className="font-semibold">{t("freeze.card.this")}</p>
        <p>{t("freeze.card.this.text")}</p>
      </Notice>
      {standing.every(({ undo }) => undo === "self") ? (
        <Unfreeze freeze={first} label={t("freeze.card.end")} />
      ) : (
        <Link to="/security/freeze" className={buttonClasses("secondary")}>
          {t("freeze.card.see")}
        </Link>
      )}
    </div>
  );
}

function FreezeCard({ bindingId }: { bindingId: string }) {
  const t = useT();
  const freeze = useAction(async () => {
    await unwrap(api.POST("/v1/me/freezes", { body: { scope: "card", bindingId } }));
    await refreshSecurity();
  });
  return (
    <>
      <Problem error={freeze.error} onRetry={freeze.run} />
      <Button variant="secondary" data-testid="freeze-card" pending={freeze.pending} onClick={freeze.run}>
        {!freeze.pending && <Snowflake aria-hidden className="size-5" />}
        {t("freeze.card.action")}
      </Button>
    </>
  );
}
