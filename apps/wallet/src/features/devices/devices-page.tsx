import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  Card,
  DateText,
  DetailList,
  Dialog,
  Field,
  Notice,
  Page,
  Problem,
  SkeletonList,
  useAction,
  useFieldErrors,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CircleCheck, LogOut, MonitorSmartphone } from "lucide-react";
import { useState } from "react";
import { api } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { type Device, devicesQuery, refreshSecurity } from "../security/queries.ts";
import { useGuardedAction } from "../security/reauthenticate.tsx";
import { useT } from "../security/text.ts";

/** Devices that are or were signed in: names, signing one or all others out, and what to do about an unknown one. */
export function DevicesPage() {
  const t = useT();
  const devices = useQuery(devicesQuery);
  const others = devices.data?.some((device) => !device.current && device.signedIn) ?? false;
  return (
    <Page title={t("devices.title")} leading={<BackLink to="/security" />} narrow>
      <p className="mb-4 text-ink-muted">{t("devices.lead")}</p>
      <Problem error={devices.error} onRetry={() => devices.refetch()} />
      {devices.isPending && <SkeletonList rows={2} />}
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {devices.data?.map((device) => (
          <OneDevice key={device.id} device={device} />
        ))}
      </ul>
      {devices.data && <SignOutOthers offered={others} />}
    </Page>
  );
}

function OneDevice({ device }: { device: Device }) {
  const t = useT();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<"rename" | "sign_out" | "not_mine" | null>(null);
  const params = { path: { deviceId: device.id } };
  const close = () => setAsking(null);
  const rename = useAction(async (name: string) => {
    await unwrap(api.PATCH("/v1/me/devices/{deviceId}", { params, body: { name } }));
    close();
    await refreshSecurity();
  });
  const signOut = useGuardedAction(async () => {
    await unwrap(api.DELETE("/v1/me/devices/{deviceId}", { params }));
    close();
    await refreshSecurity();
  });
  const notMine = useGuardedAction(async () => {
    // Money first: should the second call fail, nothing can leave the wallet any more.
    await unwrap(api.POST("/v1/me/freezes", { body: { scope: "payments", reason: "not_me" } }));
    await unwrap(api.DELETE("/v1/me/devices/{deviceId}", { params }));
    close();
    await refreshSecurity();
    await navigate({ to: "/security/freeze" });
  });
  const errorOf = useFieldErrors(rename.error);
  const name = (
    <span className="sr-only" data-foreign>
      {device.name}
    </span>
  );
  return (
    <li>
      <Card data-testid="device" data-current={device.current}>
        <div className="flex flex-wrap items-center justify-between gap-2">
          <h2 className="flex min-w-0 items-center gap-3 text-lg font-bold">
            <MonitorSmartphone aria-hidden className="size-5 shrink-0 text-jade" />
            <span data-foreign data-testid="device-name" className="min-w-0">
              {device.name}
            </span>
          </h2>
          {device.current ? (
            <Badge tone="info">{t("devices.this")}</Badge>
          ) : (
            <Badge tone={device.signedIn ? "positive" : "neutral"}>
              {t(device.signedIn ? "devices.signed_in" : "devices.signed_out")}
            </Badge>
          )}
        </div>
        <DetailList
          rows={[
            {
              label: t("devices.known_since"),
              value: <DateText value={device.firstSeenAt} style="date-time" />,
            },
            {
              label: t("devices.last_seen"),
              value: <DateText value={device.lastSeenAt} style="date-time" />,
            },
          ]}
        />
        <div className="mt-3 flex flex-wrap gap-3">
          <Button variant="secondary" size="small" onClick={() => setAsking("rename")}>
            {t("devices.rename")}
            {name}
          </Button>
          {!device.current && (
            <>
              <Button
                variant="secondary"
                size="small"
                data-testid="sign-out-device"
                onClick={() => setAsking("sign_out")}
              >
                {t("devices.sign_out")}
                {name}
              </Button>
              <Button
                variant="ghost"
                size="small"
                data-testid="not-mine"
                onClick={() => setAsking("not_mine")}
              >
                {t("devices.not_mine")}
                {name}
              </Button>
            </>
          )}
        </div>
        <Dialog open={asking === "rename"} onClose={close} title={t("devices.rename")}>
          <form
            noValidate
            className="grid gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              void rename.run(String(new FormData(event.currentTarget).get("name")).trim());
            }}
          >
            <Field
              name="name"
              label={t("devices.name")}
              defaultValue={device.name}
              maxLength={60}
              autoComplete="off"
              error={errorOf("name")}
            />
            <Problem error={rename.error} />
            <Button type="submit" pending={rename.pending}>
              {t("devices.save")}
            </Button>
          </form>
        </Dialog>
        <Dialog
          open={asking === "sign_out"}
          onClose={close}
          title={t("devices.sign_out.title", { name: device.name })}
          description={t("devices.sign_out.text")}
        >
          <div className="grid gap-3">
            <Problem error={signOut.error} />
            <Button
              variant="danger"
              data-testid="confirm"
              pending={signOut.pending}
              onClick={() => signOut.run()}
            >
              {t("devices.sign_out")}
            </Button>
            <Button variant="secondary" onClick={close}>
              {t("devices.stay")}
            </Button>
          </div>
        </Dialog>
        <Dialog
          open={asking === "not_mine"}
          onClose={close}
          title={t("devices.not_mine")}
          description={t("devices.not_mine.text")}
        >
          <div className="grid gap-3">
            <Problem error={notMine.error} />
            <Button
              variant="danger"
              data-testid="confirm"
              pending={notMine.pending}
              onClick={() => notMine.run()}
            >
              {t("devices.not_mine.action")}
            </Button>
            <Button variant="secondary" onClick={close}>
              {t("devices.stay")}
            </Button>
          </div>
        </Dialog>
        {signOut.dialog}
        {notMine.dialog}
      </Card>
    </li>
  );
}

function SignOutOthers({ offered }: { offered: boolean }) {
  const t = useT();
  const [asking, setAsking] = useState(false);
  const [done, setDone] = useState(false);
  const signOut = useGuardedAction(async () => {
    await unwrap(api.DELETE("/v1/me/sessions"));
    setAsking(false);
    setDone(true);
    await refreshSecurity();
  });
  return (
    <div className="mt-4 grid gap-3">
      <div role="status" className="empty:hidden">
        {done && (
          <Notice tone="positive" icon={CircleCheck}>
            <p data-testid="others-signed-out">{t("devices.signed_out.all")}</p>
          </Notice>
        )}
      </div>
      {offered && (
        <Button variant="secondary" data-testid="sign-out-others" onClick={() => setAsking(true)}>
          <LogOut aria-hidden className="size-5" />
          {t("devices.sign_out.others")}
        </Button>
      )}
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={t("devices.sign_out.others.title")}
        description={t("devices.sign_out.others.text")}
      >
        <div className="grid gap-3">
          <Problem error={signOut.error} />
          <Button
            variant="danger"
            data-testid="confirm"
            pending={signOut.pending}
            onClick={() => signOut.run()}
          >
            {t("devices.sign_out.others")}
          </Button>
          <Button variant="secondary" onClick={() => setAsking(false)}>
            {t("devices.stay")}
          </Button>
        </div>
      </Dialog>
      {signOut.dialog}
    </div>
  );
}
