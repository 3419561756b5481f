import { Dialog } from "@jinqiao/ui";
import { type MessageId, useT } from "../i18n.ts";
import type { useKeyboard } from "./keyboard.ts";

const keys: readonly { keys: readonly string[]; means: MessageId }[] = [
  { keys: ["/"], means: "keys.search" },
  { keys: ["j", "↓"], means: "keys.next" },
  { keys: ["k", "↑"], means: "keys.previous" },
  { keys: ["Enter"], means: "keys.open" },
  { keys: ["?"], means: "keys.help" },
  { keys: ["Esc"], means: "keys.close" },
];

/** The keys and what they do, with the switch that turns off those of one letter. */
export function KeyboardHelp({ keyboard }: { keyboard: ReturnType<typeof useKeyboard> }) {
  const t = useT();
  return (
    <Dialog open={keyboard.helpOpen} onClose={() => keyboard.setHelpOpen(false)} title={t("keys.title")}>
      <dl className="grid gap-2 py-2">
        {keys.map((row) => (
          <div key={row.means} className="flex items-center justify-between gap-4">
            <dt className="order-2 flex gap-1">
              {row.keys.map((key) => (
                <kbd
                  key={key}
                  className="min-w-8 rounded-md border border-line-strong bg-sunken px-2 py-0.5 text-center font-mono text-sm"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd className="text-sm">{t(row.means)}</dd>
          </div>
        ))}
      </dl>
      <label className="mt-3 flex items-center gap-3 border-t border-line pt-4 text-sm">
        <input
          type="checkbox"
          name="shortcuts"
          checked={keyboard.enabled}
          onChange={(event) => keyboard.setEnabled(event.target.checked)}
          className="size-4 accent-jade-solid"
        />
        {t("keys.enabled")}
      </label>
    </Dialog>
  );
}
