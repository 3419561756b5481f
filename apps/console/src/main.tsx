import { applyTheme } from "@jinqiao/ui";
import "./console.css";

applyTheme();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

// Staff and merchants have an app each behind one address; neither fetches the other's.
if (/^\/console\/merchant(\/|$)/.test(location.pathname)) {
  const { startPortal } = await import("./merchant/start.tsx");
  await startPortal(root);
} else {
  const { startConsole } = await import("./start.tsx");
  await startConsole(root);
}
