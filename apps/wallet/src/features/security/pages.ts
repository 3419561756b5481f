/** The pages of the security centre are small and lead to one another: one piece holds them. */
export { DevicesPage } from "../devices/devices-page.tsx";
export { FreezePage } from "../freeze/freeze-page.tsx";
export { DataAccessPage } from "./data-access-page.tsx";
export { PasskeysPage } from "./passkeys-page.tsx";
export { PasswordPage } from "./password-page.tsx";
export { PhonePage } from "./phone-page.tsx";
export { RecoveryCodesPage } from "./recovery-codes-page.tsx";
export { SecurityPage } from "./security-page.tsx";
export { TotpPage } from "./totp-page.tsx";
