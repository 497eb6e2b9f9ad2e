import type { ErrorBody } from "../api/types";
import { useLanguage } from "../i18n/language";
import { reasonOf, reasonOfEnd, say, type Reason as Told } from "../i18n/reasons";

/** Why something failed, in the person's language; the server's own words where there are none in it. */
export function Reason({ error }: { error: Pick<ErrorBody, "code" | "message"> }) {
  return <Tell reason={reasonOf(error, useLanguage().code)} />;
}

/** What a load or a comparison says of its end. */
export function ReasonOfEnd({ message }: { message: string }) {
  return <Tell reason={reasonOfEnd(message, useLanguage().code)} />;
}

/** The server's own words in the person's language, else as they are. */
export function Words({ of }: { of: string }) {
  const { text, language } = say(of, useLanguage().code);
  return <span lang={language}>{text}</span>;
}

function Tell({ reason: { sentence, detail } }: { reason: Told }) {
  return (
    <>
      <span lang={sentence.language}>{sentence.text}</span>
      {detail && (
        <>
          {" "}
          <span className="reason-detail" lang={detail.language}>
            {detail.text}
          </span>
        </>
      )}
    </>
  );
}
