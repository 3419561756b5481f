import { createShop } from "./shop.ts";

const { JINQIAO_KEY, JINQIAO_URL, JINQIAO_WEBHOOK_SECRET, SHOP_PORT, SHOP_URL, SHOP_CURRENCY } = process.env;
const port = Number(SHOP_PORT ?? 7400);
const shopUrl = SHOP_URL ?? `http://localhost:${port}`;
if (!JINQIAO_KEY) {
  console.error(
    "The shop needs a secret key: JINQIAO_KEY=sk_test_… (merchant portal, Developers).\n商店需要密钥：JINQIAO_KEY=sk_test_…（商户平台“开发者”）。",
  );
  process.exit(1);
}
const shop = createShop({
  apiKey: JINQIAO_KEY,
  jinqiaoUrl: JINQIAO_URL ?? "http://localhost:7300",
  shopUrl,
  webhookSecret: JINQIAO_WEBHOOK_SECRET,
  currency: SHOP_CURRENCY ?? "GBP",
});
await shop.listen({ host: "127.0.0.1", port });
console.log(`The shop is open at ${shopUrl}`);
