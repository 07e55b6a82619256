import { Suspense } from "react";
import { createRoot } from "react-dom/client";
import { startTexts } from "../i18n";
import "../shared/plain.css";
import "./kiosk.css";
import { Kiosk } from "./Kiosk";

// Without it a reload needs the server.
void navigator.serviceWorker?.register("/sw.js").catch(() => {});

await startTexts(["kiosk", "camera"]);
createRoot(document.getElementById("root")!).render(
  <Suspense fallback={null}>
    <Kiosk />
  </Suspense>,
);
