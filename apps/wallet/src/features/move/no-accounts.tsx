import { buttonClasses, Card, EmptyState } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { Landmark } from "lucide-react";
import { useT } from "../../text.ts";

/** Stands where an account would be chosen, when there is none to choose. */
export function NoAccounts({ linked }: { linked: boolean }) {
  const t = useT();
  return (
    <Card>
      <EmptyState
        icon={Landmark}
        title={linked ? t("move.no_usable") : t("accounts.none")}
        action={
          <Link to="/link" data-testid="action-link" className={buttonClasses("primary")}>
            {t("action.link")}
          </Link>
        }
      >
        {linked ? t("move.no_usable.text") : t("accounts.none.text")}
      </EmptyState>
    </Card>
  );
}
