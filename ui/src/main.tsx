import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { LanguageProvider } from "./i18n/language";
import "./styles/tokens.css";
import "./styles/parts.css";
import "./styles/frame.css";
import "./styles/ask.css";
import "./styles/answer.css";
import "./styles/source.css";
import "./styles/documents.css";
import "./styles/review.css";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <LanguageProvider>
        <App />
      </LanguageProvider>
    </StrictMode>,
  );
}
