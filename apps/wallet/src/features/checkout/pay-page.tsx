import { Card, Page } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { CheckoutFrame } from "./checkout-frame.tsx";
import { PaySheet } from "./pay-sheet.tsx";
import { payableQuery } from "./queries.ts";
import { useT } from "./text.ts";

const route = getRouteApi("/pay/$token");

/** A payment link: what a QR code, an NFC tag and a link in a message all lead to. */
export function PayPage() {
  const t = useT();
  const { token } = route.useParams();
  const payable = useQuery(payableQuery(token));
  const shop = payable.data?.merchant.name;
  return (
    <CheckoutFrame>
      <Page title={shop === undefined ? t("checkout.loading") : t("checkout.title", { shop })} narrow>
        <Card aria-label={t("checkout.loading")}>
          <PaySheet token={token} />
        </Card>
      </Page>
    </CheckoutFrame>
  );
}
