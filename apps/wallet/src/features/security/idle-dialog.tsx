import { Button, Dialog } from "@jinqiao/ui";
import { useT } from "./text.ts";

/** Asks whether somebody is still there, with the seconds that are left. */
export function IdleDialog({
  secondsLeft,
  onStay,
  onLeave,
}: {
  secondsLeft: number;
  onStay: () => void;
  onLeave: () => void;
}) {
  const t = useT();
  // A screen reader that heard every second could say nothing else: it hears the tens.
  const spoken = Math.ceil(secondsLeft / 10) * 10;
  return (
    <Dialog
      open
      onClose={onStay}
      title={t("idle.title")}
      description={
        <>
          <span aria-hidden className="tabular">
            {t("idle.text", { seconds: secondsLeft })}
          </span>
          <span role="timer" aria-live="polite" className="sr-only">
            {t("idle.text", { seconds: spoken })}
          </span>
        </>
      }
    >
      <div className="grid gap-3" data-testid="idle">
        <Button data-testid="stay" onClick={onStay}>
          {t("idle.stay")}
        </Button>
        <Button variant="secondary" data-testid="leave" onClick={onLeave}>
          {t("idle.leave")}
        </Button>
      </div>
    </Dialog>
  );
}
