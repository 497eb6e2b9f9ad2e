import { render, screen } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";

import { App } from "../src/App";
import { LanguageProvider } from "../src/i18n/language";

/** Opens the application where the address says; what it asks the server for is served by `serve`. */
export function show(): UserEvent {
  render(
    <LanguageProvider>
      <App />
    </LanguageProvider>,
  );
  return userEvent.setup();
}

export async function ask(user: UserEvent, question: string): Promise<void> {
  await user.type(screen.getByTestId("question"), `${question}{Enter}`);
}

/** Opens the documents page of the whole application; what it asks the server for is served by `serve`. */
export function showDocuments(): UserEvent {
  window.location.hash = "#/documents";
  return show();
}
