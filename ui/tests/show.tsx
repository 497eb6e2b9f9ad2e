import { render } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";

import { App } from "../src/App";
import { LanguageProvider } from "../src/i18n/language";

/** Opens the documents page of the whole application; what it asks the server for is served by `serve`. */
export function showDocuments(): UserEvent {
  window.location.hash = "#/documents";
  render(
    <LanguageProvider>
      <App />
    </LanguageProvider>,
  );
  return userEvent.setup();
}
