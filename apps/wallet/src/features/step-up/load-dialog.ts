import { loadPageTexts } from "@jinqiao/ui";
import { stepUpCatalogues, welcomeCatalogues } from "../../locales/catalogues.ts";

/** The dialog once its texts are there; what it says of passkeys it shares with signing in. */
export async function load() {
  const [{ StepUpDialog }] = await Promise.all([
    import("./step-up-dialog.tsx"),
    loadPageTexts(stepUpCatalogues),
    loadPageTexts(welcomeCatalogues),
  ]);
  return { StepUpDialog };
}
