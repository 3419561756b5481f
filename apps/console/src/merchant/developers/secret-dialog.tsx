import { Button, CopyText, Dialog } from "@jinqiao/ui";
import { useT } from "../text.ts";

/** Shows a signing secret, to be copied into the shop's configuration. */
export function SecretDialog({ secret, onClose }: { secret: string | null; onClose: () => void }) {
  const t = useT();
  return (
    <Dialog
      open={secret !== null}
      onClose={onClose}
      title={t("webhooks.secret")}
      description={t("webhooks.secret.text")}
    >
      <div className="grid gap-4">
        <div data-testid="webhook-secret" className="rounded-xl bg-sunken p-3">
          <CopyText text={secret ?? ""} />
        </div>
        <Button data-testid="secret-kept" onClick={onClose}>
          {t("keys.portal.kept")}
        </Button>
      </div>
    </Dialog>
  );
}
