import { buttonClasses, useDocumentTitle } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { ArrowLeftRight, Landmark, type LucideIcon, ShieldCheck } from "lucide-react";
import type { WalletMessageId } from "../../locales/en.ts";
import { useT } from "../../text.ts";
import { PublicFrame } from "./public-frame.tsx";

const points: { icon: LucideIcon; title: WalletMessageId; text: WalletMessageId }[] = [
  { icon: Landmark, title: "welcome.link.title", text: "welcome.link.text" },
  { icon: ArrowLeftRight, title: "welcome.move.title", text: "welcome.move.text" },
  { icon: ShieldCheck, title: "welcome.safe.title", text: "welcome.safe.text" },
];

export function WelcomePage() {
  const t = useT();
  useDocumentTitle(t("welcome.document_title"));
  return (
    <PublicFrame>
      <div className="grid grid-cols-[minmax(0,1fr)] items-center gap-10 lg:grid-cols-[minmax(0,1.1fr)_minmax(0,1fr)]">
        <div>
          <h1
            tabIndex={-1}
            className="text-4xl leading-tight font-bold tracking-tight text-balance md:text-5xl"
          >
            {t("welcome.title")}
          </h1>
          <p className="mt-4 max-w-lg text-lg text-ink-muted">{t("welcome.text")}</p>
          <div className="mt-8 flex flex-wrap gap-3">
            <Link to="/sign-up" data-testid="action-sign-up" className={buttonClasses("primary")}>
              {t("sign_up.action")}
            </Link>
            <Link to="/sign-in" data-testid="action-sign-in" className={buttonClasses("secondary")}>
              {t("sign_in.action")}
            </Link>
          </div>
        </div>
        <ul className="grid grid-cols-[minmax(0,1fr)] gap-3">
          {points.map(({ icon: Icon, title, text }) => (
            <li key={title} className="flex gap-4 rounded-card border border-line bg-surface p-5 shadow-card">
              <span className="inline-flex size-12 shrink-0 items-center justify-center rounded-2xl bg-jade-soft text-jade">
                <Icon aria-hidden className="size-6" />
              </span>
              <span className="min-w-0">
                <span className="block font-bold">{t(title)}</span>
                <span className="block text-ink-muted">{t(text)}</span>
              </span>
            </li>
          ))}
        </ul>
      </div>
    </PublicFrame>
  );
}
