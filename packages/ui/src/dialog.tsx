import { X } from "lucide-react";
import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { useTranslate } from "./i18n.tsx";

/**
 * A question over the page: a sheet from below on the phone, a card in the middle on the desktop. It is the
 * browser's own modal dialog, which keeps the focus inside, closes on Escape and gives the focus back.
 */
export function Dialog({ open, ...rest }: DialogProps & { open: boolean }) {
  return open ? <OpenDialog {...rest} /> : null;
}

type DialogProps = { onClose: () => void; title: string; description?: ReactNode; children: ReactNode };

function OpenDialog({ onClose, title, description, children }: DialogProps) {
  const t = useTranslate();
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    // Closing it before it leaves the page is what gives the focus back to where it came from.
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it by `onCancel`; the click is for the ground around it
    <dialog
      ref={element}
      aria-labelledby={`${id}-title`}
      aria-describedby={description ? `${id}-description` : undefined}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === event.currentTarget && onClose()}
      className="fixed inset-x-0 top-auto bottom-0 m-0 max-h-[90dvh] w-full max-w-none overflow-y-auto rounded-t-card bg-surface p-0 text-ink shadow-sheet backdrop:bg-black/50 md:inset-0 md:m-auto md:max-w-lg md:rounded-card"
    >
      <div className="p-6 pb-[max(1.5rem,env(safe-area-inset-bottom))]">
        <div className="mb-2 flex items-start gap-4">
          <h2 id={`${id}-title`} className="flex-1 pt-1.5 text-xl font-bold">
            {title}
          </h2>
          <button
            type="button"
            aria-label={t("ui.close")}
            onClick={onClose}
            className="inline-flex size-10 items-center justify-center rounded-full text-ink-muted hover:bg-jade-soft"
          >
            <X aria-hidden className="size-5" />
          </button>
        </div>
        {description && (
          <div id={`${id}-description`} className="mb-5 text-base text-ink-muted">
            {description}
          </div>
        )}
        {children}
      </div>
    </dialog>
  );
}
