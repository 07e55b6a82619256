import { Suspense } from "react";
import { createRoot } from "react-dom/client";
import { startTexts } from "../i18n";
import "../shared/plain.css";
import "./check-in.css";
import { CheckIn } from "./CheckIn";

await startTexts(["check-in", "camera"]);
createRoot(document.getElementById("root")!).render(
  <Suspense fallback={null}>
    <CheckIn />
  </Suspense>,
);
