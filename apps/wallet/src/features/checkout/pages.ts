/** Both pages where a shop is paid come together: one leads to what the other shows. */
export { CheckoutPage } from "./checkout-page.tsx";
export { PayPage } from "./pay-page.tsx";
