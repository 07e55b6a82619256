import { Suspense } from "react";
import { createRoot } from "react-dom/client";
import { startTexts } from "../i18n";
import "../shared/plain.css";
import "./kiosk.css";
import { Kiosk } from "./Kiosk";

await startTexts(["kiosk", "camera"]);
createRoot(document.getElementById("root")!).render(<Suspense fallback={null}><Kiosk /></Suspense>);
