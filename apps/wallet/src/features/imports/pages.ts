export { ImportPage } from "./import-page.tsx";
export { ImportedAccountPage } from "./imported-account-page.tsx";
export { ImportsPage } from "./imports-page.tsx";
