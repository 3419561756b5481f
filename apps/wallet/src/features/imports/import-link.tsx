import { buttonClasses } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { FileUp } from "lucide-react";
import { useT } from "./text.ts";

/** The way from the accounts at banks to statements from elsewhere. */
export function ImportLink() {
  const t = useT();
  return (
    <Link to="/imports" data-testid="open-imports" className={buttonClasses("secondary")}>
      <FileUp aria-hidden className="size-4" />
      {t("imports.title")}
    </Link>
  );
}
